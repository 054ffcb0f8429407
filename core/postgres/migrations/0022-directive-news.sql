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
