-- Every key of a table of patients' rows holds the placement, so that the tables distribute by it (docs/citus.md).
-- Former versions of shared rows lie at the placement nobody has.
alter table history alter column person set default '00000000-0000-0000-0000-000000000000';
update history set person = default where person is null;
alter table history alter column person set not null;
alter table history drop constraint history_pkey;
alter table history add primary key (id, version, updated, person);

-- The second wall, where it was open (docs/decisions/0046-walls-listed-from-the-catalogue.md): the role that answers
-- requests reads no numbers, no registrations and no kept answers; it finds people by the terms of rows it may see.
revoke select on identifier, person_identifier, submission, unidentified, link_change, registration, person_root, identity_pin
  from yba_reader;

alter table identifier enable row level security;
-- A batch sees its own facilities' identifiers, and those of rows that lie in nobody's chart: the shared registries are
-- among them, which everybody's conditions and references name. It changes its own alone.
create policy see_batch on identifier for select to yba_writer
  using (facility = any ((select yba_facilities())::int[]) or person is null);
create policy write on identifier for insert to yba_writer with check (facility = any ((select yba_facilities())::int[]));
create policy change on identifier for update to yba_writer
  using (facility = any ((select yba_facilities())::int[])) with check (facility = any ((select yba_facilities())::int[]));
create policy remove on identifier for delete to yba_writer using (facility = any ((select yba_facilities())::int[]));

alter table feed enable row level security;
create policy see on feed for select to yba_reader using (
  facility = (select yba_facility()) or person is null or patient = any ((select yba_patients())::uuid[]));
create policy write on feed for insert to yba_writer with check (facility = any ((select yba_facilities())::int[]));
