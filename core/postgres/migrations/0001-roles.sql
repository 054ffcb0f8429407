-- The two roles the server works as. They own nothing, so row-level security binds them.
-- yba_reader answers requests; yba_writer writes for one facility at a time.
do $$
begin
  if not exists (select from pg_roles where rolname = 'yba_reader') then
    create role yba_reader nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'yba_writer') then
    create role yba_writer nologin;
  end if;
exception
  when duplicate_object or unique_violation then null; -- another database of this cluster was migrated at the same moment
end
$$;

grant yba_reader, yba_writer to current_user;

-- A non-leakproof operator keeps row-level security from using the GIN index
-- (measured 0.06 ms -> 60-87 ms). Array containment raises no error that could show a row.
do $$
begin
  alter function pg_catalog.arraycontains(anyarray, anyarray) leakproof;
  alter function pg_catalog.arrayoverlap(anyarray, anyarray) leakproof;
exception
  when insufficient_privilege then
    raise notice 'not superuser: searches by term stay correct but slow until a superuser marks arraycontains and arrayoverlap LEAKPROOF';
end
$$;

-- What the current request may see; set by the server for each transaction.
create function yba_facility() returns int
  language sql stable parallel safe
  return nullif(current_setting('yba.facility', true), '')::int;

create function yba_patients() returns uuid[]
  language sql stable parallel safe
  return coalesce(nullif(current_setting('yba.patients', true), ''), '{}')::uuid[];

create function yba_self() returns boolean
  language sql stable parallel safe
  return coalesce(nullif(current_setting('yba.self', true), ''), 'false')::boolean;

-- Makes the monthly partitions of a table from last month to six months ahead; what lies outside goes to its default partition.
create function yba_ensure_months(parent regclass) returns void
  language plpgsql as $$
declare
  month date := date_trunc('month', now() - interval '1 month');
  child text;
begin
  while month < now() + interval '6 months' loop
    child := parent::text || '_' || to_char(month, 'YYYYMM');
    if to_regclass(child) is null then
      execute format('create table %I partition of %s for values from (%L) to (%L)',
        child, parent, month, month + interval '1 month');
    end if;
    month := month + interval '1 month';
  end loop;
end
$$;
