-- Software of a facility says who is at the screen; what a person refused to somebody by name then holds there too
-- (docs/decisions/0065-licence-and-named-users.md). Derived from Practitioner and PractitionerRole by the feed.

-- Where a practitioner works: the facility that keeps their Practitioner or a PractitionerRole of theirs.
create table practitioner_place (
  resource     text not null, -- Practitioner/<id> or PractitionerRole/<id>
  practitioner text not null, -- Practitioner/<id>
  facility     int  not null,
  name         text,          -- as the Practitioner has it
  primary key (resource)
);
create index practitioner_place_practitioner on practitioner_place (practitioner, facility);
create index practitioner_licence_number on practitioner_licence (number);

create trigger licence_told after insert or update or delete on practitioner_place
  for each statement execute function yba_licence_changed();

-- Whether who is refused (an account, a Practitioner, and their licence) works at a facility. In plpgsql, so that the
-- statement about a person's record is planned without it: it is called for refusals of named persons alone.
create function yba_works_at(subject text, licence text, place int) returns boolean
  language plpgsql stable as $$
begin
  return exists (select from practitioner_place p where p.practitioner = subject and p.facility = place)
    or exists (
      select from membership m join account a on a.id = m.account
      where m.facility = place and m.ended is null
        and (m.practitioner = subject or 'account/' || a.id = subject or a.licence_number = licence))
    or exists (
      select from practitioner_licence l join practitioner_place p on p.practitioner = l.practitioner
      where l.number = licence and p.facility = place);
end
$$;
