-- An app that was opened for one patient sees that patient alone, and the shared registries: 'in' are the Patients of that
-- person; of the types in 'free' its scopes let it see what its user sees.
create or replace function yba_lets(limits jsonb, own boolean, patient uuid, kind smallint, label smallint) returns boolean
  language sql immutable parallel safe
  return (limits -> 'types' is null or kind is null or limits -> 'types' @> to_jsonb(kind))
    and (limits -> 'in' is null or label = 2 or coalesce(limits -> 'in' ? patient::text, false)
      or (limits -> 'free' is not null and (kind is null or limits -> 'free' @> to_jsonb(kind))))
    and not coalesce(limits -> 'patients' -> patient::text ? 'n', false)
    and not coalesce(limits -> 'patients' -> patient::text -> case when own then 'ot' else 't' end @> to_jsonb(kind), false)
    and label & coalesce((limits -> 'patients' -> patient::text ->> case when own then 'oh' else 'h' end)::int, 0) = 0;
