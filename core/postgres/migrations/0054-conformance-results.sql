-- What came of checking a facility's data before it was sent: figures and rules, never the data. Nothing here is granted to
-- yba_reader or yba_writer: the owner's pool answers officers.
create table conformance_run (
  id            bigint      not null generated always as identity primary key,
  facility      int         not null,
  vendor        text        not null, -- the software, as its sender names it
  at            timestamptz not null default now(),
  by            text        not null, -- client/<id>, account/<id>
  formats       text[]      not null, -- fhir, xml, hl7
  errors        int         not null,
  warnings      int         not null,
  rules_checked int         not null,
  rules_passed  int         not null,
  failed        jsonb       not null  -- [{rule, errors, warnings}]
);
create index conformance_run_facility on conformance_run (facility, id desc);
