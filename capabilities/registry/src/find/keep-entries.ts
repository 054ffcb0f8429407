import type { Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { FACILITY, LICENCE } from '@yba/vietnam';
import { facilityFacts } from '../facilities/facility-facts.ts';
import { keysOf } from './words.ts';

/** A facility or member of staff as the index keeps it. */
export type Entry = {
  kind: 'f' | 's';
  resource: string;
  code: string | null;
  name: string;
  active: boolean;
  facts: object;
  keys: string[];
};

/** A place where somebody works. */
export type Post = {
  resource: string;
  /** `Practitioner/<id>`, or the licence it is named by. */
  practitioner: string;
  /** `Organization/<id>`, or the facility code it is named by. */
  organization: string;
  role: string | null;
  department: string | null;
  active: boolean;
};

export type StaffFacts = {
  licence?: string;
  /** Last day the licence holds; absent where it was given for good, or nobody said. */
  until?: string;
  scope?: string;
};

type Identifier = { system?: string; value?: string; period?: { end?: string } };
type Concept = { text?: string; coding?: { code?: string; display?: string }[] };
type Reference = { reference?: string; identifier?: Identifier };

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

/** The entry of a facility; undefined for an Organization that is none. */
export function facilityEntry(organization: Resource): Entry | undefined {
  const facts = facilityFacts(organization);
  if (!facts) return undefined;
  const aliases = listOf<string>(organization['alias']);
  const names = [facts.name, ...facts.formerNames.map(({ name }) => name), ...aliases];
  return {
    kind: 'f',
    resource: `Organization/${organization.id}`,
    code: facts.code,
    name: facts.name,
    active: facts.active,
    facts,
    keys: keysOf([...names, facts.code]),
  };
}

/** The entry of a member of staff; undefined for a Practitioner without a name. */
export function staffEntry(practitioner: Resource): Entry | undefined {
  const names = listOf<{ text?: string; family?: string; given?: string[] }>(practitioner['name']).map(
    ({ text, family, given }) => text ?? [family, ...(given ?? [])].filter(Boolean).join(' '),
  );
  const name = names.find((one) => one !== '');
  if (!name) return undefined;
  const identifiers = listOf<Identifier>(practitioner['identifier']);
  const licence = identifiers.find(({ system }) => system === LICENCE);
  const qualification = listOf<{ identifier?: Identifier[]; code?: Concept; period?: { end?: string } }>(
    practitioner['qualification'],
  ).find(({ identifier }) => identifier?.some(({ system }) => system === LICENCE));
  const number = licence?.value ?? qualification?.identifier?.find(({ system }) => system === LICENCE)?.value;
  const until = qualification?.period?.end ?? licence?.period?.end;
  const scope = qualification?.code?.text;
  const facts: StaffFacts = {
    ...(number ? { licence: number } : {}),
    ...(until ? { until: until.slice(0, 10) } : {}),
    ...(scope ? { scope } : {}),
  };
  return {
    kind: 's',
    resource: `Practitioner/${practitioner.id}`,
    code: number ?? null,
    name,
    active: practitioner['active'] !== false,
    facts,
    keys: keysOf([...names, ...(number ? [number] : [])]),
  };
}

/** Where a PractitionerRole says somebody works; undefined when it names nobody or nowhere. */
export function postOf(role: Resource): Post | undefined {
  const who = role['practitioner'] as Reference | undefined;
  const practitioner = who?.identifier?.system === LICENCE ? who.identifier.value : who?.reference;
  const at = role['organization'] as Reference | undefined;
  const organization = at?.identifier?.system === FACILITY ? at.identifier.value : at?.reference;
  if (!practitioner || !organization) return undefined;
  const [code] = listOf<Concept>(role['code']);
  const [specialty] = listOf<Concept>(role['specialty']);
  return {
    resource: `PractitionerRole/${role.id}`,
    practitioner,
    organization,
    role: code?.text ?? code?.coding?.[0]?.display ?? null,
    department: specialty?.text ?? specialty?.coding?.[0]?.display ?? specialty?.coding?.[0]?.code ?? null,
    active: role['active'] !== false,
  };
}

/** Makes `entries` all that the index says of these resources; one that is not among them is taken out. */
export async function keepEntries(
  tx: Transaction,
  resources: readonly string[],
  entries: readonly Entry[],
): Promise<void> {
  const kept = new Set(entries.map(({ resource }) => resource));
  const gone = resources.filter((resource) => !kept.has(resource));
  if (gone.length > 0) {
    await tx`delete from directory_key where entry in (select id from directory_entry where resource = any(${gone}))`;
    await tx`delete from directory_entry where resource = any(${gone})`;
  }
  if (entries.length === 0) return;
  const rows = await tx<{ id: number; resource: string }[]>`
    insert into directory_entry (kind, resource, code, name, active, facts)
    select kind, resource, code, name, active, facts
    from jsonb_to_recordset(${tx.json(entries as never)}) as e(kind "char", resource text, code text, name text, active boolean, facts jsonb)
    on conflict (resource) do update set code = excluded.code, name = excluded.name, active = excluded.active, facts = excluded.facts
    returning id, resource`;
  const ids = new Map(rows.map(({ id, resource }) => [resource, Number(id)]));
  const keys = entries.flatMap(({ kind, resource, keys: all }) =>
    all.map((key) => ({ kind, key, entry: ids.get(resource)! })),
  );
  await tx`delete from directory_key where entry = any(${[...ids.values()].map(String)}::text[]::bigint[])`;
  await tx`
    insert into directory_key (kind, key, entry)
    select kind, key, entry from unnest(${keys.map(({ kind }) => kind)}::text[]::"char"[], ${keys.map(({ key }) => key)}::text[],
      ${keys.map(({ entry }) => String(entry))}::text[]::bigint[]) as k (kind, key, entry)`;
}

/** Makes `posts` all that the index says of these PractitionerRoles. */
export async function keepPosts(
  tx: Transaction,
  resources: readonly string[],
  posts: readonly Post[],
): Promise<void> {
  await tx`delete from directory_post where resource = any(${resources as string[]})`;
  if (posts.length === 0) return;
  await tx`
    insert into directory_post (resource, practitioner, organization, role, department, active)
    select * from jsonb_to_recordset(${tx.json(posts as never)})
      as p(resource text, practitioner text, organization text, role text, department text, active boolean)`;
}
