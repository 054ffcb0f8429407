-- Partitions that come late. Rows of a month that has no partition yet (a server that kept no house for half a year, or
-- whose clock was wrong for an hour) lie in the default partition, and PostgreSQL then refuses to make the month: the
-- server would not start any more. They move into it. Months and days are those of UTC, whatever time the database
-- speaks, so that no two overlap after its time zone was changed.

create function yba_add_partition(parent regclass, child text, low timestamptz, high timestamptz) returns void
  language plpgsql set timezone to 'UTC' as $$
declare
  other text := parent::text || '_other';
  key   text := (select attname from pg_partitioned_table p join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
                 where p.partrelid = parent);
  late  boolean;
begin
  if to_regclass(child) is not null then
    return;
  end if;
  execute format('lock table only %s in share update exclusive mode', parent); -- one server at a time; writers go on
  if to_regclass(child) is not null then
    return; -- another server was first
  end if;
  execute format('select exists (select from %I where %I >= %L and %I < %L)', other, key, low, key, high) into late;
  if not late then
    execute format('create table %I partition of %s for values from (%L) to (%L)', child, parent, low, high);
    return;
  end if;
  execute format('lock table %I in access exclusive mode', other);
  execute format('create table %I (like %s including defaults including constraints including storage including compression)', child, parent);
  execute format('with moved as (delete from %I where %I >= %L and %I < %L returning *) insert into %I select * from moved',
    other, key, low, key, high, child);
  execute format('alter table %s attach partition %I for values from (%L) to (%L)', parent, child, low, high);
end
$$;

create or replace function yba_ensure_months(parent regclass) returns void
  language plpgsql set timezone to 'UTC' as $$
declare
  month date := date_trunc('month', now() - interval '1 month');
begin
  while month < now() + interval '6 months' loop
    perform yba_add_partition(parent, parent::text || '_' || to_char(month, 'YYYYMM'), month, month + interval '1 month');
    month := month + interval '1 month';
  end loop;
end
$$;

create or replace function yba_ensure_days(parent regclass) returns void
  language plpgsql set timezone to 'UTC' as $$
declare
  day date := current_date - 1;
begin
  while day <= current_date + 7 loop
    perform yba_add_partition(parent, parent::text || '_' || to_char(day, 'YYYYMMDD'), day, day + 1);
    day := day + 1;
  end loop;
end
$$;
