-- What persons ask of a facility about a look at their record: the question and its answer are Communications in the
-- store; here stands until when, for whose work list. Nothing is granted: the owner's pool answers the two concerned.
create table look_request (
  communication text        not null primary key,
  facility      int         not null,
  person        uuid        not null,
  kind          text        not null check (kind in ('ask', 'object', 'correct')),
  event         text        not null,
  asked         timestamptz not null,
  due           timestamptz not null,
  answered      timestamptz,
  answer        text,
  check ((answered is null) = (answer is null))
);
create index look_request_facility on look_request (facility, asked);
create index look_request_person on look_request (person);
create unique index look_request_open on look_request (event, kind, person) where answered is null;
