-- The inbox: messages that facilities handed over, what became of each, and what waits to be filed.
-- Shape and measurements: docs/decisions/0072-inbox.md, docs/decisions/0074-message-log.md.

-- Makes the daily partitions of a table from yesterday to a week ahead; what lies outside goes to its default partition.
create function yba_ensure_days(parent regclass) returns void
  language plpgsql as $$
declare
  day date := current_date - 1;
  child text;
begin
  while day <= current_date + 7 loop
    child := parent::text || '_' || to_char(day, 'YYYYMMDD');
    if to_regclass(child) is null then
      execute format('create table %I partition of %s for values from (%L) to (%L)', child, parent, day, day + 1);
    end if;
    day := day + 1;
  end loop;
end
$$;

-- Who handed a message over, said once: a client as it was then, with what its token allowed.
create table message_sender (
  id            int    not null generated always as identity primary key,
  facility      int    not null,
  client        text   not null,
  name          text   not null,
  facility_name text,
  scopes        text   not null,
  unique nulls not distinct (client, facility, name, facility_name, scopes)
);

-- One message. Nothing in it is a patient's data: bodies lie apart. The id is made of facility and sender's id, so a
-- repeat finds the first; seq is the order of receipt.
create table message (
  id          uuid        not null,
  received    timestamptz not null default now(),
  seq         bigint      not null,
  settled_xid xid8,
  settled     timestamptz,
  facility    int         not null,
  sender      int         not null,
  size        int         not null, -- bytes of the body as sent, decompressed
  event       smallint    not null, -- 1 visit, 2 record, 3 dossier-xml, 4 retraction, 5 patient-identity
  state       smallint    not null default 1, -- 1 received, 2 retrying, 3 filed, 4 refused
  disposition smallint, -- of filed ones: 1 created, 2 replaced, 3 withdrawn, 4 updated, 5 duplicate
  attempts    smallint    not null default 0,
  replays     smallint    not null default 0,
  content     uuid        not null, -- digest of what it says
  document    uuid, -- digest of the document's business identifier
  identifier  text        not null, -- the sender's id
  patient     text, -- id of the facility's Patient
  links       text[],
  outcome     jsonb, -- issues
  primary key (id, received)
) partition by range (received);
create table message_other partition of message default;
-- Every filter is a range of one of these: docs/decisions/0074-message-log.md.
create index message_facility on message (facility, state, event, received desc, id desc);
create index message_state on message (state, event, received desc, id desc) include (facility);
create index message_patient on message (patient, received desc, id desc) where patient is not null;
create index message_settled on message (facility, settled_xid, id) where settled_xid is not null;
select yba_ensure_months('message');

-- What was sent, compressed (zstd), a partition a day: the oldest go by age or by size, as a whole.
create table message_body (
  id       uuid        not null,
  received timestamptz not null default now(),
  facility int         not null,
  body     bytea       not null,
  primary key (id, received)
) partition by range (received);
create table message_body_other partition of message_body default;
alter table message_body alter column body set storage external;
select yba_ensure_days('message_body');

-- What waits to be filed. A row goes in the very commit that files or refuses its message.
create sequence message_seq;
create table message_queue (
  seq      bigint      not null primary key,
  id       uuid        not null,
  received timestamptz not null,
  facility int         not null,
  attempts smallint    not null default 0,
  replay   boolean     not null default false,
  due      timestamptz not null default now(),
  leased   timestamptz, -- until when somebody has it
  lease    uuid
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index message_queue_facility on message_queue (facility, received);

-- What a waiting message is about (digests of record numbers and documents): the older goes first.
create table message_lane (
  lane     bigint not null,
  seq      bigint not null,
  facility int    not null,
  primary key (lane, seq)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index message_lane_seq on message_lane (seq);

-- A document as last filed: by which message, and where its resources are. Written in the transaction of the resources.
create table message_document (
  document uuid   not null primary key,
  facility int    not null,
  seq      bigint not null, -- of the message it was last filed by
  content  uuid   not null,
  patient  text, -- record number it was filed under, as a digest
  links    text[] not null,
  rows     jsonb  not null -- key of a resource (digest) -> Type/id
);

grant usage on sequence message_seq to yba_writer;
grant select, insert, update on message to yba_writer;
grant insert on message_body to yba_writer;
grant select, insert, update, delete on message_queue, message_lane to yba_writer;
grant select, insert, update on message_document to yba_writer;
grant select on message to yba_reader;

alter table message enable row level security;
alter table message_body enable row level security;
alter table message_queue enable row level security;
alter table message_lane enable row level security;
alter table message_document enable row level security;
create policy see on message for select to yba_reader using (facility = (select yba_facility()));
create policy own on message to yba_writer
  using (facility = any ((select yba_facilities())::int[])) with check (facility = any ((select yba_facilities())::int[]));
create policy own on message_body to yba_writer
  using (facility = any ((select yba_facilities())::int[])) with check (facility = any ((select yba_facilities())::int[]));
create policy own on message_queue to yba_writer
  using (facility = any ((select yba_facilities())::int[])) with check (facility = any ((select yba_facilities())::int[]));
create policy own on message_lane to yba_writer
  using (facility = any ((select yba_facilities())::int[])) with check (facility = any ((select yba_facilities())::int[]));
create policy own on message_document to yba_writer
  using (facility = any ((select yba_facilities())::int[])) with check (facility = any ((select yba_facilities())::int[]));
