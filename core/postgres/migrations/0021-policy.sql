-- The policy as data, what persons decided about their own record, and what was opened in an emergency
-- (docs/decisions/0052-policy-as-data.md, 0053-directives.md). The owner's pool alone reads and writes these.

-- Versions of the rules. The one in force is the newest whose effective time has come; none is ever changed.
create table policy_version (
  version   int         not null primary key,
  effective timestamptz not null,
  document  jsonb       not null,
  created   timestamptz not null default now()
);
create function yba_policy_changed() returns trigger
  language plpgsql as $$
begin
  perform pg_notify('policy', new.version::text);
  return null;
end
$$;
create trigger policy_told after insert on policy_version for each row execute function yba_policy_changed();

-- What a person's FHIR Consents say, in the form the policy asks for; written in the transaction of the Consent.
--   refuse    keeps the record, or the kinds named, from an audience
--   share     lets whoever brings the code in, until it ends
--   delegate  lets another citizen see the record
create table directive (
  id         bigint      not null generated always as identity primary key,
  consent    text        not null,
  person     uuid        not null,
  effect     text        not null check (effect in ('refuse', 'share', 'delegate')),
  audience   text        not null check (audience in ('everyone', 'facility', 'department', 'person', 'code', 'citizen')),
  facility   int,
  department text,
  subject    text,        -- account/<id> or Practitioner/<id>
  licence    text,
  delegate   uuid,        -- person key of the other citizen
  relation   text,        -- guardian: by law, of a child; given: by the person
  born       date,        -- birth date of a child, which ends or narrows what a guardian sees
  code       bytea,       -- SHA-256 of a share's code
  types      text[]      not null default '{}', -- resource types; none named: all
  classes    int         not null default 0,    -- bits of sensitivity classes
  copies     boolean     not null default false,
  since      timestamptz not null,
  until      timestamptz,
  check ((audience = 'person') = (subject is not null)),
  check ((audience = 'citizen') = (delegate is not null)),
  check ((audience = 'code') = (code is not null)),
  check ((audience in ('facility', 'department')) <= (facility is not null)),
  check ((audience = 'department') = (department is not null))
);
create index directive_person on directive (person);
create index directive_consent on directive (consent);
create index directive_subject on directive (subject) where subject is not null;
create index directive_licence on directive (licence) where licence is not null;
create index directive_department on directive (facility, department) where department is not null;
create index directive_delegate on directive (delegate) where delegate is not null;
create unique index directive_code on directive (code) where code is not null;

-- An opening by a share's code rests on that share.
alter table opening add column share bigint;

-- A care team names its members: then the relationship is theirs alone.
alter table care_relationship
  add column member text not null default '',
  drop constraint care_relationship_kind_check,
  add constraint care_relationship_kind_check check (kind in ('encounter', 'appointment', 'referral', 'care-team')),
  drop constraint care_relationship_pkey,
  add primary key (resource, facility, member);

-- Who is on duty where, derived from Schedules by the feed.
create table duty (
  resource     text        not null,
  practitioner text        not null,
  facility     int         not null,
  since        timestamptz not null,
  until        timestamptz not null,
  primary key (resource, practitioner)
);
create index duty_practitioner on duty (practitioner, facility, until);

-- Every opening in an emergency is looked at by the facility's privacy officer, who says whether it was justified.
create table emergency_review (
  opening       uuid        not null primary key references opening (id),
  facility      int         not null,
  person        uuid        not null,
  patient       text        not null, -- public id
  subject       text        not null,
  name          text        not null,
  role          text        not null,
  department    text,
  on_duty       boolean     not null,
  overrode      boolean     not null, -- the person had refused
  reason        text        not null,
  at            timestamptz not null,
  due           timestamptz not null,
  verdict       text check (verdict in ('justified', 'not-justified')),
  words         text,
  reviewed      timestamptz,
  reviewer      text,
  reviewer_name text,
  check ((verdict is null) = (reviewed is null))
);
create index emergency_review_open on emergency_review (facility, due) where verdict is null;
create index emergency_review_facility on emergency_review (facility, at desc);
