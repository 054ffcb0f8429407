-- Every server process remembers who is refused by nobody, and hears at once when that changes.
create function yba_directive_changed() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('directive', '');
  return null;
end
$$;
create trigger directive_told after insert or update or delete on directive
  for each statement execute function yba_directive_changed();

-- How surely VNeID knows a citizen: its account level, 1 or 2, as it said at the last sign-in.
alter table account add column assurance smallint not null default 2 check (assurance in (1, 2));
alter table vneid_citizen add column level smallint not null default 2 check (level in (1, 2));
