import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, fault, observation, filledStore } from './testing/searches.ts';

const { put, search, ids } = filledStore();

test('a stored value set is named by its canonical or its address, and is known to its own facility', async () => {
  const url = 'https://example.vn/ValueSet/glucose';
  const include = [{ system: 'http://loinc.org', concept: [{ code: '2345-7' }] }];
  await put(A, [
    { resourceType: 'ValueSet', id: 'glucose', url, status: 'active', compose: { include } },
    observation('other', 'p1', { code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] } }),
  ]);
  for (const named of [url, 'ValueSet/glucose', 'http://localhost/fhir/ValueSet/glucose']) {
    assert.deepEqual(await ids(A, 'Observation', `code:in=${named}&_id=o1,o2,other`), ['o1', 'o2'], named);
    assert.deepEqual(await ids(A, 'Observation', `code:not-in=${named}&_id=o1,o2,other`), ['other'], named);
    const told = await fault(search(B, 'Observation', `code:in=${named}`));
    assert.match(told, /code:in.* are not known here; give the canonical URL or ValueSet\/<id>/, named);
  }
});

test('what is in a value set of a system that takes codes in any case, and what is not, is all there is', async () => {
  const system = 'https://example.vn/CodeSystem/any-case';
  const concept = [{ code: 'abc', concept: [{ code: 'def' }] }];
  const set = (id: string, over: object) => ({
    resourceType: 'ValueSet',
    id,
    url: `https://example.vn/ValueSet/${id}`,
    status: 'active',
    ...over,
  });
  await put(A, [
    {
      resourceType: 'CodeSystem',
      id: 'any-case',
      url: system,
      status: 'active',
      content: 'complete',
      caseSensitive: false,
      concept,
    },
    set('any-case-all', { compose: { include: [{ system }] } }),
    set('any-case-listed', { compose: { include: [{ system, concept: [{ code: 'Abc' }] }] } }),
    set('in-words', { description: 'Xét nghiệm gấp' }),
    ...['abc', 'ABC', 'DEF', 'other'].map((code) =>
      observation(`case-${code}`, 'p1', { code: { coding: [{ system, code }] } }),
    ),
  ]);
  const found = async (asked: string) =>
    (await ids(A, 'Observation', `${asked}&_id=case-abc,case-ABC,case-DEF,case-other`)).map((id) =>
      id.slice(5),
    );
  for (const [asked, expected] of [
    ['code:in=ValueSet/any-case-all', ['ABC', 'DEF', 'abc']],
    ['code:not-in=ValueSet/any-case-all', ['other']],
    ['code:in=ValueSet/any-case-listed', ['ABC', 'abc']],
    ['code:not-in=ValueSet/any-case-listed', ['DEF', 'other']],
    [`code:below=${system}|ABC`, ['ABC', 'DEF', 'abc']],
    [`code:above=${system}|def`, ['ABC', 'DEF', 'abc']],
  ] as const)
    assert.deepEqual((await found(asked)).sort(), expected, asked);
  // one that says in words alone what is in it is not an empty one
  for (const modifier of ['in', 'not-in'])
    assert.match(
      await fault(search(A, 'Observation', `code:${modifier}=ValueSet/in-words`)),
      /the codes of this value set are not known here/,
    );
});

test('a value set whose filter is not understood is not taken for an empty one', async () => {
  const system = 'https://example.vn/CodeSystem/kits';
  const kits = { status: 'active', content: 'complete', concept: [{ code: 'k-1' }, { code: 'k-2' }] };
  const set = (id: string, value: string) => ({
    resourceType: 'ValueSet',
    id,
    url: `https://example.vn/ValueSet/${id}`,
    status: 'active',
    compose: { include: [{ system, filter: [{ property: 'code', op: 'regex', value }] }] },
  });
  await put(A, [
    { resourceType: 'CodeSystem', id: 'kits', url: system, ...kits },
    set('kit-one', 'k-1'),
    set('kit-any', 'k-(?=1)'),
    observation('kit', 'p1', { code: { coding: [{ system, code: 'k-1' }] } }),
  ]);
  assert.deepEqual(await ids(A, 'Observation', 'code:in=ValueSet/kit-one&_id=kit,o1'), ['kit']);
  for (const modifier of ['in', 'not-in'])
    assert.match(
      await fault(search(A, 'Observation', `code:${modifier}=ValueSet/kit-any&_id=kit,o1`)),
      /the codes of this value set are not known here/,
    );
});
