-- SMART Health Links that persons hand out (docs/decisions/0078-summary-and-links.md). The file is encrypted with a key
-- that only the link holds; of the link's address a hash is kept. Nothing is granted: the owner's pool answers.
create table health_link (
  id          uuid        not null primary key,
  token       text        not null unique,
  person      uuid        not null,
  patient     text        not null,
  label       text        not null,
  file        text        not null,
  passcode    text        not null,
  tries_left  int         not null,
  created     timestamptz not null default now(),
  until       timestamptz not null,
  revoked     timestamptz,
  opened      int         not null default 0,
  last_opened timestamptz
);
create index health_link_person on health_link (person, created);
