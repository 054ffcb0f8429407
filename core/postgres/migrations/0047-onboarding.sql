-- Facilities joining and leaving the exchange: one row an application, every step of it kept with who, when and why.
create table onboarding (
  id       bigint      not null generated always as identity primary key,
  name     text        not null,
  kind     text        not null,
  commune  text        not null,
  line     text,
  contact  jsonb       not null,
  vendor   text,
  facility text,
  client   text,
  state    text        not null default 'applied' check (state in
    ('applied', 'coded', 'credentialed', 'tested', 'live', 'suspended', 'terminated', 'rejected')),
  created  timestamptz not null default now()
);
create unique index onboarding_facility on onboarding (facility) where state not in ('rejected', 'terminated');
create index onboarding_state on onboarding (state, id desc);

create table onboarding_step (
  id         bigint      not null generated always as identity primary key,
  onboarding bigint      not null references onboarding,
  step       text        not null,
  from_state text,
  to_state   text        not null,
  why        text        not null,
  by         text        not null,
  by_name    text        not null,
  at         timestamptz not null default now()
);
create index onboarding_step_of on onboarding_step (onboarding, id);

-- Test runs: how many of what was sent passed, and which rules failed; nothing of what was sent.
create table onboarding_test (
  id         bigint      not null generated always as identity primary key,
  onboarding bigint      not null references onboarding,
  at         timestamptz not null default now(),
  passed     boolean     not null,
  summary    jsonb       not null
);
create index onboarding_test_of on onboarding_test (onboarding, id desc);

-- Who was connected with whom on a day: counts and the last time, no person. source 0: the platform itself.
create table connectivity_day (
  facility int         not null,
  other    int         not null,
  kind     text        not null check (kind in ('sent', 'referred', 'opened', 'read')),
  day      date        not null,
  n        int         not null,
  last     timestamptz not null,
  primary key (day, facility, other, kind)
);

-- How far the access log is counted, in the order of its commits; begins with what comes from now on.
create table connectivity_watch (
  one boolean not null primary key default true check (one),
  xid xid8    not null,
  id  bigint  not null
);
insert into connectivity_watch (xid, id)
select coalesce(max(xid), '0'::xid8), coalesce((select max(id) from access_log where xid = (select max(xid) from access_log)), 0)
from access_log;

-- Records handed over to a facility that leaves. files: [{name, type, bytes, count, sha256}]; place: where the next page begins.
create table hand_over (
  id       uuid        not null primary key default gen_random_uuid(),
  facility text        not null,
  state    text        not null default 'running' check (state in ('running', 'done')),
  why      text        not null,
  by       text        not null,
  by_name  text        not null,
  at       timestamptz not null default now(),
  finished timestamptz,
  files    jsonb       not null default '[]',
  place    jsonb       not null default '{}'
);
create index hand_over_facility on hand_over (facility, at desc);
create unique index hand_over_running on hand_over (facility) where state = 'running';
