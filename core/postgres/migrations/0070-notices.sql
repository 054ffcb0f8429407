-- News about referrals (docs/decisions/0097-notices-and-push.md), derived from the feed beside referral_party. A notice names a Task
-- and a step, nothing of the illness. Nothing is granted: the owner's pool answers.

-- One row for each who is told: a person (by the Patient the referral speaks of) or a facility.
create table notice (
  id       bigint      generated always as identity primary key,
  task     text        not null,
  step     int         not null,
  code     text        not null,
  at       timestamptz not null,
  patient  uuid,
  facility int,
  noted    timestamptz not null default now(),
  unique nulls not distinct (task, step, patient, facility),
  check ((patient is null) <> (facility is null))
);
create index notice_patient on notice (patient, id) where patient is not null;
create index notice_facility on notice (facility, id) where facility is not null;

-- Up to which notice each reader has read: an account, or a citizen.
create table notice_read (
  reader text   not null primary key,
  upto   bigint not null
);

-- Devices that their owner asked to be told on (Web Push). `asked` is the newest notice they are to be told of, `told` the
-- newest they were told of: between the two lies what is still to be sent.
create table push_subscription (
  id       uuid        not null primary key,
  person   uuid        not null,
  endpoint text        not null unique,
  p256dh   text        not null,
  auth     text        not null,
  language text        not null check (language in ('vi', 'en')),
  device   text        not null,
  agreed   timestamptz not null default now(),
  asked    bigint      not null default 0,
  told     bigint      not null default 0,
  attempts int         not null default 0,
  next_try timestamptz not null default now(),
  last_told timestamptz
);
create index push_subscription_person on push_subscription (person);
create index push_subscription_due on push_subscription (next_try) where asked > told;
