-- A Merkle tree over the access log, with signed heads (docs/decisions/0050-merkle-tree-over-the-access-log.md).

-- Reads the log in the order of its commits and builds the tree; it changes no row of the log.
do $$
begin
  if not exists (select from pg_roles where rolname = 'yba_sequencer') then
    create role yba_sequencer nologin;
  end if;
exception
  when duplicate_object or unique_violation then null; -- another database of this cluster was migrated at the same moment
end
$$;
grant yba_sequencer to current_user;

-- `detail`: further facts by name, a JSON object in canonical form (RFC 8785), such as the policy version that decided.
-- `salt` keeps the hash of a row from telling its content; `reason_salt` does so for the typed reason alone, so that the
-- words can be erased by order of the law: then `reason_digest` stands for them, and the tree holds.
-- Rows of before today have no salts and come first.
alter table access_log
  add column detail        text,
  add column salt          uuid,
  add column reason_salt   uuid,
  add column reason_digest bytea,
  add column xid           xid8 not null default '0'::xid8;
alter table access_log alter column salt set default gen_random_uuid();
alter table access_log alter column xid set default pg_current_xact_id();
create index access_log_order on access_log (xid, id);

-- The digest that stands for a typed reason in the tree: SHA-256 over the JSON array [salt, reason], as SD-JWT discloses
-- a value (RFC 9901). After an erasure the digest that was kept.
create function yba_reason_digest(reason text, reason_salt uuid, kept bytea) returns text
  language sql immutable parallel safe
  return case
    when kept is not null then encode(kept, 'hex')
    when reason is not null then encode(sha256(convert_to(
      '[' || coalesce('"' || reason_salt::text || '"', 'null') || ',' || to_json(reason)::text || ']', 'UTF8')), 'hex')
  end;

-- Nodes of the tree in tiles of 256 hashes (https://c2sp.org/tlog-tiles): `hashes` are those of the nodes at height
-- 8 × level, 32 bytes each. Tiles of level 0 say which rows their leaves are, and where the first of them stands in the log.
create table audit_tile (
  level  smallint not null,
  index  bigint   not null,
  hashes bytea    not null,
  ids    bigint[],
  xid    xid8,
  id     bigint,
  primary key (level, index),
  check ((level = 0) = (ids is not null and xid is not null and id is not null))
);
alter table audit_tile alter column hashes set storage external;
create index audit_tile_place on audit_tile (xid, id) where level = 0;

-- How far the log is in the tree: moved in the transaction that adds the leaves.
create table audit_tree (
  one  boolean not null primary key default true check (one),
  size bigint  not null,
  xid  xid8    not null,
  id   bigint  not null
);
insert into audit_tree (size, xid, id) values (0, '0', 0);

-- The heads that were signed (https://c2sp.org/tlog-checkpoint), and the public keys they are checked with.
create table audit_head (
  at         timestamptz not null primary key,
  size       bigint      not null,
  root       bytea       not null,
  key        text        not null,
  checkpoint text        not null
);
create index audit_head_size on audit_head (size);
create table audit_key (
  id       text        not null primary key,
  verifier text        not null,
  since    timestamptz not null,
  until    timestamptz,
  handover text
);

grant select on access_log, access_agent to yba_sequencer;
grant select, insert, update on audit_tile, audit_tree to yba_sequencer;
grant select, insert on audit_head, audit_key to yba_sequencer;
