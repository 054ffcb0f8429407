-- The client registry: which numbers are known to be whose. A number is unique among active ones only:
-- personal numbers may be cancelled and issued anew (ND 70/2024 art. 11), so ended ones are kept.
create table person_identifier (
  system   text        not null,
  value    text        not null,
  person   uuid        not null,
  active   boolean     not null default true,
  since    timestamptz not null default now(),
  until    timestamptz,
  facility int         not null
);
create unique index person_identifier_active on person_identifier (value, system) where active;
create index person_identifier_person on person_identifier (person);

-- Patients whose person is not known by a number: the identity officers' work list.
create table unidentified (
  patient  uuid        not null primary key,
  facility int         not null,
  reason   text        not null check (reason in ('no-number', 'numbers-disagree')),
  since    timestamptz not null default now()
);
create index unidentified_facility on unidentified (facility, since);

-- Every change of a link, with who and why: linking is undone by linking back.
create table link_change (
  id       bigint      generated always as identity primary key,
  patient  uuid        not null,
  was      uuid,
  person   uuid        not null,
  at       timestamptz not null default now(),
  by       text        not null,
  reason   text        not null
);
create index link_change_patient on link_change (patient);

grant select on person_identifier, unidentified, link_change to yba_reader;
grant select, insert, update, delete on person_identifier, unidentified to yba_writer;
grant select, insert on link_change to yba_writer;

-- What Patients are looked up by when no number is known: folded names and birth dates, kept with each write.
create table demographics (
  patient     uuid     not null primary key,
  birth_year  smallint,
  birth_date  text,
  gender      text,
  folded_name text     not null,
  name_words  text[]   not null
);
create index demographics_year on demographics (birth_year, folded_name);
grant select on demographics to yba_reader;
grant select, insert, update, delete on demographics to yba_writer;
