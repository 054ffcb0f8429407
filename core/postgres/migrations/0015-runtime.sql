-- Token buckets of rate limits, shared by all server processes. Unlogged: they may be forgotten, and cost no write to disk.
create unlogged table rate_bucket (
  key    text        not null primary key,
  tokens real        not null,
  at     timestamptz not null
);
create index rate_bucket_at on rate_bucket (at);
