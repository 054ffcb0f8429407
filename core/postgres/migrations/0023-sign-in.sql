-- Sign-in of staff: memberships of facilities, further ways to prove who one is, sessions that can be locked and ended.
-- As in 0004, nothing here is granted to yba_reader or yba_writer.

-- One person may work at several facilities, each with a role of its own. A membership that has ended stays, for the log.
create table membership (
  account       uuid        not null references account on delete cascade,
  facility      int         not null,
  facility_name text        not null,
  role          text        not null check (role in ('doctor', 'nurse', 'receptionist', 'identity-officer', 'privacy-officer', 'admin')),
  department    text,
  practitioner  text,
  since         timestamptz not null default now(),
  ended         timestamptz,
  primary key (account, facility)
);
create index membership_facility on membership (facility, account);

insert into membership (account, facility, facility_name, role, practitioner, since)
select id, facility, coalesce(facility_name, ''), role, practitioner, created from account where facility is not null;

-- The role of a member of staff is their membership's; a citizen and an officer of the ministry have theirs by themselves.
alter table account
  drop column facility,
  drop column facility_name,
  drop column practitioner,
  alter column role drop not null,
  add column must_change boolean not null default false,
  add column last_sign_in timestamptz,
  add column licence_number text,
  add column licence_scope text,
  add column licence_until date;
update account set role = null where role not in ('citizen', 'ministry');
alter table account drop constraint account_role_check;
alter table account add constraint account_role_check check (role in ('citizen', 'ministry'));
-- Dropping its columns dropped the check that tied role and facility together; this one says what is left of it.
alter table account add constraint account_citizen_upstream check (role is distinct from 'citizen' or upstream is not null);

-- Passkeys: the public half of a key that never leaves its device. id is the credential id, base64url.
create table passkey (
  id         text        not null primary key,
  account    uuid        not null references account on delete cascade,
  public_key bytea       not null,
  counter    bigint      not null,
  transports text[]      not null default '{}',
  synced     boolean     not null,
  name       text        not null,
  created    timestamptz not null default now(),
  last_used  timestamptz
);
create index passkey_account on passkey (account);

-- One-time codes (RFC 6238); they count once confirmed. last_step: the step of the last code accepted.
create table second_factor (
  account     uuid        not null primary key references account on delete cascade,
  totp_sealed text        not null,
  confirmed   timestamptz,
  last_step   bigint      not null default 0
);
create table recovery_code (
  account uuid not null references account on delete cascade,
  hash    text not null,
  primary key (account, hash)
);

-- One stay of a person at one facility in one browser. Tokens name it, so that they end with it. browser is the uid
-- of the OpenID session; changed lets every server process learn what it has not been told.
create table sign_in_session (
  id         uuid        not null primary key default gen_random_uuid(),
  browser    text,
  account    uuid        not null references account on delete cascade,
  facility   int,
  client     text        not null,
  methods    text[]      not null,
  address    text        not null,
  agent      text        not null,
  started    timestamptz not null default now(),
  active     timestamptz not null default now(),
  locked     timestamptz,
  ended      timestamptz,
  end_reason text,
  changed    timestamptz not null default clock_timestamp()
);
create index sign_in_session_account on sign_in_session (account, started desc);
create index sign_in_session_browser on sign_in_session (browser) where ended is null;
create index sign_in_session_active on sign_in_session (active) where ended is null and locked is null;
create index sign_in_session_changed on sign_in_session (changed);

-- Failed attempts by name (known or not, so that a lock tells nobody which names exist) and by address.
drop table sign_in_failure;
create table sign_in_attempt (
  key          text        not null primary key,
  failed       int         not null,
  last         timestamptz not null,
  locked_until timestamptz
);
