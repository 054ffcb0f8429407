// Pages of large resources: they end early, nothing is left out, and memory does not grow with them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Page, PageEntry } from '@yba/fhir';
import { PAGE_BYTES } from '../rows/page-bytes.ts';
import type { Db } from '../rows/session.ts';
import { contextOf, testRepository } from '../testing.ts';
import type { TestRepository } from '../testing.ts';
import { byReferences } from './references.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function heldBytes(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve)); // buffers are let go of after the strings that they hold
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const A = contextOf('01013');
const COUNT = 7;
const ids = Array.from({ length: COUNT }, (_, at) => `large-${at}`);
/** Three of them are less than a page, four are more. */
const large = () => randomBytes((PAGE_BYTES / 4) * 0.9).toString('base64');
let store: TestRepository;

before(async () => {
  store = await testRepository();
  await store.repository.update(A, { resourceType: 'Patient', id: 'whose', name: [{ text: 'Lê An' }] });
  for (const id of ids) {
    await store.repository.update(A, {
      resourceType: 'DocumentReference',
      id,
      status: 'current',
      subject: { reference: 'Patient/whose' },
      content: [
        {
          attachment: { contentType: 'application/pdf', data: large() },
        },
      ],
    });
  }
  await store.repository.update(A, {
    resourceType: 'List',
    id: 'all',
    status: 'current',
    mode: 'working',
    entry: ids.map((id) => ({ item: { reference: `DocumentReference/${id}` } })),
  });
});
after(() => store.close());

const idOf = ({ fullUrl }: PageEntry) => fullUrl.split('/').at(-1)!;
const lengthOf = (entries: readonly PageEntry[]) =>
  entries.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);

/** Follows a page's links to the last; the ids, and how much the largest page held. */
async function walk(ask: (params: URLSearchParams) => Promise<Page>, query: string) {
  const found: string[] = [];
  let largest = 0;
  for (let next: string | undefined = `?${query}`; next !== undefined;) {
    const page: Page = await ask(new URLSearchParams(next.slice(next.indexOf('?') + 1)));
    found.push(...page.entries.map(({ fullUrl }) => fullUrl!.split('/').at(-1)!));
    largest = Math.max(
      largest,
      page.entries.reduce((sum, { text }) => sum + (text?.length ?? 0), 0),
    );
    next = page.next;
  }
  return { found, largest };
}

const search = (params: URLSearchParams) =>
  store.repository.search(A, 'DocumentReference', params, { handling: 'strict' });

test('searches in the order of rows, in other orders, and histories end a page before it grows too large', async () => {
  const asked = {
    'newest first': () => walk(search, '_count=100'),
    'by id': () => walk(search, '_sort=_id&_count=100'),
    'by what all have alike, then backwards by id': () => walk(search, '_sort=status,-_id&_count=100'),
    history: () =>
      walk((params) => store.repository.history(A, 'DocumentReference', undefined, params), '_count=100'),
  };
  for (const [name, ask] of Object.entries(asked)) {
    const { found, largest } = await ask();
    assert.deepEqual([...found].sort(), ids, name);
    assert.ok(largest <= PAGE_BYTES, name);
    if (name === 'by id') assert.deepEqual(found, ids);
    if (name.endsWith('by id') && name !== 'by id') assert.deepEqual(found, ids.toReversed());
  }
});

test('a chart is read part by part, and its pages end, before they grow too large', async () => {
  const everything = (params: URLSearchParams) => store.repository.everything(A, 'Patient', 'whose', params);
  const all = [...ids, 'whose'].sort();
  const whole = await everything(new URLSearchParams());
  const parts = [whole.entries];
  for await (const more of whole.more ?? []) parts.push([...more]);
  assert.deepEqual(
    parts.flatMap((part) => part.map(({ fullUrl }) => fullUrl!.split('/').at(-1)!)).sort(),
    all,
  );
  for (const part of parts)
    assert.ok(part.reduce((sum, { text }) => sum + text!.length, 0) <= PAGE_BYTES, `${part.length} at once`);
  const { found, largest } = await walk(everything, '_count=100');
  assert.deepEqual([...found].sort(), all);
  assert.ok(largest <= PAGE_BYTES);
});

test('large resources beside a chart are read part by part, and come each once over its pages', async () => {
  const beside = ids.map((id) => `beside-${id}`);
  for (const id of beside)
    await store.repository.update(A, {
      resourceType: 'Device',
      id,
      extension: [{ url: 'http://example.org/scan', valueBase64Binary: large() }],
    });
  await store.repository.update(A, { resourceType: 'Patient', id: 'carrier' });
  for (const [id, carried] of [
    ['one', beside.slice(0, 1)],
    ['all', beside],
  ] as const)
    await store.repository.update(A, {
      resourceType: 'Basic',
      id,
      code: { text: 'x' },
      subject: { reference: 'Patient/carrier' },
      extension: carried.map((device) => ({
        url: 'http://example.org/device',
        valueReference: { reference: `Device/${device}` },
      })),
    });
  const everything = (params: URLSearchParams) =>
    store.repository.everything(A, 'Patient', 'carrier', params);
  const all = [...beside, 'one', 'all', 'carrier'].sort();
  const whole = await everything(new URLSearchParams());
  const parts = [whole.entries];
  for await (const more of whole.more ?? []) parts.push([...more]);
  assert.deepEqual(parts.flatMap((part) => part.map(idOf)).sort(), all);
  for (const part of parts) assert.ok(lengthOf(part) <= PAGE_BYTES, `${part.length} at once`);
  for (const count of [1, 100]) {
    const { found, largest } = await walk(everything, `_count=${count}`);
    assert.deepEqual([...found].sort(), all, `_count=${count}`);
    assert.ok(largest <= PAGE_BYTES + 1_000_000, `${largest} in a page`);
  }
});

test('large resources beside a search are read in lots', async () => {
  const references = ids.map((id) => `DocumentReference/${id}`);
  const lots: number[] = [];
  for await (const hits of byReferences(store.pools.owner as unknown as Db, references))
    lots.push(hits.length);
  assert.deepEqual(lots, [3, 3, 1]);
});

test('of large resources asked for at once only that part is kept which is asked for', async () => {
  const ask = () =>
    store.repository.current(
      ids.map((id) => `DocumentReference/${id}`),
      ({ content }) => (content as [{ attachment: { contentType: string } }])[0].attachment.contentType,
    );
  await ask(); // what is kept of it for others is there from now on
  const before = await heldBytes();
  const parts = await ask();
  const held = (await heldBytes()) - before;
  // the seven are more than two pages; the text that was opened last may still be there
  assert.ok(held < PAGE_BYTES, `${held} bytes`);
  assert.deepEqual(
    [...parts.values()],
    ids.map(() => 'application/pdf'),
  );
});

test('large resources read at the same moment are each read, by as many groups as their bytes ask for', async () => {
  const read = await Promise.all(ids.map((id) => store.repository.read(A, 'DocumentReference', id)));
  assert.deepEqual(
    read.map(({ id, text }) => [id, text.length > PAGE_BYTES / 4]),
    ids.map((id) => [id, true]),
  );
});

test('what cannot come along with a page is said', async () => {
  const page = await store.repository.search(A, 'List', new URLSearchParams({ _include: 'List:item' }), {
    handling: 'strict',
  });
  assert.ok(page.entries.filter(({ mode }) => mode === 'include').length < COUNT);
  assert.match(page.entries.at(-1)!.text!, /"code":"incomplete"/);
});

test('a resource that is found by very many values is kept, and found by the last of them', async () => {
  const name = Array.from({ length: 40_000 }, (_, at) => ({ text: `n${at}` }));
  const { id } = await store.repository.create(A, { resourceType: 'Practitioner', name });
  const { entries } = await store.repository.search(A, 'Practitioner', new URLSearchParams('name=n39999'), {
    handling: 'strict',
  });
  assert.deepEqual(
    entries.map(({ fullUrl }) => fullUrl.split('/').at(-1)),
    [id],
  );
});

test('what no compression makes smaller is kept as it was written, of a patient and of nobody', async () => {
  const attachment = { contentType: 'image/jpeg', data: randomBytes(900_000).toString('base64') };
  const ofPatient = {
    resourceType: 'DocumentReference',
    id: 'scan',
    status: 'current',
    subject: { reference: 'Patient/whose' },
    content: [{ attachment }],
  };
  const ofNobody = {
    resourceType: 'Library',
    id: 'scan',
    status: 'draft',
    type: { text: 'x' },
    content: [attachment],
  };
  for (const resource of [ofPatient, ofNobody]) {
    const { resourceType, content } = resource;
    await store.repository.update(A, structuredClone(resource));
    const { text } = await store.repository.read(A, resourceType, 'scan');
    assert.deepEqual((JSON.parse(text) as typeof resource).content, content, resourceType);
  }
});
