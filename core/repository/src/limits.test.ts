// What a reach keeps back inside itself, asked for in every way and as the database's own roles.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import { aPatient, anObservation } from '@yba/fhir/testing';
import type { Limits, Reach } from './ports.ts';
import { limitsText } from './rows/limits.ts';
import { SENSITIVITY, sensitivityBits } from './rows/sensitivity.ts';
import { termHash } from './rows/term-hash.ts';
import { contextOf, testRepository } from './testing.ts';
import type { TestRepository } from './testing.ts';

const A = contextOf('01901');
const B = contextOf('79013');
const HIV = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' };
const PSY = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' };

let store: TestRepository;
let asked: Partial<Reach> = {};
const ids: Record<string, string> = {};
let patients: string[] = [];

before(async () => {
  store = await testRepository({
    async decide({ caller }) {
      if (caller.role === 'platform') return { patients: [], self: false, everything: true };
      return { facility: caller.facility!, patients: [], self: false, ...asked };
    },
  });
  const make = async (context: Context, resource: Resource) => {
    const { id: _, ...fresh } = resource;
    return (await store.repository.create(context, fresh as Resource)).id;
  };
  ids.patient = await make(A, aPatient({}));
  const about = (more: object) =>
    anObservation({ subject: { reference: `Patient/${ids.patient}` }, ...more } as never);
  ids.plain = await make(
    A,
    about({ category: [{ coding: [{ system: 'http://x', code: 'own-laboratory' }] }] }),
  );
  ids.vital = await make(A, about({ category: [{ coding: [{ system: 'http://x', code: 'own-vital' }] }] }));
  ids.hiv = await make(A, about({ meta: { security: [HIV] } }));
  ids.both = await make(A, about({ meta: { security: [HIV, PSY] } }));
  ids.condition = await make(A, {
    resourceType: 'Condition',
    code: { text: 'x' },
    subject: { reference: `Patient/${ids.patient}` },
  });
  patients = [(await store.repository.patient(ids.patient))!.patient];
});
after(() => store.close());

const observations = ['plain', 'vital', 'hiv', 'both'];

/** Which of our Observations each way of asking shows. */
async function shown(context: Context): Promise<Record<string, string[]>> {
  const { repository } = store;
  const search = async (type: string, query: string) => {
    const page = await repository
      .search(context, type, new URLSearchParams(query), { handling: 'strict' })
      .catch((error: unknown) => {
        assert.ok(error instanceof OutcomeError, String(error));
        return { entries: [] as { text?: string }[] };
      });
    return named(page.entries.map(({ text = '' }) => text));
  };
  const named = (texts: readonly string[]) =>
    Object.keys(ids).filter((name) => texts.some((text) => text.includes(`"id":"${ids[name]}"`)));
  const only = (names: string[]) => names.filter((name) => observations.includes(name));
  const each = async (ask: (id: string) => Promise<unknown>) => {
    const seen: string[] = [];
    for (const name of observations)
      await ask(ids[name]!).then(
        () => seen.push(name),
        (error: unknown) => assert.equal((error as OutcomeError).code, 'not-found'),
      );
    return seen;
  };
  const everything = await repository
    .everything(context, 'Patient', ids.patient!, new URLSearchParams({ _count: '100' }))
    .catch(() => ({ entries: [] as { text?: string }[] }));
  const history = await repository.history(
    context,
    'Observation',
    undefined,
    new URLSearchParams({ _count: '100' }),
  );
  return {
    read: await each((id) => repository.read(context, 'Observation', id)),
    vread: await each((id) => repository.vread(context, 'Observation', id, '1')),
    'history of one': await each((id) =>
      repository.history(context, 'Observation', id, new URLSearchParams()),
    ),
    chart: await search('Observation', `patient=Patient/${ids.patient}`),
    everybody: await search('Observation', '_lastUpdated=gt2000'),
    _revinclude: only(await search('Patient', `_id=${ids.patient}&_revinclude=Observation:subject`)),
    $everything: only(named(everything.entries.map(({ text = '' }) => text))),
    history: named(history.entries.map(({ text = '' }) => text)),
  };
}

async function expectEverywhere(context: Context, expected: string[], except: Record<string, string[]> = {}) {
  for (const [way, seen] of Object.entries(await shown(context)))
    assert.deepEqual(seen.toSorted(), (except[way] ?? expected).toSorted(), way);
  const { total } = await store.repository.search(
    context,
    'Observation',
    new URLSearchParams({ _summary: 'count', patient: `Patient/${ids.patient}` }),
    { handling: 'strict' },
  );
  assert.equal(total, expected.length, 'count');
}

const withLimits = (over: Partial<Reach>) => {
  asked = over;
};
const of = (limit: object): Limits => ({ patients: { [patients[0]!]: limit } });

test('the label of a row holds every class its resource names', () => {
  const labelled = (...security: object[]): Resource => ({ resourceType: 'Basic', meta: { security } });
  assert.equal(sensitivityBits(labelled(HIV, PSY)), SENSITIVITY.hiv | SENSITIVITY['mental-health']);
  assert.equal(sensitivityBits(labelled({ system: 'http://other', code: 'HIV' })), 0);
  const own = 'https://yba.vn/fhir/CodeSystem/sensitivity';
  for (const [code, bit] of Object.entries(SENSITIVITY))
    assert.equal(sensitivityBits(labelled({ system: own, code })), bit, code);
  assert.equal(sensitivityBits(labelled({ system: own, code: 'toString' })), 0);
});

test('an opened chart shows no labelled row, those of classes that are shown, or all to the person', async () => {
  withLimits({ patients });
  await expectEverywhere(B, ['plain', 'vital']);
  withLimits({ patients, limits: of({ shows: SENSITIVITY.hiv }) });
  await expectEverywhere(B, ['plain', 'vital', 'hiv']);
  withLimits({ patients, limits: of({ shows: SENSITIVITY.hiv | SENSITIVITY['mental-health'] }) });
  await expectEverywhere(B, observations);
  withLimits({ patients, self: true });
  await expectEverywhere(B, observations);
});

test('a kind of data that is kept back is absent however it is asked for, of others and of the own facility', async () => {
  withLimits({ patients, limits: of({ types: ['Observation'] }) });
  await expectEverywhere(B, []);
  await store.repository.read(B, 'Condition', ids.condition!);
  withLimits({ patients, self: true, limits: of({ hides: SENSITIVITY['mental-health'] }) });
  await expectEverywhere(B, ['plain', 'vital', 'hiv']);
  withLimits({ limits: of({ types: ['Observation'], hides: SENSITIVITY.hiv }) });
  await expectEverywhere(A, observations);
  withLimits({ limits: of({ ownHides: SENSITIVITY.hiv }) });
  await expectEverywhere(A, ['plain', 'vital']);
  withLimits({ limits: of({ ownTypes: ['Observation'] }) });
  await expectEverywhere(A, []);
});

test('a Patient that is kept back as a whole is absent, in the own facility too', async () => {
  withLimits({ patients, limits: of({ none: true }) });
  for (const context of [A, B]) await expectEverywhere(context, []);
  await assert.rejects(store.repository.read(A, 'Patient', ids.patient!), { code: 'not-found' });
  await assert.rejects(store.repository.read(A, 'Condition', ids.condition!), { code: 'not-found' });
});

test('confined to types and to the filters of scopes, nothing else is shown', async () => {
  withLimits({ limits: { types: ['Condition', 'Patient'] } });
  await expectEverywhere(A, []);
  withLimits({ limits: { only: { Observation: [[[termHash('category|own-laboratory')]]] } } });
  await expectEverywhere(A, ['plain']);
  await store.repository.read(A, 'Condition', ids.condition!);
  withLimits({
    limits: {
      only: { Observation: [[[termHash('category|own-laboratory')]], [[termHash('category|own-vital')]]] },
    },
  });
  await expectEverywhere(A, ['plain', 'vital']);
});

test('what is kept back cannot be written either: absent to patch and delete, taken to an update', async () => {
  withLimits({ limits: of({ none: true }) });
  const { repository } = store;
  const body = anObservation({ id: ids.plain!, subject: { reference: `Patient/${ids.patient}` } });
  await assert.rejects(repository.delete(A, 'Observation', ids.plain!), { code: 'not-found' });
  await assert.rejects(
    repository.patch(A, 'Observation', ids.plain!, (now) => now),
    { code: 'not-found' },
  );
  await assert.rejects(repository.update(A, body), { code: 'conflict' });
});

test('to another facility a patch or delete finds nothing, whether there is something or not, and an update says so', async () => {
  for (const patient of [[], patients]) {
    withLimits({ patients: patient });
    for (const id of [ids.plain!, '019bdebb-faa0-7e2b-9792-b77b10be991e']) {
      const told = async (attempt: Promise<unknown>) =>
        attempt.then(
          () => assert.fail('was done'),
          (error: OutcomeError) => `${error.code} ${error.message.replace(id, 'ID')}`,
        );
      const expected = 'not-found Observation/ID is not known here, or not open to you';
      assert.equal(await told(store.repository.delete(B, 'Observation', id)), expected);
      assert.equal(await told(store.repository.patch(B, 'Observation', id, (now) => now)), expected);
    }
    const body = anObservation({ id: ids.plain!, subject: { reference: `Patient/${ids.patient}` } });
    await assert.rejects(store.repository.update(B, body), { code: 'conflict' });
  }
  const organization = await store.repository.create(A, { resourceType: 'Organization', name: 'x' });
  await assert.rejects(store.repository.delete(B, 'Organization', organization.id), { code: 'conflict' });
});

test('the database keeps the same back from its reader, whatever a statement asks', async () => {
  const count = async (table: string, facility: string, limits: Limits, open: readonly string[] = []) => {
    let n = 0;
    await store.pools.reader
      .begin(async (db) => {
        await db`select set_config('yba.facility', ${facility}, true), set_config('yba.patients', ${`{${open.join(',')}}`}, true),
          set_config('yba.self', 'false', true), set_config('yba.limits', ${limitsText(limits)}, true)`;
        const [row] = await db<{ n: number }[]>`
          select count(*)::int as n from ${db(table)} where patient = ${patients[0]!}`;
        n = row!.n;
        throw new Error('taken back');
      })
      .catch((error: Error) => assert.equal(error.message, 'taken back'));
    return n;
  };
  const [a] = await store.pools.owner<{ facility: string }[]>`
    select facility::text from resource where patient = ${patients[0]!} limit 1`;
  for (const table of ['resource', 'frame']) {
    const all = await count(table, a!.facility, {});
    assert.ok(all > 0);
    assert.equal(await count(table, a!.facility, of({ none: true })), 0, table);
    assert.equal(await count(table, '', of({ none: true }), patients), 0, table);
    const ordinary = await count(table, '', {}, patients);
    const hiv = await count(table, '', of({ shows: SENSITIVITY.hiv }), patients);
    assert.ok(ordinary < hiv && hiv < all, `${table}: ${ordinary} < ${hiv} < ${all}`);
  }
  assert.equal(await count('resource', a!.facility, { types: ['Patient'] }), 1);

  // kinds hold for the stored bytes too: a frame is read by who may see something in it
  const frames = (limits: Limits) => count('frame', a!.facility, limits);
  const all = await frames({});
  assert.equal(await frames({ types: ['Patient'] }), 1);
  assert.equal(await frames({ types: ['Patient', 'Observation'] }), all - 1);
  assert.equal(await frames(of({ ownTypes: ['Observation'] })), 2, 'the Patient and the Condition');
  assert.equal(await count('frame', '', of({ types: ['Observation'] }), patients), 2);
  assert.equal(await frames({ context: { patients: [], free: ['Condition'] } }), 1);
  const visit = await store.repository.transaction(
    A,
    {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: ['Condition', 'Observation'].map((resourceType) => ({
        resource: {
          resourceType,
          status: 'final',
          code: { text: 'cùng một đợt khám' },
          subject: { reference: `Patient/${ids.patient}` },
          ...(resourceType === 'Condition' ? { status: undefined } : {}),
        },
        request: { method: 'POST', url: resourceType },
      })),
    } as never,
    { handling: 'strict', bodyHash: 'kinds' },
  );
  assert.ok(visit);
  for (const [type, seen] of [
    ['Condition', 2],
    ['Observation', all - 1],
    ['Encounter', 0],
  ] as const)
    assert.equal(
      await frames({ types: [type] }),
      seen,
      `${type}: a frame of both is read by who may see either`,
    );
});
