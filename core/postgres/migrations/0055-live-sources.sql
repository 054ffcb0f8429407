-- Hospitals that keep detail at home and are asked when somebody asks (docs/decisions/0082-live-sources.md). Nothing here is
-- granted to yba_reader or yba_writer: the owner's pool alone.

-- One source to a facility. With a client id it gives us tokens for client and secret; without, it knows us by the token
-- that each question carries.
create table live_source (
  facility       int         not null primary key,
  name           text        not null,
  base           text        not null,
  token_endpoint text,
  client_id      text,
  scope          text,
  secret_sealed  text,
  active         boolean     not null default true,
  since          timestamptz not null default now(),
  check ((client_id is null) = (token_endpoint is null) and (client_id is null) = (secret_sealed is null))
);
create function yba_live_source_changed() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('live_source', '');
  return null;
end
$$;
create trigger live_source_told after insert or update or delete on live_source for each statement execute function yba_live_source_changed();

-- When a source last told us of a Patient of its own facility, and the id it knows them by.
create table live_contact (
  patient uuid        not null primary key,
  remote  text,
  known   timestamptz,
  told    timestamptz
);

-- What a source has just told one asker for one purpose. Minutes old at most, and gone with a crash: they are asked again.
create unlogged table live_answer (
  patient  uuid        not null,
  subject  text        not null,
  question text        not null,
  at       timestamptz not null,
  body     bytea       not null,
  primary key (patient, subject, question)
);
create index live_answer_at on live_answer (at);
alter table live_answer alter column body set storage external;
