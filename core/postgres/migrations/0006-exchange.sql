-- The books of XML dossiers: what each became, so that a repeat is known and a correction finds its resources again.
-- Written in the transaction of the resources themselves.

-- One dossier of a facility as last stored.
create table dossier (
  facility  int         not null,
  ma_lk     text        not null,
  version   int         not null,
  hash      text        not null,
  ma_bn     text        not null,
  patient   text        not null,
  encounter text        not null,
  rows      jsonb       not null, -- digest of a row's key -> Type/id
  at        timestamptz not null default now(),
  primary key (ma_lk, facility)
);

-- A facility's Patient as dossiers last told it, and the Coverage of each card shown.
create table dossier_patient (
  facility  int   not null,
  ma_bn     text  not null,
  patient   text  not null,
  said      text  not null, -- hash of what XML1 said
  coverages jsonb not null, -- digest of card and period -> Coverage/id
  primary key (ma_bn, facility)
);

-- What was read and kept out of the record, with its reason. A row that a later submission mends is settled.
create table quarantine (
  id         bigint      not null generated always as identity primary key,
  facility   int         not null,
  ma_lk      text,
  hash       text        not null, -- of the submission it came in
  at         timestamptz not null default now(),
  settled    timestamptz,
  source     text        not null, -- XML1 ... XML15, GIAMDINHHS
  row_number int,
  field      text,
  rule       text        not null,
  severity   text        not null,
  remedy_vi  text        not null,
  remedy_en  text        not null,
  raw        jsonb       not null
);
create index quarantine_open on quarantine (facility, id desc) where settled is null;
create index quarantine_dossier on quarantine (ma_lk, facility) where settled is null;

grant select, insert, update on dossier, dossier_patient, quarantine to yba_writer;

alter table dossier enable row level security;
alter table dossier_patient enable row level security;
alter table quarantine enable row level security;
create policy own on dossier to yba_writer using (facility = (select yba_facility())) with check (facility = (select yba_facility()));
create policy own on dossier_patient to yba_writer using (facility = (select yba_facility())) with check (facility = (select yba_facility()));
create policy own on quarantine to yba_writer using (facility = (select yba_facility())) with check (facility = (select yba_facility()));
