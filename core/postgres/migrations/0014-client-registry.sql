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

-- A person key that is one with another, and the key they all go by. Kept by decisions, empty without them.
create table person_root (
  person uuid not null primary key,
  root   uuid not null
);
create index person_root_root on person_root (root);

-- All keys that are one person with this one, itself included: what is kept by a person's key is found after a merge too.
create function yba_person_keys(asked uuid) returns uuid[]
  language sql stable parallel safe as $$
  select array(
    select asked
    union select root from person_root where person = asked
    union select person from person_root where root = coalesce((select root from person_root where person = asked), asked))
$$;

-- A number first known of a Patient that a decision had taken out is that person's of its own; should the decision be
-- undone, it is whose it would have been.
alter table person_identifier add column otherwise uuid;

-- A Patient that was taken out by decision, and the person of its own it has since (`detached` of that decision).
create table identity_pin (
  patient  uuid   not null primary key,
  person   uuid   not null
);
create index identity_pin_person on identity_pin (person);

-- What officers decided. Whose a Patient is follows from what Patients say and from the decisions that stand.
--   merge  the persons of both Patients are one       link   the Patient is taken out, and is the other one's person
--   unlink the Patient is taken out                   differ the two Patients are of two persons
create table identity_decision (
  id             bigint      not null generated always as identity primary key,
  kind           text        not null check (kind in ('merge', 'link', 'unlink', 'differ')),
  state          text        not null check (state in ('proposed', 'standing', 'refused', 'undo-proposed', 'undone')),
  patient        uuid        not null,
  other          uuid,
  person         uuid, -- the Patient's own person when it was confirmed; for a link the one it has since
  target         uuid, -- the other's own person then
  detached       uuid, -- the person of its own a Patient has since it was taken out
  base           uuid, -- the person its numbers led to then
  facility       int         not null,
  other_facility int,
  reason         text,
  proposed_by    text        not null,
  proposed_name  text        not null,
  proposed_at    timestamptz not null default now(),
  confirmed_by   text,
  confirmed_name text,
  confirmed_at   timestamptz,
  undo_by        text,
  undo_name      text,
  undo_reason    text,
  undone_by      text,
  undone_name    text,
  undone_at      timestamptz
);
create index identity_decision_patient on identity_decision (patient);
create index identity_decision_other on identity_decision (other) where other is not null;
create index identity_decision_person on identity_decision (person) where person is not null;
create index identity_decision_target on identity_decision (target) where target is not null;
create index identity_decision_detached on identity_decision (detached) where detached is not null;
create index identity_decision_facility on identity_decision (facility, id desc);
create index identity_decision_other_facility on identity_decision (other_facility, id desc) where other_facility is not null;

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
