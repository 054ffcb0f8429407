-- A refusal by name is of the person: a row for each name they go by, their account and its Practitioners at each facility.
-- New refusals are kept so (core/access/src/directives/keep-directives.ts); those of before are brought up here.
insert into directive (consent, person, effect, audience, subject, licence, types, classes, copies, acts, since, until)
select distinct d.consent, d.person, d.effect, d.audience, other.name,
  coalesce(d.licence, (select a.licence_number from account a where a.id = named.account)),
  d.types, d.classes, d.copies, d.acts, d.since, d.until
from directive d
join membership named on named.practitioner = d.subject or 'account/' || named.account = d.subject
cross join lateral (
  select 'account/' || named.account as name
  union select m.practitioner from membership m where m.account = named.account and m.practitioner is not null
) other
where d.effect = 'refuse' and d.audience = 'person'
  and not exists (select from directive there where there.consent = d.consent and there.subject = other.name);
