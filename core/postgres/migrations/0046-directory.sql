-- The directory's index: what the shared registries say, laid out to be found while one types, and to be summed. Kept by
-- a feed subscriber; it can be emptied and made again from the feed. The resources themselves are in the store.
create table directory_entry (
  id       bigint  not null generated always as identity primary key,
  kind     "char"  not null check (kind in ('f', 's')), -- a facility, a member of staff
  resource text    not null unique,                     -- Organization/<id>, Practitioner/<id>
  code     text,                                        -- facility code, licence
  name     text    not null,
  active   boolean not null,
  facts    jsonb   not null
);
create index directory_entry_code on directory_entry (code, kind);

-- Every word an entry may be found by, folded, with the words around it: "man nguyen thi" for the third of three. One
-- range scan finds a prefix, and tells of the other words without looking elsewhere.
create table directory_key (
  kind  "char" not null,
  key   text   not null collate "C",
  entry bigint not null,
  primary key (kind, key, entry)
);
create index directory_key_entry on directory_key (entry);

-- Where members of staff work: PractitionerRole.
create table directory_post (
  resource     text    not null primary key,
  practitioner text    not null,
  organization text    not null, -- Organization/<id>, or the facility code it is named by
  role         text,
  department   text,
  active       boolean not null
);
create index directory_post_practitioner on directory_post (practitioner);
create index directory_post_organization on directory_post (organization);

-- What officers changed: who, when, why, on which decision. A change is taken back by another row, never removed.
create table directory_change (
  id       bigint      not null generated always as identity primary key,
  facility text        not null,
  kind     text        not null check (kind in ('merged', 'renamed', 'moved', 'closed', 'split')),
  on_day   date        not null,
  detail   jsonb       not null,
  why      text        not null,
  by       text        not null,
  by_name  text        not null,
  at       timestamptz not null default now(),
  undoes   bigint      unique references directory_change
);
create index directory_change_facility on directory_change (facility, id desc);
