// How one hospital's data reaches another elsewhere, and not here: docs/complaints.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError, searchParameters } from '@yba/fhir';
import {
  A,
  aPatient,
  aResult,
  B,
  pageOf,
  strict,
  testRepository,
  unused,
  type TestRepository,
} from './stores.ts';

let store: TestRepository;
const own = new Set<string>();
before(async () => {
  store = await testRepository();
  for (let n = 0; n < 6; n++) {
    const { id } = await store.repository.create(
      A,
      aPatient({
        identifier: [{ system: 'http://example.org/x', value: unused() }],
        meta: {
          tag: [{ system: 'http://example.org/tag', code: 'a' }],
          profile: ['http://example.org/profile'],
          security: [{ system: 'http://example.org', code: 's' }],
        },
      }),
    );
    own.add(id);
    for (let m = 0; m < 2; m++) own.add((await store.repository.create(A, aResult(id))).id);
  }
});
after(() => store.close());

test('9 · the link to a next page is a place, not a right: at another hospital it shows nothing of the first', async () => {
  const { next } = await pageOf(store.repository, A, 'Patient?_count=2');
  const token = new URLSearchParams(next!.split('?')[1]).get('_page')!;
  const params = new URLSearchParams({ _count: '2', _page: token });
  const seen = await store.repository.search(B, 'Patient', params, strict).then(
    (page) => page.entries,
    (error: unknown) => {
      assert.ok(error instanceof OutcomeError);
      return [];
    },
  );
  assert.deepEqual(seen, []);
  const [history, everything] = [
    await store.repository.history(A, 'Patient', undefined, new URLSearchParams({ _count: '2' })),
    await store.repository.everything(A, 'Patient', [...own][0]!, new URLSearchParams({ _count: '1' })),
  ];
  const page = new URLSearchParams(history.next!.split('?')[1]);
  assert.deepEqual((await store.repository.history(B, 'Patient', undefined, page)).entries, []);
  await assert.rejects(
    store.repository.everything(
      B,
      'Patient',
      [...own][0]!,
      new URLSearchParams(everything.next!.split('?')[1]),
    ),
  );
});

test('10 · no search parameter, id or included reference crosses from one hospital to another', async () => {
  const shown = async (type: string, query: string) => {
    try {
      const page = await store.repository.search(B, type, new URLSearchParams(query), strict);
      return page.entries
        .filter(({ fullUrl }) => own.has(fullUrl.split('/').at(-1)!))
        .map(() => `${type}?${query}`);
    } catch (error) {
      assert.ok(error instanceof OutcomeError, String(error));
      return [];
    }
  };
  const leaks: string[] = [];
  for (const type of ['Patient', 'Observation']) {
    for (const { code } of searchParameters(type))
      for (const missing of ['true', 'false'])
        leaks.push(...(await shown(type, `${code}:missing=${missing}&_count=100`)));
    const [some] = own;
    for (const query of [
      `_id=${[...own].join(',')}`,
      '_source=https://yba.vn/fhir/facility/01901',
      '_tag=http://example.org/tag|a',
      '_profile=http://example.org/profile',
      '_security=http://example.org|s',
      '_lastUpdated=gt2000',
      `patient=Patient/${some}`,
      `subject=Patient/${some}`,
      '_has:Observation:patient:code=718-7',
      'subject.name=Mai',
      '_include=*',
      '_revinclude=Observation:subject',
    ])
      leaks.push(...(await shown(type, query)));
  }
  const mine = await store.repository.create(
    B,
    aResult([...own][0]!, { subject: { display: 'x' }, focus: [{ reference: `Patient/${[...own][0]}` }] }),
  );
  leaks.push(...(await shown('Observation', `_id=${mine.id}&_include=Observation:focus`)));
  assert.deepEqual(leaks, []);
  for (const id of own) {
    const type = (await store.repository.read(A, 'Patient', id).catch(() => undefined))
      ? 'Patient'
      : 'Observation';
    await assert.rejects(store.repository.read(B, type, id));
    await assert.rejects(store.repository.vread(B, type, id, '1'));
    await assert.rejects(store.repository.history(B, type, id, new URLSearchParams()));
  }
});
