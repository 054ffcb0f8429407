-- Who let others see a record in a child's place: person key of the guardian. What they gave ends with the guardianship
-- (docs/decisions/0145-what-a-guardian-gave-ends.md).
alter table directive add column guardian uuid;
create index directive_guardian on directive (guardian) where guardian is not null;
