-- What a client is registered with beside the columns of 0004, by the names of RFC 7591 and RFC 8705 (jwks, jwks_uri,
-- token_endpoint_auth_method, tls_client_auth_subject_dn, …) and three of ours: launch_uri, door, origins.
alter table oauth_client
  add column metadata    jsonb       not null default '{}',
  add column deactivated timestamptz;

-- Tokens that open nothing any more though their signature holds: all of a client issued until then, those of a grant, or one
-- by its jti. A row is needed until the last of these tokens has expired.
create table token_revocation (
  kind    text        not null check (kind in ('client', 'grant', 'token')),
  id      text        not null,
  at      timestamptz not null default now(),
  expires timestamptz not null,
  changed timestamptz not null default clock_timestamp(),
  primary key (kind, id)
);
create index token_revocation_changed on token_revocation (changed);
