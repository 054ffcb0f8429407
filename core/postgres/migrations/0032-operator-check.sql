-- What an operator checked and what came of it, such as `yba audit verify`: evidence of the security-level file.
create table operator_check (
  id     bigint      not null generated always as identity primary key,
  kind   text        not null,
  at     timestamptz not null default now(),
  passed boolean     not null,
  detail jsonb       not null
);
create index operator_check_kind on operator_check (kind, at desc);
