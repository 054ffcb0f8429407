-- Referrals are Tasks and ServiceRequests in the store (docs/decisions/0077-a-referral-is-a-task.md). Here are the books
-- beside them. Nothing is granted: the owner's pool answers whoever has a part.

-- Which facilities find a referral in which list: out (sent), in (asked), passed (redirected by them), family (their
-- patient's). Derived from the feed.
create table referral_party (
  task     text        not null,
  facility int         not null,
  side     text        not null check (side in ('out', 'in', 'passed', 'family')),
  patient  uuid,
  person   uuid,
  open     boolean     not null,
  changed  timestamptz not null,
  until    timestamptz,
  primary key (task, facility)
);
create index referral_party_list on referral_party (facility, side, open, changed);
create index referral_party_until on referral_party (until) where open and side = 'out';

-- Registers of the papers a facility numbers, by year.
create table paper_number (
  facility int  not null,
  kind     text not null check (kind in ('transfer', 'appointment')),
  year     int  not null,
  number   int  not null,
  key      text not null,
  primary key (facility, kind, year, number),
  unique (facility, kind, key)
);
