-- Operations on the store: frames replaced by a repack wait here until no reader can still hold their id, and what
-- was erased by law is accounted for. Only the owner of the database touches either.
create table retired_frame (
  person uuid        not null,
  id     uuid        not null,
  at     timestamptz not null default now(),
  primary key (id, person)
);
create index retired_frame_at on retired_frame (at);

-- Who ordered an erasure, why, and how much it took; never what.
create table erasure (
  id        bigint      not null generated always as identity primary key,
  at        timestamptz not null default now(),
  by        text        not null,
  reason    text        not null,
  resources int         not null,
  versions  int         not null,
  frames    int         not null
);
