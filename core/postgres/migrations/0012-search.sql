-- Search: what definitions are in force, how far rows are extracted, and what page links are sealed with
-- (docs/decisions/0035-revisions-of-extraction.md, 0036-pages-by-key.md).

-- One row. changes: counted at every write of a SearchParameter, StructureDefinition, ValueSet or CodeSystem, so that
-- a server knows at a glance whether what it holds is of today. revision: how search values are extracted now; a row
-- carries the one it was written by (column extractor). complete: every row carries at least this one, counted.
create table definition_state (
  one      boolean  not null primary key default true check (one),
  changes  bigint   not null default 0,
  revision smallint not null default 2,
  complete smallint not null
);
insert into definition_state (complete)
select case when exists (select from resource) or exists (select from shared_resource) then 1 else 2 end;

-- From which revision on rows carry the terms of a SearchParameter resource.
create table custom_parameter (
  id    uuid     not null primary key,
  since smallint not null
);

-- Where a reindex that was cut off goes on: rows up to here carry the revision.
create table reindex_progress (
  revision smallint not null,
  part     text     not null,
  after    uuid     not null,
  done     bigint   not null,
  primary key (revision, part)
);

-- The types are numbered for ever: CodeSystem 22, SearchParameter 123, StructureDefinition 128, ValueSet 144. The row
-- of definition_state is locked until the writer ends, so revisions are committed in their order.
create function yba_definition_changed() returns trigger
  language plpgsql security definer set search_path = public as $$
declare
  now_revision smallint;
begin
  if new.type = 123 then
    update definition_state set changes = changes + 1, revision = revision + 1 returning revision into now_revision;
    insert into custom_parameter values (new.id, now_revision)
      on conflict (id) do update set since = excluded.since;
  else
    update definition_state set changes = changes + 1;
  end if;
  return null;
end
$$;
create trigger definition_written after insert on shared_resource for each row
  when (new.type = any ('{22,123,128,144}'::smallint[])) execute function yba_definition_changed();
create trigger definition_rewritten after update on shared_resource for each row
  when (new.type = any ('{22,123,128,144}'::smallint[]) and new.version <> old.version) execute function yba_definition_changed();

-- Rows whose clinical time is longer than a day or open at its beginning (the term ~wide): a date range looks for
-- them apart, and walks all others in their order.
create index resource_wide_chart on resource (person, type, occurred desc)
  where terms @> '{3147519957932629}'::bigint[];
create index resource_wide_facility on resource (facility, type, occurred desc)
  where terms @> '{3147519957932629}'::bigint[];

-- The key that page links are sealed with; servers side by side share it.
create table page_key (
  one boolean not null primary key default true check (one),
  key bytea   not null
);
insert into page_key (key)
values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
