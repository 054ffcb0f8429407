-- The licence to practise decides (docs/decisions/0065-licence-and-named-users.md). An account's licence is entered by
-- its administrator; what a Practitioner resource says beside it is derived from the feed. Both narrow alone.

alter table account
  add column licence_from date,
  add column licence_withdrawn date; -- the day it was withdrawn or suspended; null: it was not

-- Licences that a Practitioner resource carries: identifier of the licence system, qualification, each with its period.
-- Nothing is granted to yba_reader or yba_writer: the owner's pool alone asks.
create table practitioner_licence (
  practitioner text not null, -- Practitioner/<id>
  number       text not null,
  since        date,
  until        date,
  withdrawn    date
);
create index practitioner_licence_practitioner on practitioner_licence (practitioner);

-- Each process remembers licences; it forgets them when one changes.
create function yba_licence_changed() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('licence', '');
  return null;
end
$$;
create trigger licence_told after insert or update or delete on practitioner_licence
  for each statement execute function yba_licence_changed();
create trigger licence_told after update of licence_number, licence_from, licence_until, licence_withdrawn on account
  for each statement execute function yba_licence_changed();
