-- The store. Shape and measurements: docs/decisions/0004-store.md.
--
-- person   = placement: the key under which all rows of one person lie together (immutable)
-- patient  = row id of the facility's Patient the row speaks of
-- facility = the 5-character facility code read as a base-36 number; 0 is the platform itself
-- label    = 0 ordinary; 1 sensitive (HIV, tuberculosis, ...): submitting facility and the person concerned only;
--            2 shared registry (Organization, Practitioner, catalogues): every caller
-- frame    = the compressed run of JSON texts that holds this version's body at [at, at + len) bytes

create table resource (
  person    uuid        not null,
  id        uuid        not null,
  patient   uuid        not null,
  frame     uuid        not null,
  updated   timestamptz not null,
  occurred  timestamptz not null,
  at        int         not null,
  len       int         not null,
  version   int         not null,
  facility  int         not null,
  type      smallint    not null,
  extractor smallint    not null,
  label     smallint    not null default 0,
  deleted   boolean     not null default false,
  client_id text,
  terms     bigint[]    not null,
  gterms    bigint[]    not null,
  primary key (id, person)
) partition by range (person);

-- Rows that belong to no patient: the same shape without person.
create table shared_resource (
  id        uuid        not null primary key,
  frame     uuid        not null,
  updated   timestamptz not null,
  occurred  timestamptz not null,
  at        int         not null,
  len       int         not null,
  version   int         not null,
  facility  int         not null,
  type      smallint    not null,
  extractor smallint    not null,
  label     smallint    not null default 0,
  deleted   boolean     not null default false,
  client_id text,
  terms     bigint[]    not null,
  gterms    bigint[]    not null
) with (fillfactor = 90);

create table frame (
  person   uuid     not null,
  id       uuid     not null,
  patient  uuid     not null,
  facility int      not null,
  label    smallint not null,
  body     bytea    not null,
  primary key (id, person)
) partition by range (person);

create table shared_frame (
  id       uuid     not null primary key,
  facility int      not null,
  label    smallint not null,
  body     bytea    not null
);

-- Eight partitions by the first bits of the placement, which row ids repeat: an id alone finds its partition.
do $$
declare
  n int;
  low text;
  high text;
begin
  for n in 0..7 loop
    low := case n when 0 then 'minvalue' else quote_literal(to_hex(n * 2) || '0000000-0000-0000-0000-000000000000') end;
    high := case n when 7 then 'maxvalue' else quote_literal(to_hex(n * 2 + 2) || '0000000-0000-0000-0000-000000000000') end;
    execute format('create table resource_%s partition of resource for values from (%s) to (%s) with (fillfactor = 90)', n, low, high);
    execute format('create table frame_%s partition of frame for values from (%s) to (%s)', n, low, high);
    execute format('alter table frame_%s alter column body set storage external', n);
  end loop;
end
$$;

create index resource_chart on resource (person, type, occurred desc, id desc);
create index resource_facility on resource (facility, type, occurred desc, id desc);
create index resource_gterms on resource using gin (gterms) with (fastupdate = on, gin_pending_list_limit = 512);
create index shared_resource_type on shared_resource (type, occurred desc, id desc);
create index shared_resource_gterms on shared_resource using gin (gterms) with (fastupdate = on, gin_pending_list_limit = 512);

-- Earlier versions: pointers into the frames they were written in.
create table history (
  id       uuid        not null,
  version  int         not null,
  updated  timestamptz not null,
  person   uuid,
  patient  uuid,
  frame    uuid        not null,
  at       int         not null,
  len      int         not null,
  facility int         not null,
  type     smallint    not null,
  label    smallint    not null,
  deleted  boolean     not null,
  client_id text,
  primary key (id, version, updated)
) partition by range (updated);
create table history_other partition of history default;
select yba_ensure_months('history');

-- A facility's Patient, where its rows lie, and whose they are. Identity is this table alone: linking moves no data.
create table patient_link (
  patient   uuid        not null primary key,
  placement uuid        not null,
  person    uuid        not null,
  facility  int         not null,
  client_id text,
  since     timestamptz not null default now()
);
create index patient_link_person on patient_link (person);
create index patient_link_placement on patient_link (placement);

-- Ids chosen by clients, and rows whose id no longer tells their placement.
create table client_id (
  type      smallint not null,
  client_id text     not null,
  row_id    uuid     not null,
  person    uuid,
  primary key (client_id, type)
);

-- Business identifiers that are unique per facility among active resources.
create table identifier (
  facility int      not null,
  type     smallint not null,
  system   text     not null,
  value    text     not null,
  row_id   uuid     not null,
  person   uuid,
  client_id text,
  primary key (value, system, type, facility)
);
create index identifier_row on identifier (row_id);

-- Every committed change in order. A reader goes on after (xid, position) and reads only below the oldest
-- transaction still running, so a late commit is never skipped.
create table feed (
  xid       xid8        not null default pg_current_xact_id(),
  position  bigint      generated always as identity,
  at        timestamptz not null,
  id        uuid        not null,
  person    uuid,
  patient   uuid,
  version   int         not null,
  facility  int         not null,
  type      smallint    not null,
  action    smallint    not null,
  client_id text
) partition by range (at);
create table feed_other partition of feed default;
create index feed_order on feed (xid, position);
select yba_ensure_months('feed');

-- A feed subscriber's place, moved in the transaction that applies what it read.
create table feed_cursor (
  subscriber text   not null primary key,
  xid        xid8   not null,
  position   bigint not null
);

-- Transactions applied once: the first answer is given again to a repeat. Kept 90 days.
create table submission (
  client   text        not null,
  key      text        not null,
  body     text        not null,
  answer   bytea       not null,
  at       timestamptz not null default now(),
  primary key (client, key)
);
create index submission_at on submission using brin (at);

do $$
declare
  part text;
begin
  foreach part in array array['resource', 'shared_resource', 'frame', 'shared_frame', 'history', 'feed', 'client_id', 'identifier', 'patient_link', 'submission'] loop
    execute format('grant select on %I to yba_reader', part);
    execute format('grant select, insert, update, delete on %I to yba_writer', part);
  end loop;
  revoke update, delete on history, feed, frame, shared_frame from yba_writer;
  foreach part in array array['resource', 'frame'] loop
    execute format('alter table %I enable row level security', part);
    execute format('create policy see on %I for select to yba_reader, yba_writer using (
      facility = (select yba_facility())
      or (patient = any ((select yba_patients())::uuid[]) and (label = 0 or (select yba_self()))))', part);
  end loop;
  foreach part in array array['shared_resource', 'shared_frame'] loop
    execute format('alter table %I enable row level security', part);
    execute format('create policy see on %I for select to yba_reader, yba_writer using (
      facility = (select yba_facility()) or label = 2)', part);
  end loop;
  alter table history enable row level security;
  create policy see on history for select to yba_reader, yba_writer using (
    facility = (select yba_facility())
    or label = 2
    or (patient = any ((select yba_patients())::uuid[]) and (label = 0 or (select yba_self()))));
  foreach part in array array['resource', 'shared_resource', 'frame', 'shared_frame', 'history'] loop
    execute format('create policy write on %I for insert to yba_writer with check (facility = (select yba_facility()))', part);
    execute format('create policy change on %I for update to yba_writer
      using (facility = (select yba_facility())) with check (facility = (select yba_facility()))', part);
    execute format('create policy remove on %I for delete to yba_writer using (facility = (select yba_facility()))', part);
  end loop;
end
$$;

-- Whose row an id is, visible or not: a write on another facility's id must be told so.
create function yba_owner(row_id uuid, low uuid, high uuid) returns int
  language sql stable security definer set search_path = public as $$
  select facility from resource where person >= low and person <= high and id = row_id
  union all
  select facility from shared_resource where id = row_id
  limit 1
$$;
