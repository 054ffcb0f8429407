import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { OutcomeError, parseJson } from '@yba/fhir';
import type { Context, Page, Resource } from '@yba/fhir';
import { contextOf, testRepository } from '../../testing.ts';
import type { TestRepository } from '../../testing.ts';

/** The facility that most is of, and another. */
export const A = contextOf('01013');
export const B = contextOf('27001');

export function patient(id: string, over: object = {}): Resource {
  return { resourceType: 'Patient', id, active: true, ...over };
}

export function observation(id: string, of: string, over: object = {}): Resource {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '2345-7' }] },
    subject: { reference: `Patient/${of}` },
    effectiveDateTime: '2026-03-01T08:00:00+07:00',
    ...over,
  };
}

/** The ids on a page, of what was asked for or, by another mode, of what came with it. */
export const idsOf = ({ entries }: Page, mode = 'match') =>
  entries.flatMap((entry) => (entry.mode === mode ? [(parseJson(entry.text!) as Resource).id!] : []));

/** What a search is refused for; `no fault` when it is answered. */
export async function fault(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
  } catch (error) {
    assert.ok(error instanceof OutcomeError, String(error));
    return `${error.code} ${error.issues[0]!.expression?.join()}: ${error.message}`;
  }
  return 'no fault';
}

/** A store for all tests of a file, filled before them and closed behind them; and searches of it. */
export function filledStore() {
  let made: TestRepository;
  const store = () => made;
  before(async () => {
    made = await testRepository();
    await fill();
  });
  after(() => made.close());

  /** Stores resources under their own ids. */
  const put = async (context: Context, resources: readonly Resource[]) => {
    const entry = resources.map((resource) => ({
      resource: JSON.parse(JSON.stringify(resource)) as Resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    }));
    await store().repository.transaction(
      context,
      { resourceType: 'Bundle', type: 'transaction', entry },
      { handling: 'strict' },
    );
  };

  /** Asks, and is strict about it. */
  const search = (context: Context, type: string | undefined, query: string): Promise<Page> =>
    store().repository.search(context, type, new URLSearchParams(query), { handling: 'strict' });

  const ids = async (context: Context, type: string | undefined, query: string): Promise<string[]> =>
    idsOf(await search(context, type, query)).sort();

  /** The row behind a Patient whose id a client chose. */
  const ofRow = async (id: string): Promise<string> => (await store().repository.patient(id))!.patient;

  /** Two persons with results and a visit, places within places, a List, a Questionnaire with an answer. */
  const fill = () =>
    put(A, [
      patient('p1', { name: [{ text: 'Lý Thị Hoà' }], gender: 'female' }),
      patient('p2', {
        name: [{ text: 'Nguyễn Văn Đức' }],
        gender: 'male',
        generalPractitioner: [{ reference: 'Practitioner/d1' }],
      }),
      { resourceType: 'Practitioner', id: 'd1', name: [{ text: 'Trần Lan' }] },
      ...(['ward', 'house', 'campus'] as const).map((id, at, all) => ({
        resourceType: 'Location',
        id,
        name: id,
        ...(all[at + 1] ? { partOf: { reference: `Location/${all[at + 1]}` } } : {}),
        ...(id === 'campus' ? { position: { latitude: 21.03, longitude: 105.85 } } : {}),
      })),
      {
        resourceType: 'Encounter',
        id: 'e1',
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
        subject: { reference: 'Patient/p1' },
        location: [{ location: { reference: 'Location/ward' } }],
      },
      observation('o1', 'p1', {
        valueQuantity: { value: 5000, system: 'http://unitsofmeasure.org', code: 'mg', unit: 'mg' },
        text: {
          status: 'generated',
          div: '<div xmlns="http://www.w3.org/1999/xhtml">Bệnh nhân ổn định</div>',
        },
      }),
      observation('o2', 'p2', {
        valueQuantity: { value: 7, system: 'http://unitsofmeasure.org', code: 'g', unit: 'g' },
      }),
      observation('wide', 'p1', {
        effectivePeriod: { start: '2020-01-01', end: '2026-01-01' },
        effectiveDateTime: undefined,
      }),
      {
        resourceType: 'List',
        id: 'l1',
        status: 'current',
        mode: 'working',
        entry: [{ item: { reference: 'Patient/p2' } }],
      },
      {
        resourceType: 'Questionnaire',
        id: 'q1',
        url: 'https://example.vn/q',
        status: 'active',
        title: 'Khảo sát',
      },
      {
        resourceType: 'QuestionnaireResponse',
        id: 'r1',
        status: 'completed',
        questionnaire: 'https://example.vn/q|1',
        subject: { reference: 'Patient/p1' },
      },
    ]);

  return { store, put, search, ids, ofRow };
}
