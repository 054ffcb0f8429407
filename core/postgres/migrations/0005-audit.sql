-- The access log: every look at a person's record, led by the person, a partition a month.
-- It is append-only: the role that writes it may insert and nothing else; nobody but the owner removes.

-- Who looked, said once: an account or client as it was then. A change of name or role is another row.
create table access_agent (
  id            bigint not null generated always as identity primary key,
  digest        bytea  not null unique,
  subject       text   not null,
  client        text   not null,
  role          text   not null,
  name          text   not null,
  facility      int,
  facility_name text,
  practitioner  text,
  person        uuid
);
create index access_agent_facility on access_agent (facility);

create table access_log (
  id      bigint      not null generated always as identity,
  at      timestamptz not null,
  person  uuid,
  agent   bigint      not null,
  count   int,
  action  text        not null,
  outcome text        not null check (outcome in ('success', 'denied', 'failed')),
  target  text,
  purpose text,
  reason  text,
  basis   text,
  request text        not null
) partition by range (at);
create table access_log_other partition of access_log default;
create index access_log_person on access_log (person, at desc, id desc);
create index access_log_agent on access_log (agent, at desc, id desc);
select yba_ensure_months('access_log');

-- No role reads the log: the owner's pool answers the person concerned.
grant select, insert on access_agent to yba_writer;
grant insert on access_log to yba_writer;
