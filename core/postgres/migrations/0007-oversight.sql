-- Figures of the coordination, kept by a feed subscriber: docs/decisions/0022-coordination-figures.md.
-- Only the owner's pool reads and writes them; they can be emptied and made again from the feed.

-- Facilities as the registry knows them, and those that sent something before they were registered.
create table oversight_facility (
  facility     int         not null primary key,
  organization text        unique,
  name         text,
  kind         text,
  province     text,
  contact      timestamptz
);

-- Every visit that counts, so that a change or deletion can be taken back from the right hour.
-- started: when care began; received: when its first version arrived.
create table oversight_visit (
  encounter text        not null primary key,
  facility  int         not null,
  started   timestamptz not null,
  received  timestamptz not null
);

-- Visits by facility, local day (Asia/Ho_Chi_Minh) and hour of their beginning.
create table oversight_hour (
  day      date     not null,
  facility int      not null,
  hour     smallint not null,
  visits   int      not null,
  primary key (day, facility, hour)
);

-- Visits by facility and the local day they were received.
create table oversight_received (
  day      date not null,
  facility int  not null,
  visits   int  not null,
  primary key (day, facility)
);

-- Which demonstration nation is loaded, and how far: a load that was cut off goes on from next_person.
create table demonstration (
  seed        bigint      not null primary key,
  until       timestamptz not null,
  persons     int         not null,
  next_person int         not null default 0,
  finished    timestamptz
);
