import { parseJson, type Resource } from '@yba/fhir';
import { createRepository, type Repository } from '@yba/repository';
import { contextOf, testRepository, type TestRepository } from '@yba/repository/testing';
import { connect } from '@yba/postgres';
import { mrn } from '@yba/vietnam';

/** Two hospitals that share a store. */
export const A = contextOf('01901');
export const B = contextOf('79901');
export const strict = { handling: 'strict' as const };
export const MRN = mrn('01901');

let serial = 0;
/** A value nobody else in this file has. */
export const unused = (): string => `BN-${++serial}`;

export const aPatient = (over: object = {}): Resource => ({
  resourceType: 'Patient',
  name: [{ text: 'Lê Thị Mai', family: 'Lê', given: ['Thị', 'Mai'] }],
  gender: 'female',
  birthDate: '1980-01-02',
  ...over,
});

export const aResult = (patient: string, over: object = {}): Resource => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: '2026-11-20T08:00:00+07:00',
  ...over,
});

export const aBundle = (...entry: object[]): Resource => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry,
});

export const posted = (resource: Resource, more: object = {}): object => ({
  resource,
  request: { method: 'POST', url: resource.resourceType, ...more },
});

/** The responses of a Bundle's answer. */
export const responses = (text: string): { status: string; location?: string }[] =>
  ((parseJson(text)['entry'] ?? []) as { response: { status: string; location?: string } }[]).map(
    ({ response }) => response,
  );

/** How many a search finds. */
export async function count(repository: Repository, context: typeof A, query: string): Promise<number> {
  const [type, parameters] = query.split('?') as [string, string];
  const params = new URLSearchParams(`${parameters}&_summary=count`);
  return (await repository.search(context, type, params, strict)).total!;
}

/** The ids on a page, and where the next one begins. */
export async function pageOf(repository: Repository, context: typeof A, query: string) {
  const [type, parameters] = query.split('?') as [string, string];
  const page = await repository.search(context, type, new URLSearchParams(parameters), strict);
  const ids = page.entries
    .filter(({ mode }) => mode === 'match')
    .map(({ fullUrl }) => fullUrl.split('/').at(-1)!);
  return { ids, next: page.next, total: page.total };
}

/** The same store seen by another server process: other connections, nothing shared in memory. */
export function anotherServer({ url, ports }: TestRepository) {
  const pools = {
    owner: connect(url, { max: 2 }),
    lookup: connect(url, { lookups: true, max: 2 }),
    reader: connect(url, { role: 'yba_reader', max: 4 }),
    writer: connect(url, { role: 'yba_writer', max: 4 }),
  };
  const repository = createRepository({ pools, ports, baseUrl: 'http://localhost/fhir' });
  return { repository, close: () => Promise.all(Object.values(pools).map((pool) => pool.end())) };
}

export { testRepository, type TestRepository };
