-- The client registry matches by what registrations say, and keeps decisions of identity officers
-- (docs/decisions/0047, 0048, 0049).

drop table demographics;

-- What a Patient says of who its person is, and the hashed keys by which others are found that say nearly the same.
-- base: the person its numbers led to when it was last written, before any decision.
create table registration (
  patient uuid  not null primary key,
  base    uuid  not null,
  keys    int[] not null,
  said    jsonb not null
);
create index registration_keys on registration using gin (keys) with (fastupdate = on, gin_pending_list_limit = 512);
create index registration_base on registration (base);

-- A person that was merged into another, and where that leads to in the end. Kept by decisions, empty without them.
create table person_root (
  person uuid not null primary key,
  root   uuid not null
);
create index person_root_root on person_root (root);

-- The person a Patient was linked to by decision, whatever its numbers say.
create table identity_pin (
  patient  uuid   not null primary key,
  person   uuid   not null,
  decision bigint not null
);
create index identity_pin_person on identity_pin (person);

-- What officers decided. Links follow from what Patients say and from the decisions that stand: nothing else.
--   merge  person -> target: two persons are one      link   patient -> target: this Patient is that person's
--   unlink patient -> target: a person of its own     differ the two Patients are of two persons
create table identity_decision (
  id           bigint      not null generated always as identity primary key,
  kind         text        not null check (kind in ('merge', 'link', 'unlink', 'differ')),
  state        text        not null default 'proposed' check (state in ('proposed', 'standing', 'refused', 'undo-proposed', 'undone')),
  patient      uuid        not null, -- the Patient that was looked at
  other        uuid,                 -- the one beside it
  person       uuid        not null, -- whose the Patient was
  target       uuid,                 -- whose it is now
  facility     int         not null,
  reason       text,
  proposed_by  text        not null,
  proposed_name text       not null,
  proposed_at  timestamptz not null default now(),
  confirmed_by text,
  confirmed_name text,
  confirmed_at timestamptz,
  undo_by      text,
  undo_name    text,
  undo_reason  text,
  undone_by    text,
  undone_name  text,
  undone_at    timestamptz
);
create index identity_decision_patient on identity_decision (patient);
create index identity_decision_other on identity_decision (other);
create index identity_decision_person on identity_decision (person) where kind = 'merge' and state in ('standing', 'undo-proposed');
create index identity_decision_target on identity_decision (target) where kind = 'merge' and state in ('standing', 'undo-proposed');
create index identity_decision_waiting on identity_decision (facility, id) where state in ('proposed', 'undo-proposed');

-- Patients that wait to be compared with everybody, and the pairs a person must look at.
create table identity_queue (
  patient uuid        not null primary key,
  since   timestamptz not null default now()
);
create table identity_pair (
  patient        uuid        not null, -- the lesser id
  other          uuid        not null,
  facility       int         not null,
  other_facility int         not null,
  bits           real        not null,
  since          timestamptz not null default now(),
  primary key (patient, other)
);
create index identity_pair_facility on identity_pair (facility, bits desc);
create index identity_pair_other on identity_pair (other_facility, bits desc);
create index identity_pair_other_patient on identity_pair (other);

-- Everything stored before waits to be read for matching.
insert into identity_queue (patient, since) select patient, since from patient_link;

grant select on registration, person_root, identity_pin to yba_writer, yba_reader;
grant insert, update, delete on registration to yba_writer;
grant select, insert, update on identity_queue to yba_writer;
