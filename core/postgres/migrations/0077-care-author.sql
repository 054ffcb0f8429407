-- Who, of people, wrote an encounter, appointment, care team or schedule: what somebody wrote themselves lets them in nowhere.
-- Written with the resource; software is not noted.
create table care_author (
  resource     text not null, -- CareTeam/<id>
  subject      text not null, -- account/<id>
  practitioner text,          -- Practitioner/<id> of that account
  primary key (resource, subject)
);
grant insert on care_author to yba_writer;
