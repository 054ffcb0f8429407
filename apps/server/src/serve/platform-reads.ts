import { parseJson, type AccessEvent, type Context, type Resource } from '@yba/fhir';
import type { Access, AccessOptions } from '@yba/access';
import type { Sql } from '@yba/postgres';
import { facilityCode, type Repository } from '@yba/repository';

/** Resources fetched at once: what they hold in memory is bounded. */
const AT_ONCE = 200;

/** The server itself, for its own jobs: never a token's. */
export function asPlatform(job: string): Context {
  return {
    caller: { role: 'platform', client: 'yba', subject: 'client/yba', name: 'Y Bạ', scopes: [] },
    requestId: job,
  };
}

/** A port of the access log that leaves the server's own jobs out: nobody sees what they read. */
export function peopleOnly(
  read: (event: AccessEvent) => Promise<void>,
): (event: AccessEvent) => Promise<void> {
  return async (event) => {
    if (event.caller.role !== 'platform') await read(event);
  };
}

/** Answers what is stored now behind these ids of one type; deleted and unknown ones are left out. */
export function readMany({ current }: Repository) {
  return async (type: string, ids: readonly string[]): Promise<Resource[]> => {
    const found: Resource[] = [];
    for (let at = 0; at < ids.length; at += AT_ONCE)
      found.push(...(await current(ids.slice(at, at + AT_ONCE).map((id) => `${type}/${id}`))).values());
    return found;
  };
}

/** For which purpose a caller may look at a person now: that of the opening, else what its token was asked for, else the relationship's. */
export function purposeOf({ explain }: Pick<Access, 'explain'>) {
  return async ({ caller, requestId }: Context, person: string): Promise<string> => {
    const look = {
      at: new Date(),
      requestId,
      caller,
      action: 'search',
      persons: [person],
      outcome: 'success',
    } as const;
    const [basis] = await explain([{ event: look, person }]);
    return basis?.purpose ?? caller.purposes?.[0] ?? (caller.role === 'citizen' ? 'PATRQT' : 'TREAT');
  };
}

/** Most Patients offered to be picked. */
const PICKED_FROM = 20;

/** Patients that a caller may read, for the pages on which one is chosen: a search of theirs, logged as such. */
export function shownPatients(repository: Repository): NonNullable<AccessOptions['ports']['patients']> {
  return async (caller, requestId, { id, name }) => {
    const params = new URLSearchParams({ _count: String(PICKED_FROM), _sort: '-_lastUpdated' });
    if (id !== undefined) params.set('_id', id);
    if (name) params.set('name', name);
    const page = await repository.search({ caller, requestId }, 'Patient', params, { handling: 'strict' });
    return page.entries.flatMap(({ text, mode }) =>
      text && mode === 'match' ? [shown(parseJson(text))] : [],
    );
  };
}

/** Whether a caller may read an Encounter and it is of a Patient's person: a search of theirs, logged as such. */
export function shownEncounter(repository: Repository): NonNullable<AccessOptions['ports']['encounter']> {
  return async (caller, requestId, { id, patient }) => {
    const params = new URLSearchParams({ _id: id, patient: `Patient/${patient}`, _elements: 'id' });
    const page = await repository.search({ caller, requestId }, 'Encounter', params, { handling: 'strict' });
    return page.entries.some(({ mode }) => mode === 'match');
  };
}

function shown({ id, name, birthDate, gender }: Resource) {
  const [first] = (name ?? []) as { text?: string; family?: string; given?: string[] }[];
  return {
    id: id!,
    name: first?.text ?? [first?.family, ...(first?.given ?? [])].filter(Boolean).join(' '),
    ...(typeof birthDate === 'string' ? { birthDate } : {}),
    ...(typeof gender === 'string' ? { gender } : {}),
  };
}

/** Names of facilities by their code, as the directory has them. */
export async function facilityNames(owner: Sql, codes: readonly string[]): Promise<Map<string, string>> {
  const rows = await owner<{ code: string; name: string }[]>`
    select code, name from directory_entry where kind = 'f' and code = any(${codes as string[]}::text[])`;
  return new Map(rows.map(({ code, name }) => [code, name]));
}

/** Codes of the facilities that hold credentials to send with. */
export async function credentialed(owner: Sql): Promise<string[]> {
  const rows = await owner<{ facility: number }[]>`
    select distinct facility from oauth_client where active and facility is not null`;
  return rows.map(({ facility }) => facilityCode(facility));
}
