import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { A, idsOf, filledStore } from './testing/searches.ts';

const { put, search } = filledStore();

test('an inclusion that goes on and on ends after fifty steps, and says that it did', async () => {
  const floors = Array.from({ length: 60 }, (_, at) => ({
    resourceType: 'Location',
    id: `floor-${at}`,
    name: `floor ${at}`,
    partOf: { reference: `Location/floor-${(at + 1) % 60}` },
  }));
  await put(A, floors);
  for (const directive of ['_include:iterate', '_revinclude:iterate']) {
    const page = await search(A, 'Location', `_id=floor-0&${directive}=Location:partof`);
    assert.equal(idsOf(page, 'include').length, 50);
    assert.match(page.entries.find(({ mode }) => mode === 'outcome')?.text ?? '', /"incomplete"/);
  }
  const whole = await search(A, 'Location', '_id=floor-0&_include:iterate=Location:partof&_revinclude:iterate=Location:partof'); // prettier-ignore
  assert.equal(idsOf(whole, 'include').length, 59);
});

test('_include of a reference to a version brings that version', async () => {
  const ward = (name: string): Resource => ({ resourceType: 'Location', id: 'versions', name });
  await put(A, [ward('Một')]);
  await put(A, [ward('Hai')]);
  await put(A, [ward('Ba')]);
  const basic = (id: string, ...references: string[]): Resource => ({
    resourceType: 'Provenance',
    id,
    recorded: '2026-01-01T00:00:00Z',
    agent: [{ who: { display: 'x' } }],
    target: references.map((reference) => ({ reference })),
  });
  await put(A, [
    basic('first', 'Location/versions/_history/1'),
    basic('both', 'Location/versions/_history/2', 'Location/versions'),
    basic('now', 'Location/versions/_history/3', 'Location/versions'),
    basic('none', 'Location/versions/_history/4', 'Location/versions/_history/x'),
  ]);
  const brought = async (id: string) => {
    const { entries } = await search(A, 'Provenance', `_id=${id}&_include=Provenance:target`);
    return entries.flatMap((entry) =>
      entry.mode === 'include' ? [(parseJson(entry.text!) as Resource)['name']] : [],
    );
  };
  assert.deepEqual(await brought('first'), ['Một']);
  assert.deepEqual((await brought('both')).sort(), ['Ba', 'Hai']);
  assert.deepEqual(await brought('now'), ['Ba']);
  assert.deepEqual(await brought('none'), []);
  assert.deepEqual((await brought('first,both')).sort(), ['Ba', 'Hai', 'Một']);
});

test('a reference to another server is not one to what has the same id here', async () => {
  const elsewhere = 'http://other.example.org/fhir';
  await put(A, [
    { resourceType: 'Location', id: 'own-name', status: 'active', name: 'Own' },
    {
      resourceType: 'Location',
      id: 'part',
      status: 'active',
      partOf: { reference: `${elsewhere}/Location/own-name` },
    },
    {
      resourceType: 'PractitionerRole',
      id: 'afar',
      location: [{ reference: `${elsewhere}/Location/own-name` }],
    },
    { resourceType: 'List', id: 'afar', status: 'current', mode: 'working', entry: [{ item: { reference: `${elsewhere}/Location/own-name` } }] }, // prettier-ignore
  ]);
  const found = async (type: string, query: string) =>
    (await search(A, type, query)).entries.map(({ fullUrl }) => fullUrl?.split('/').slice(-2).join('/'));
  assert.deepEqual(await found('PractitionerRole', '_id=afar&_include=PractitionerRole:location'), [
    'PractitionerRole/afar',
  ]);
  assert.deepEqual(await found('PractitionerRole', '_id=afar&_include=*'), ['PractitionerRole/afar']);
  assert.deepEqual(await found('Location', '_has:PractitionerRole:location:_id=afar'), []);
  assert.deepEqual(await found('Location', '_id=own-name&_has:PractitionerRole:location:_id=afar'), []);
  assert.deepEqual(await found('Location', '_list=afar'), []);
  assert.deepEqual(await found('PractitionerRole', '_id=afar&location.name=own'), []);
  await put(A, [
    { resourceType: 'PractitionerRole', id: 'near', location: [{ reference: 'Location/part' }] },
  ]);
  await put(A, [{ resourceType: 'PractitionerRole', id: 'nearer', location: [{ reference: 'Location/own-name' }] }]); // prettier-ignore
  assert.deepEqual(await found('PractitionerRole', 'location:above=Location/part'), [
    'PractitionerRole/near',
  ]);
});

test('a canonical that is written Type/id is followed by every way as it is searched', async () => {
  const library = (id: string, more: object = {}): Resource => ({
    resourceType: 'Library',
    id,
    status: 'active',
    type: { text: 'x' },
    ...more,
  });
  await put(A, [library('written', { name: 'Written', version: '2.0' })]);
  await put(A, [
    library('by-id', { relatedArtifact: [{ type: 'depends-on', resource: 'Library/written|2.0' }] }),
  ]);
  const found = async (query: string) =>
    (await search(A, 'Library', query)).entries.map(({ fullUrl }) => fullUrl?.split('/').at(-1));
  assert.deepEqual(await found('depends-on=Library/written'), ['by-id']);
  assert.deepEqual(await found('depends-on.name=written'), ['by-id']);
  assert.deepEqual(await found('_id=by-id&depends-on.name=written'), ['by-id']);
  assert.deepEqual(await found('_has:Library:depends-on:_id=by-id'), ['written']);
  assert.deepEqual(await found('_id=written&_has:Library:depends-on:_id=by-id'), ['written']);
  assert.deepEqual(await found('_id=by-id&_include=Library:depends-on'), ['by-id', 'written']);
  assert.deepEqual(await found('_id=written&_revinclude=Library:depends-on'), ['written', 'by-id']);
});
