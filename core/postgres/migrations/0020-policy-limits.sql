-- The second wall learns what is kept back inside a reach: by Patient, by sensitivity class, by type, by the filters of
-- a scope (docs/decisions/0052-policy-as-data.md).
--
-- label of a patient's row: bits of its sensitivity classes, 0 ordinary. 1 restricted; 4 HIV; 8 tuberculosis;
-- 16 mental health; 32 reproductive; 64 genetic; 128 VIP. 2 alone is a shared registry.

-- What the current request's reach keeps back; null for nearly everybody, and then nothing below is evaluated.
create function yba_limits() returns jsonb
  language sql stable parallel safe
  return nullif(current_setting('yba.limits', true), '')::jsonb;

-- A labelled row of another facility is shown to the person concerned, and where the limits show all of its classes.
create function yba_shows(limits jsonb, patient uuid, label smallint) returns boolean
  language sql immutable parallel safe
  return label & ~coalesce((limits -> 'patients' -> patient::text ->> 's')::int, 0) = 0;

-- False for what is kept back: the type, the Patient as a whole, or this kind of data of the Patient.
create function yba_lets(limits jsonb, own boolean, patient uuid, kind smallint, label smallint) returns boolean
  language sql immutable parallel safe
  return (limits -> 'types' is null or kind is null or limits -> 'types' @> to_jsonb(kind))
    and not coalesce(limits -> 'patients' -> patient::text ? 'n', false)
    and not coalesce(limits -> 'patients' -> patient::text -> case when own then 'ot' else 't' end @> to_jsonb(kind), false)
    and label & coalesce((limits -> 'patients' -> patient::text ->> case when own then 'oh' else 'h' end)::int, 0) = 0;

-- Whether a row has the terms that a scope's filter asks for: one alternative of which each list has one.
create function yba_only(limits jsonb, kind smallint, terms bigint[]) returns boolean
  language sql immutable parallel safe
  return limits -> 'only' -> kind::text is null or exists (
    select from jsonb_array_elements(limits -> 'only' -> kind::text) as alternative
    where not exists (
      select from jsonb_array_elements(alternative) as wanted
      where not terms && array(select jsonb_array_elements_text(wanted)::bigint)));

alter policy see on resource using (
  (facility = (select yba_facility())
    or (patient = any ((select yba_patients())::uuid[])
      and (label = 0 or (select yba_self()) or yba_shows((select yba_limits()), patient, label))))
  and ((select yba_limits()) is null
    or (yba_lets((select yba_limits()), facility = (select yba_facility()), patient, type, label)
      and yba_only((select yba_limits()), type, terms))));

alter policy see on frame using (
  (facility = (select yba_facility())
    or (patient = any ((select yba_patients())::uuid[])
      and (label = 0 or (select yba_self()) or yba_shows((select yba_limits()), patient, label))))
  and ((select yba_limits()) is null
    or yba_lets((select yba_limits()), facility = (select yba_facility()), patient, null, label)));

alter policy see on shared_resource using (
  (facility = (select yba_facility()) or label = 2)
  and ((select yba_limits()) is null
    or (yba_lets((select yba_limits()), facility = (select yba_facility()), null, type, label)
      and yba_only((select yba_limits()), type, terms))));

-- A past version carries no terms: it is shown while its present meets the filter.
alter policy see on history using (
  (facility = (select yba_facility())
    or label = 2
    or (patient = any ((select yba_patients())::uuid[])
      and (label = 0 or (select yba_self()) or yba_shows((select yba_limits()), patient, label))))
  and ((select yba_limits()) is null
    or (yba_lets((select yba_limits()), facility = (select yba_facility()), patient, type, label)
      and ((select yba_limits()) -> 'only' -> type::text is null
        or exists (select from resource now where now.person = history.person and now.id = history.id)
        or exists (select from shared_resource now where now.id = history.id)))));

alter policy see on feed using (
  (facility = (select yba_facility()) or person is null or patient = any ((select yba_patients())::uuid[]))
  and ((select yba_limits()) is null
    or yba_lets((select yba_limits()), facility = (select yba_facility()), patient, null, 0::smallint)));
