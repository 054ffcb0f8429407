import { invalid, notFound, parseJson } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { placeOf, provinceOf, resolvePlace } from '@yba/vietnam/places';
import type { RegistryOptions } from '../create-registry.ts';
import { placeWords } from '../find/find-operation.ts';
import { placeParts } from '../places/resolve-operations.ts';
import {
  codePart,
  datePart,
  given,
  instantPart,
  localDay,
  parametersAnswer,
  stringPart,
} from '../parameters.ts';
import { type FacilityFacts, facilityFacts, facilityOn, type FacilityOn } from './facility-facts.ts';
import { resolveFacility } from './resolve-facility.ts';
import { type StoredFacility, storedFacility, storedFacts, storedPredecessors } from './stored-facts.ts';

/** Members of staff and children listed; counts are of all. */
const LISTED = 200;

/**
 * `GET Organization/$directory-facility?code=&on=&known=`: a facility as it stood on the day `on`, by what the directory
 * knew at the instant `known` (both now when absent): two times, the one facts hold and the one they were recorded. With
 * where it is today, what it is part of, its parts, its staff with their licences, and every change.
 */
export function facilityOperation(options: RegistryOptions): Operation {
  const { sql, decide, now = () => new Date() } = options;
  return {
    code: 'directory-facility',
    on: { type: 'Organization' },
    methods: ['GET'],
    handle: async ({ context, query }) => {
      await decide(context, {
        action: 'read',
        types: ['Organization', 'Practitioner', 'PractitionerRole'],
        patients: [],
      });
      const asked = given(['code', 'on', 'known'], { query });
      const today = localDay(now());
      const [code, on] = [asked.needed('code').toUpperCase(), asked.day('on') ?? today];
      const stored = await storedFacility(sql, code);
      if (!stored) throw notFound(`Facility ${code.slice(0, 20)}`);
      const facts = await knownAt(options, stored, asked.text('known'));
      const ports = { factsOf: storedFacts(sql), predecessorsOf: storedPredecessors(sql) };
      const [then, since, before, parts, staff, changes] = [
        facilityOn(facts, on),
        await resolveFacility(code, { on, to: today }, ports),
        await storedPredecessors(sql)([code]),
        await partsOf(options, stored),
        await staffOf(options, stored),
        context.caller.role === 'ministry' ? await changesOf(options, code) : [],
      ];
      return parametersAnswer([
        { name: 'resource', valueReference: { reference: stored.resource } },
        { name: 'code', valueCode: code },
        ...datePart('on', on),
        { name: 'then', part: standing(then) },
        { name: 'now', part: standing(facilityOn(stored.facts, today)) },
        {
          name: 'today',
          part: [
            { name: 'extent', valueCode: since.extent },
            ...since.codes.map((one) => ({ name: 'code', valueCode: one })),
          ],
        },
        ...before.map((one) => ({
          name: 'predecessor',
          part: [
            { name: 'code', valueCode: one.code },
            { name: 'name', valueString: one.name },
          ],
        })),
        ...timeline(facts),
        ...parts,
        ...staff,
        ...changes,
      ]);
    },
  };
}

/** What the directory said of the facility at an instant, by the version of its Organization then. */
async function knownAt(
  { repository, asPlatform }: RegistryOptions,
  stored: StoredFacility,
  known: string | undefined,
): Promise<FacilityFacts> {
  if (known === undefined) return stored.facts;
  const at = new Date(known);
  if (Number.isNaN(at.getTime()))
    throw invalid('known', 'known is an instant, such as 2026-01-31T00:00:00+07:00');
  const page = await repository.history(
    asPlatform('directory'),
    'Organization',
    stored.resource.slice('Organization/'.length),
    new URLSearchParams({ _at: at.toISOString(), _count: '1' }),
  );
  const text = page.entries[0]?.text;
  const facts = text === undefined ? undefined : facilityFacts(parseJson(text));
  if (!facts) throw notFound(`What was known of ${stored.facts.code} at ${at.toISOString()}`);
  return facts;
}

/** A facility on a day: its place in the units of that day, and in those of today as far as they are known. */
function standing(of: FacilityOn): object[] {
  const place = of.place && placeOf(of.place);
  const now = place && resolvePlace(place, '2026');
  const province = place && provinceOf(place);
  return [
    { name: 'name', valueString: of.name },
    { name: 'state', valueCode: of.state },
    ...codePart('kind', of.kind),
    ...codePart('level', of.level),
    ...(of.points === undefined ? [] : [{ name: 'points', valueInteger: of.points }]),
    ...stringPart('address', of.address),
    ...(place ? [{ name: 'place', part: placeParts(place) }] : []),
    ...(province ? [{ name: 'province', part: placeParts(province) }] : []),
    ...(now
      ? [
          {
            name: 'placeNow',
            part: [
              { name: 'extent', valueCode: now.extent },
              ...now.units.map((unit) => ({ name: 'unit', part: placeParts(unit) })),
              ...(now.province ? [{ name: 'province', part: placeParts(now.province) }] : []),
            ],
          },
        ]
      : []),
    ...codePart('parent', of.parent),
  ];
}

/** Every fact with its days, newest first. */
function timeline(facts: FacilityFacts): object[] {
  const rows = [
    ...facts.successions.map(({ kind, on, successor, decision }) => ({
      what: kind as string,
      from: on,
      words: successor,
      decision,
    })),
    ...facts.formerNames.map(({ name, from, to }) => ({ what: 'name', from, to, words: name })),
    ...facts.levels.map(({ level, from, to }) => ({ what: 'level', from, to, words: level })),
    ...facts.places.map(({ text, place, from, to }) => ({
      what: 'address',
      from,
      to,
      words: text ?? placeWords(place),
    })),
  ].sort((a, b) => (b.from ?? '').localeCompare(a.from ?? ''));
  return rows.map((row) => ({
    name: 'fact',
    part: [
      { name: 'what', valueCode: row.what },
      ...datePart('from', row.from),
      ...('to' in row ? datePart('to', row.to) : []),
      ...stringPart('words', row.words),
      ...('decision' in row ? stringPart('decision', row.decision) : []),
    ],
  }));
}

async function partsOf({ sql }: RegistryOptions, { resource, facts }: StoredFacility): Promise<object[]> {
  const rows = await sql<{ code: string; name: string; total: number }[]>`
    select code, name, count(*) over ()::int as total from directory_entry
    where kind = 'f' and active and facts->>'parent' in (${facts.code}, ${resource}) order by name limit ${LISTED}`;
  const parent = facts.parent
    ? await sql<{ code: string; name: string }[]>`
        select code, name from directory_entry where kind = 'f' and (code = ${facts.parent} or resource = ${facts.parent}) limit 1`
    : [];
  return [
    ...parent.map(({ code, name }) => ({
      name: 'parent',
      part: [
        { name: 'code', valueCode: code },
        { name: 'name', valueString: name },
      ],
    })),
    { name: 'parts', valueInteger: rows[0]?.total ?? 0 },
    ...rows.map(({ code, name }) => ({
      name: 'child',
      part: [
        { name: 'code', valueCode: code },
        { name: 'name', valueString: name },
      ],
    })),
  ];
}

type StaffRow = {
  resource: string;
  name: string;
  code: string | null;
  until: string | null;
  role: string | null;
  department: string | null;
  total: number;
};

/** Who works there, with the licence and whether an account of this platform is linked to it. */
async function staffOf(
  { sql, accountsOf }: RegistryOptions,
  { resource, facts }: StoredFacility,
): Promise<object[]> {
  const rows = await sql<StaffRow[]>`
    select e.resource, e.name, e.code, e.facts->>'until' as until, p.role, p.department, count(*) over ()::int as total
    from directory_post p cross join lateral (
      select resource, name, code, facts from directory_entry where resource = p.practitioner
      union all
      select resource, name, code, facts from directory_entry where kind = 's' and code = p.practitioner limit 1
    ) e
    where p.organization in (${resource}, ${facts.code}) and p.active order by e.name, e.resource limit ${LISTED}`;
  const accounts = new Set(await accountsOf(rows.map((row) => row.resource)));
  return [
    { name: 'staffCount', valueInteger: rows[0]?.total ?? 0 },
    ...rows.map((row) => ({
      name: 'staff',
      part: [
        { name: 'resource', valueReference: { reference: row.resource } },
        { name: 'name', valueString: row.name },
        ...stringPart('licence', row.code),
        ...datePart('licenceUntil', row.until),
        ...stringPart('role', row.role),
        ...stringPart('department', row.department),
        { name: 'account', valueBoolean: accounts.has(row.resource) },
      ],
    })),
  ];
}

async function changesOf({ sql }: RegistryOptions, code: string): Promise<object[]> {
  const rows = await sql<
    {
      id: string;
      kind: string;
      on: string;
      why: string;
      by_name: string;
      at: Date;
      undoes: string | null;
      undone: boolean;
    }[]
  >`
    select id::text, kind, to_char(on_day, 'YYYY-MM-DD') as on, why, by_name, at, undoes::text,
      exists (select from directory_change u where u.undoes = c.id) as undone
    from directory_change c where facility = ${code} order by c.id desc limit 100`;
  return rows.map((row) => ({
    name: 'change',
    part: [
      { name: 'id', valueString: row.id },
      { name: 'kind', valueCode: row.kind },
      ...datePart('on', row.on),
      ...stringPart('why', row.why),
      ...stringPart('by', row.by_name),
      ...instantPart('at', row.at),
      ...stringPart('undoes', row.undoes),
      { name: 'undone', valueBoolean: row.undone },
    ],
  }));
}
