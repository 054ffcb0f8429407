-- A frame tells which types lie in it, so that kinds of data hold for the stored bytes too: who may see none of them cannot
-- read the frame (docs/decisions/0066-kinds-on-frames.md). Null: not told.
alter table frame add column types smallint[];
alter table shared_frame add column types smallint[];

update frame set types = kinds.types
from (
  select person, frame, array_agg(distinct type) as types
  from (select person, frame, type from resource union all select person, frame, type from history) versions
  group by person, frame) kinds
where frame.person = kinds.person and frame.id = kinds.frame;
update shared_frame set types = kinds.types
from (
  select frame, array_agg(distinct type) as types
  from (select frame, type from shared_resource union all select frame, type from history) versions
  group by frame) kinds
where shared_frame.id = kinds.frame;

-- Whether of these types any is let through; asked for callers from whom something is kept back alone.
create function yba_lets_any(limits jsonb, own boolean, patient uuid, kinds smallint[], label smallint) returns boolean
  language sql immutable parallel safe
  return case when kinds is null then yba_lets(limits, own, patient, null, label)
    else exists (select from unnest(kinds) as kind where yba_lets(limits, own, patient, kind, label)) end;

alter policy see on frame using (
  (facility = (select yba_facility())
    or (patient = any ((select yba_patients())::uuid[])
      and (label = 0 or (select yba_self()) or yba_shows((select yba_limits()), patient, label))))
  and ((select yba_limits()) is null
    or yba_lets_any((select yba_limits()), facility = (select yba_facility()), patient, types, label)));

alter policy see on shared_frame using (
  (facility = (select yba_facility()) or label = 2)
  and ((select yba_limits()) is null
    or yba_lets_any((select yba_limits()), facility = (select yba_facility()), null, types, label)));
