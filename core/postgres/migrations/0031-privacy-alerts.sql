-- Unusual looks, put before the privacy officer of the facility that looked. Nothing here is granted to yba_reader or
-- yba_writer: the owner's pool answers the officer.

-- How far the access log has been watched, in the order of its commits; begins with what comes from now on.
create table privacy_watch (
  one boolean not null primary key default true check (one),
  xid xid8    not null,
  id  bigint  not null
);
insert into privacy_watch (xid, id)
select coalesce(max(xid), '0'::xid8), coalesce((select max(id) from access_log where xid = (select max(xid) from access_log)), 0)
from access_log;

-- When a rule strikes. facility 0: everywhere; a facility's own row goes before. The newest row that is in force counts.
create table privacy_threshold (
  rule     text        not null,
  facility int         not null default 0,
  since    timestamptz not null default now(),
  values   jsonb       not null,
  by       text        not null,
  primary key (rule, facility, since)
);
insert into privacy_threshold (rule, values, by) values
  ('mass-reading',    '{"persons": 60, "listed": 1000, "minutes": 60}', 'Y Bạ'),
  ('odd-hours',       '{"persons": 3, "minutes": 480, "from": 22, "to": 5}', 'Y Bạ'),
  ('vip',             '{"persons": 1}', 'Y Bạ'),
  ('same-surname',    '{"persons": 1}', 'Y Bạ'),
  ('colleague',       '{"persons": 1}', 'Y Bạ'),
  ('denied-attempts', '{"attempts": 10, "minutes": 60}', 'Y Bạ'),
  ('emergencies',     '{"attempts": 3, "minutes": 10080}', 'Y Bạ');

-- One alert: a rule, who looked, and what of (a day, a person on a day). Seen again it grows, it is not raised twice.
create table privacy_alert (
  id       uuid        not null primary key default gen_random_uuid(),
  rule     text        not null,
  facility int         not null,
  subject  text        not null,
  key      text        not null,
  name     text        not null,
  role     text        not null,
  person   uuid,
  first    timestamptz not null,
  last     timestamptz not null,
  persons  int         not null,
  facts    jsonb       not null,
  raised   timestamptz not null default now(),
  unique (rule, facility, subject, key)
);
create index privacy_alert_facility on privacy_alert (facility, last desc);

-- The rows of the access log behind an alert.
create table privacy_alert_look (
  alert uuid   not null,
  xid   xid8   not null,
  id    bigint not null,
  primary key (alert, xid, id)
);

-- What officers made of it, in their words; the newest counts. Nothing is overwritten, so that it can be undone.
create table privacy_alert_decision (
  id       bigint      not null generated always as identity primary key,
  alert    uuid        not null,
  decision text        not null check (decision in ('handled', 'reopened')),
  words    text        not null,
  by       text        not null,
  by_name  text        not null,
  at       timestamptz not null default now()
);
create index privacy_alert_decision_alert on privacy_alert_decision (alert, id desc);
