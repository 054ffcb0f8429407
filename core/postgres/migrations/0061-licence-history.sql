-- A licence is suspended for a time, and what became of it is kept (docs/decisions/0089-licences-and-versions-by-the-ministry.md).

alter table account
  add column licence_suspended_until date; -- the last day of a suspension; null: withdrawn for good, or not at all

create trigger licence_suspension_told after update of licence_suspended_until on account
  for each statement execute function yba_licence_changed();

-- Each state of an account's licence, who entered it, when and why. Rows are never changed.
create table licence_event (
  id              bigint      not null generated always as identity primary key,
  account         uuid        not null references account,
  at              timestamptz not null default clock_timestamp(),
  kind            text        not null check (kind in ('entered', 'renewed', 'suspended', 'withdrawn', 'restored', 'corrected')),
  number          text        not null,
  scope           text,
  since           date,
  until           date,
  withdrawn       date,
  suspended_until date,
  by              text,       -- account/<id>; null: with the account, or by the operator of the platform
  by_name         text,
  words           text
);
create index licence_event_account on licence_event (account, id);
insert into licence_event (account, at, kind, number, scope, since, until, withdrawn)
select id, created, 'entered', licence_number, licence_scope, licence_from, licence_until, licence_withdrawn
from account where licence_number is not null;
