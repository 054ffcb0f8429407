import type { Resource } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';
import { localDay } from '../local-time.ts';
import type { ReadMany } from '../figures-subscriber.ts';
import { isSame, kinship, likenessOf, likenessOfName, type Likeness } from './kinship.ts';
import {
  EACH_LOOK,
  CARE,
  notOversight,
  READING,
  type AlertRule,
  type Finding,
  type Threshold,
  type WatchedLook,
} from './rules.ts';

/** The bit of a row's label that says VIP. */
const VIP = 128;

/** Rows of the log looked back at: a shift of the busiest member of staff. */
const BEFORE_MOST = 5_000;

/** How long the staff of a facility is remembered, in ms. */
const STAFF_MS = 10 * 60_000;

type Colleague = { practitioner: string; likeness: Likeness };

/** Looks at one person by one member of staff on one day, that no care explains. */
type Group = { looks: WatchedLook[]; person: string; key: string };

/** What the rules find that ask whose record was looked at: VIP, family, colleagues. */
export async function whose(
  tx: Transaction,
  read: ReadMany,
  staffOf: StaffOf,
  looks: readonly WatchedLook[],
  thresholds: (rule: AlertRule, facility: number) => Threshold,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const one of await strikes(tx, read, staffOf, groupsOf(looks))) {
    const { persons, minutes } = { ...EACH_LOOK, ...thresholds(one.rule, one.facility) };
    if (persons <= 1) found.push(one);
    else found.push(...(await withEarlier(tx, read, staffOf, one, { persons, minutes })));
  }
  return found;
}

/**
 * Where more than one such person is asked for: what the same looker's looks within the time before strike the same rule
 * at, when they are of so many different persons; nothing while they are not.
 */
async function withEarlier(
  tx: Transaction,
  read: ReadMany,
  staffOf: StaffOf,
  one: Finding,
  { persons, minutes }: { persons: number; minutes: number },
): Promise<Finding[]> {
  const until = new Date(Math.max(...one.looks.map(({ at }) => at.getTime())));
  const looks = await looksBefore(tx, one, until, minutes);
  const same = (await strikes(tx, read, staffOf, groupsOf(looks))).filter(({ rule }) => rule === one.rule);
  const facts = { limit: persons, minutes };
  return new Set(same.map(({ person }) => person)).size >= persons
    ? same.map((finding) => ({ ...finding, facts: { ...finding.facts, ...facts } }))
    : [];
}

/** Rows of the log of one looker at one facility within the minutes before a moment, as the watch sees them. */
function looksBefore(
  tx: Transaction,
  { subject, facility }: Pick<Finding, 'subject' | 'facility'>,
  until: Date,
  minutes: number,
): Promise<WatchedLook[]> {
  return tx<WatchedLook[]>`
    select l.xid::text, l.id::int as id, l.at, l.person, l.action, l.outcome, l.purpose, l.basis, a.subject, a.name, a.role,
      a.facility, a.practitioner, a.person as own, false as odd,
      count(*) over (partition by l.request, l.action, l.target)::int as together
    from access_agent a join access_log l on l.agent = a.id
    where a.subject = ${subject} and a.facility = ${facility}
      and l.at > ${until}::timestamptz - make_interval(mins => ${minutes}) and l.at <= ${until}::timestamptz
      and ${notOversight(tx as unknown as Sql)}
    order by l.at desc limit ${BEFORE_MOST}`;
}

/** Whom these looks strike at, one by one. */
async function strikes(
  tx: Transaction,
  read: ReadMany,
  staffOf: StaffOf,
  groups: readonly Group[],
): Promise<Finding[]> {
  if (groups.length === 0) return [];
  const persons = [...new Set(groups.map(({ person }) => person))];
  const [vips, patients, lookers] = [
    await vipsAmong(tx, persons),
    await patientsOf(tx, read, persons),
    await practitioners(
      read,
      groups.flatMap(({ looks: [look] }) => look!.practitioner ?? []),
    ),
  ];
  const found: Finding[] = [];
  for (const group of groups) {
    const [look] = group.looks;
    const { facility, practitioner, name } = look!;
    const known = patients.get(group.person) ?? [];
    const looker = (practitioner && lookers.get(practitioner)) || likenessOfName(name);
    const staff = await staffOf(tx, facility);
    const colleague = staff.find(({ likeness }) => known.some((patient) => isSame(likeness, patient)));
    const shared = known.map((patient) => kinship(looker, patient)).find((one) => one !== undefined);
    if (vips.has(group.person)) found.push(finding('vip', group, {}));
    if (colleague) {
      const self = colleague.practitioner === practitioner;
      found.push(finding('colleague', group, { shared: self ? 'self' : 'colleague' }));
    } else if (shared) found.push(finding('same-surname', group, { shared }));
  }
  return found;
}

function groupsOf(looks: readonly WatchedLook[]): Group[] {
  const groups = new Map<string, Group>();
  for (const look of looks) {
    const { person, outcome, action, basis, own, facility, subject, at, together } = look;
    if (!person || outcome !== 'success' || !READING.includes(action) || person === own) continue;
    if (CARE.includes(basis ?? '') || (action === 'search' && together > 1)) continue;
    const key = `${person} ${localDay(at)}`;
    const known = groups.get(`${facility} ${subject} ${key}`);
    if (known) known.looks.push(look);
    else groups.set(`${facility} ${subject} ${key}`, { looks: [look], person, key });
  }
  return [...groups.values()];
}

function finding(rule: AlertRule, { looks, person, key }: Group, facts: Record<string, unknown>): Finding {
  const { facility, subject, name, role } = looks[0]!;
  return { rule, facility, subject, name, role, key, person, persons: 1, facts, looks };
}

async function vipsAmong(tx: Transaction, persons: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx<{ person: string }[]>`
    select distinct l.person from patient_link l join resource r on r.person = l.placement and r.id = l.patient
    where l.person = any(${persons as string[]}::uuid[]) and r.label & ${VIP} > 0 and not r.deleted`;
  return new Set(rows.map(({ person }) => person));
}

/** What is told of each person, by every Patient linked to them. */
async function patientsOf(
  tx: Transaction,
  read: ReadMany,
  persons: readonly string[],
): Promise<ReadonlyMap<string, readonly Likeness[]>> {
  const links = await tx<{ person: string; id: string }[]>`
    select person, coalesce(client_id, patient::text) as id from patient_link where person = any(${persons as string[]}::uuid[])`;
  const found = new Map(
    (
      await read(
        'Patient',
        links.map(({ id }) => id),
      )
    ).map((patient): [string, Resource] => [patient.id!, patient]),
  );
  const told = new Map<string, Likeness[]>();
  for (const { person, id } of links) {
    const patient = found.get(id);
    if (patient) told.set(person, [...(told.get(person) ?? []), likenessOf(patient)]);
  }
  return told;
}

/** `Practitioner/<id>` → what is told of them. */
async function practitioners(
  read: ReadMany,
  references: readonly string[],
): Promise<ReadonlyMap<string, Likeness>> {
  const ids = [...new Set(references)].map((reference) => reference.replace(/^Practitioner\//, ''));
  if (ids.length === 0) return new Map();
  return new Map(
    (await read('Practitioner', ids)).map((one) => [`Practitioner/${one.id}`, likenessOf(one)] as const),
  );
}

/** Who works at a facility. */
export type StaffOf = (tx: Transaction, facility: number) => Promise<readonly Colleague[]>;

/** Answers who works at a facility, remembering it for ten minutes. */
export function staffReader(read: ReadMany): StaffOf {
  const known = new Map<number, { until: number; staff: readonly Colleague[] }>();
  return async (tx, facility) => {
    const kept = known.get(facility);
    if (kept && kept.until > Date.now()) return kept.staff;
    const rows = await tx<{ practitioner: string }[]>`
      select distinct practitioner from membership
      where facility = ${facility} and ended is null and practitioner is not null`;
    const told = await practitioners(
      read,
      rows.map(({ practitioner }) => practitioner),
    );
    const staff = [...told].map(([practitioner, likeness]) => ({ practitioner, likeness }));
    known.set(facility, { until: Date.now() + STAFF_MS, staff });
    return staff;
  };
}
