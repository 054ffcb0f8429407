-- Frames, identifiers and the feed come by COPY too, as rows do; what is copied is of the facilities of its batch
-- (docs/decisions/0159-a-commit-is-copied.md).
do $$
declare
  part text;
begin
  foreach part in array array['frame', 'shared_frame', 'identifier', 'feed'] loop
    execute format('grant insert on %I to yba_loader', part);
    execute format('create trigger of_this_batch after insert on %I for each row
      when (current_user = ''yba_loader'' and new.facility <> all (yba_facilities())) execute function yba_refuse_row()', part);
  end loop;
end
$$;

-- The timeline this database is in: a condition of copied rows holds for a statement, not for each of its rows.
create function yba_timeline() returns text
  language plpgsql stable parallel safe as $$
begin
  return left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
end
$$;
