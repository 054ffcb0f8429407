-- A refusal by name is of the person, whatever they are called and whenever they come to be called so (docs/decisions/0131-names-that-come-later.md).

create index membership_practitioner on membership (practitioner) where practitioner is not null;

-- A licence number as two spellings compare equal (normaliseLicence of core/vietnam).
create function yba_licence(number text) returns text
  language sql immutable as $$ select nullif(upper(regexp_replace(normalize(number, NFC), '\s+', '', 'g')), '') $$;
create index account_licence on account (yba_licence(licence_number)) where licence_number is not null;

-- All names of whoever has this one, and their licences: an account, the Practitioners it works as or did, whoever has the same licence.
create function yba_names_of(subject text, licence text, out names text[], out licences text[])
  language sql stable as $$
with recursive known (account, practitioner, licence) as (
  select case when subject ~ '^account/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then substr(subject, 9)::uuid end,
    case when subject like 'Practitioner/%' then subject end, null
  union select null, null, yba_licence(licence)
  union
  select next.* from known cross join lateral (
    select m.account, null::text, null::text from membership m where m.practitioner = known.practitioner
    union all select null, m.practitioner, null from membership m where m.account = known.account
    union all select null, null, yba_licence(a.licence_number) from account a where a.id = known.account
    union all select a.id, null, null from account a where a.licence_number is not null and yba_licence(a.licence_number) = known.licence
    union all select null, null, nullif(l.number, '') from practitioner_licence l where l.practitioner = known.practitioner
    union all select null, l.practitioner, null from practitioner_licence l where l.number = known.licence
  ) next
)
select array_agg(coalesce('account/' || known.account, known.practitioner)) filter (where known.account is not null or known.practitioner is not null),
  array_agg(known.licence order by known.licence) filter (where known.licence is not null)
from known
$$;

-- Gives each refusal of somebody who has this name a row for every other name of theirs. Whoever writes a refusal and whoever
-- gives a name wait for each other, so that neither misses what the other is about to commit.
create function yba_keep_names(subject text, licence text) returns void
  language plpgsql as $$
declare
  known record;
begin
  perform pg_advisory_xact_lock(hashtext('yba_keep_names'));
  if not exists (select from directive d where d.subject is not null) then
    return;
  end if;
  select * into known from yba_names_of(subject, licence);
  insert into directive (consent, person, effect, audience, subject, licence, types, classes, copies, acts, since, until)
  select distinct on (d.consent, name) d.consent, d.person, d.effect, d.audience, name, coalesce(d.licence, known.licences[1]),
    d.types, d.classes, d.copies, d.acts, d.since, d.until
  from directive d cross join unnest(known.names) as name
  where d.effect = 'refuse' and d.audience = 'person' and (d.subject = any(known.names) or d.licence = any(known.licences))
    and not exists (select from directive there where there.consent = d.consent and there.subject = name);
  update directive d set licence = known.licences[1]
  where d.effect = 'refuse' and d.audience = 'person' and d.licence is null and d.subject = any(known.names)
    and known.licences is not null;
end
$$;

create function yba_named() returns trigger
  language plpgsql as $$
begin
  if tg_table_name = 'membership' then
    perform yba_keep_names('account/' || new.account, null);
  elsif tg_table_name = 'account' then
    perform yba_keep_names('account/' || new.id, null);
  else
    perform yba_keep_names(new.practitioner, new.number);
  end if;
  return null;
end
$$;
create trigger named after insert or update of practitioner on membership
  for each row when (new.practitioner is not null) execute function yba_named();
create trigger named after insert or update of licence_number on account
  for each row when (new.licence_number is not null) execute function yba_named();
create trigger named after insert on practitioner_licence
  for each row execute function yba_named();

select yba_keep_names(d.subject, d.licence) from directive d where d.effect = 'refuse' and d.audience = 'person';

-- Of whom software names it is remembered in which department they work, until that changes.
create trigger licence_told after insert or update or delete on membership
  for each statement execute function yba_licence_changed();
