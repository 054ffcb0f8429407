-- Who may sign in, what software may call, and whose record is open to whom.
-- Nothing here is granted to yba_reader or yba_writer: secrets are read by the owner's pool alone.

-- Members of staff, the ministry's officers and citizens (a citizen has no password here: VNeID vouches).
create table account (
  id            uuid        not null primary key default gen_random_uuid(),
  username      text        not null,
  password_hash text,
  role          text        not null check (role in ('doctor', 'nurse', 'receptionist', 'identity-officer', 'privacy-officer', 'admin', 'citizen', 'ministry')),
  name          text        not null,
  facility      int,
  facility_name text,
  practitioner  text,
  person        uuid,
  upstream      text unique,
  active        boolean     not null default true,
  created       timestamptz not null default now(),
  check ((role in ('citizen', 'ministry')) = (facility is null)),
  check (role <> 'citizen' or upstream is not null)
);
create unique index account_username on account (lower(username));
create index account_person on account (person) where person is not null;

-- Failed sign-ins by the name that was typed, known or not, so that a lock tells nobody which names exist.
create table sign_in_failure (
  username     text        not null primary key,
  failed       int         not null,
  last         timestamptz not null,
  locked_until timestamptz
);

-- Software that asks for tokens. secret_hash is the SHA-256 of a generated secret of 256 bits.
create table oauth_client (
  id            text        not null primary key,
  secret_hash   text,
  name          text        not null,
  facility      int,
  facility_name text,
  grants        text[]      not null,
  redirect_uris text[]      not null default '{}',
  scope         text        not null,
  active        boolean     not null default true,
  created       timestamptz not null default now()
);

-- What the OpenID providers remember: sessions, sign-ins under way, codes, refresh tokens, grants.
create table oauth_artifact (
  issuer   text        not null,
  model    text        not null,
  id       text        not null,
  payload  jsonb       not null,
  grant_id text,
  uid      text,
  consumed timestamptz,
  expires  timestamptz,
  primary key (issuer, model, id)
);
create index oauth_artifact_grant on oauth_artifact (grant_id) where grant_id is not null;
create index oauth_artifact_uid on oauth_artifact (uid) where uid is not null;
create index oauth_artifact_expires on oauth_artifact (expires);

-- Signing keys and other secrets made at first start, shared by all server processes.
create table server_secret (
  name    text        not null primary key,
  secret  jsonb       not null,
  created timestamptz not null default now()
);

-- One opening of a person's record: who, for which facility, what for. Rows are kept: they explain later looks.
create table opening (
  id       uuid        not null primary key default gen_random_uuid(),
  patient  uuid        not null,
  person   uuid        not null,
  subject  text        not null,
  facility int         not null,
  purpose  text        not null,
  reason   text,
  words    text        not null,
  since    timestamptz not null default now(),
  until    timestamptz not null
);
create index opening_subject on opening (facility, subject, until);
create index opening_patient on opening (patient, until);

-- A facility cares for a patient: an encounter, appointment or referral, derived from the feed.
-- until is null as long as it is active.
create table care_relationship (
  patient  uuid        not null,
  facility int         not null,
  kind     text        not null check (kind in ('encounter', 'appointment', 'referral')),
  resource text        not null,
  since    timestamptz not null default now(),
  until    timestamptz,
  primary key (resource, facility)
);
create index care_relationship_facility on care_relationship (facility, patient);
create index care_relationship_patient on care_relationship (patient);
