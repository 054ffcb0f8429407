// The twin: what it copies of what passes, what it fetches of the hub, and that nothing of it can be read without its key.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Resource } from '@yba/fhir';
import { facilitySource, mrn, PERSON } from '@yba/vietnam';
import { openSeal, type Seal } from '../folder/seal.ts';
import { HubAnswer } from '../hub/hub-client.ts';
import { Outbox } from '../outbox/outbox.ts';
import { until } from '../testing/until.ts';
import { chartOf } from './chart.ts';
import { copyPassed } from './copy-passed.ts';
import { fetchCharts, type Fetcher } from './fetch-charts.ts';
import { Twin } from './twin.ts';

const FACILITY = '27001';
const OTHER = '79013';

const folder = mkdtempSync(join(tmpdir(), 'twin-'));
let seal: Seal;
let twin: Twin;
let outbox: Outbox;
let now = Date.parse('2026-11-28T08:00:00Z');

before(() => {
  seal = openSeal(folder, join(folder, 'secret.key'));
  open();
});
after(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});

function open() {
  twin = new Twin(folder, seal);
  outbox = new Outbox({ folder, limitBytes: 1e9, reserveBytes: 0, now: () => now, seal });
}
function close() {
  outbox.close();
  twin.close();
}

const fail = (error: unknown) => {
  throw error;
};

/** A hub that knows one patient of ours, linked to one of another hospital; tests add to it and break it. */
function aHub() {
  const patient = (id: string, facility: string, number: string): Resource =>
    ({
      resourceType: 'Patient',
      id,
      meta: { source: facilitySource(facility), lastUpdated: '2026-11-20T08:00:00Z' },
      identifier: [
        { system: mrn(facility), value: number },
        { system: PERSON, value: '027163999001' },
      ],
      name: [{ text: 'Trịnh Thị Kim Liên' }],
      birthDate: '1963-09-02',
      gender: 'female',
    }) as never;
  const result = (
    id: string,
    facility: string,
    subject: string,
    value: string,
    at: string,
    more = {},
  ): Resource =>
    ({
      resourceType: 'Observation',
      id,
      meta: { source: facilitySource(facility), lastUpdated: at },
      status: 'final',
      identifier: [{ system: 'urn:lis', value: id }],
      code: { text: `Xét nghiệm ${id}` },
      subject: { reference: `Patient/${subject}` },
      effectiveDateTime: at,
      valueString: value,
      ...more,
    }) as never;
  const hub = {
    result,
    rows: [
      patient('p1', FACILITY, 'BN-1'),
      patient('q1', OTHER, 'X-9'),
      result('o1', FACILITY, 'p1', '7,2', '2026-11-21T08:00:00Z'),
      result('o2', OTHER, 'q1', 'dương tính', '2026-11-22T08:00:00Z'),
    ] as Resource[],
    deleted: [] as { id: string; at: string }[],
    asked: [] as string[],
    /** Fails the request with this number, counted from now. */
    failAt: 0,
    refuse: 0,
    async get(path: string): Promise<unknown> {
      hub.asked.push(path);
      if (hub.failAt > 0 && --hub.failAt === 0) throw new TypeError('fetch failed');
      const url = new URL(path, 'http://hub.example');
      const since = url.searchParams.get('_since') ?? '';
      const at = Number(url.searchParams.get('_page') ?? 0);
      const count = 2; // small pages, so that there are several
      const isHistory = url.pathname === '/_history';
      if (!isHistory && hub.refuse) throw new HubAnswer(hub.refuse, 'absent');
      const changed = hub.rows
        .filter(({ meta }) => since === '' || Date.parse(meta!.lastUpdated as string) >= Date.parse(since))
        .map((resource) => ({ resource, response: { lastModified: resource.meta!.lastUpdated as string } }));
      const gone = isHistory
        ? hub.deleted.map(({ id, at: lastModified }) => ({
            request: { method: 'DELETE', url: `Observation/${id}` },
            response: { lastModified },
          }))
        : [];
      const all = [...changed, ...gone].toSorted((a, b) =>
        a.response.lastModified < b.response.lastModified ? 1 : -1,
      );
      url.searchParams.set('_page', String(at + count));
      return {
        resourceType: 'Bundle',
        entry: all.slice(at, at + count),
        link:
          all.length > at + count
            ? [{ relation: 'next', url: `https://hub.example/fhir${url.pathname}${url.search}` }]
            : [],
      };
    },
  };
  return hub;
}

const fetching = (hub: ReturnType<typeof aHub>) =>
  fetchCharts({
    hub,
    fhirBase: 'https://hub.example/fhir',
    facility: FACILITY,
    twin,
    keepMs: 30 * 86_400_000,
    everyMs: 1e9,
    now: () => now,
    onError: fail,
  });

/** One round; answers when it has ended, well or not. */
async function round(hub: ReturnType<typeof aHub>): Promise<Fetcher['state']> {
  now += 1000;
  const fetcher = fetching(hub);
  await until(
    'the round has ended',
    () => fetcher.state.doneAt === now || fetcher.state.trouble !== undefined,
  );
  await fetcher.stop();
  return fetcher.state;
}

const shown = async () => {
  const { results } = await chartOf(twin.passedOf('BN-1', 0), twin.chart('BN-1'), {
    patient: 'BN-1',
    facility: FACILITY,
  });
  return results.map(({ what, detail, where }) => [what, detail, ...(where ? [where] : [])].join(' | '));
};

test('charts of own patients come from the hub with what others sent, page by page; a broken line loses and repeats nothing', async () => {
  const hub = aHub();
  for (let request = 1; request <= 3; request++) {
    hub.failAt = request === 1 ? 1 : 2;
    assert.equal((await round(hub)).trouble, 'fetch failed');
    assert.deepEqual(await shown(), []);
  }
  hub.failAt = 0;
  assert.equal((await round(hub)).trouble, undefined);
  assert.deepEqual(await shown(), ['Xét nghiệm o2 | dương tính | 79013', 'Xét nghiệm o1 | 7,2']);
  assert.deepEqual(
    (await twin.findPeople('kim lien', 0)).map(({ patient }) => patient),
    ['BN-1'],
  );
  assert.deepEqual(twin.counts(), { people: 1, charts: 1, due: 0 });
  // nothing moved: what was newest is looked at again, and no more
  hub.asked.length = 0;
  await round(hub);
  assert.ok(
    hub.asked.every((path) => path.startsWith('/_history') || path.includes('_since=')),
    hub.asked.join(),
  );
});

test('what is new, corrected, withdrawn or deleted at the hub shows so here, also of a linked hospital; others’ patients stay out', async () => {
  const hub = aHub();
  await round(hub);
  hub.rows.push(hub.result('o3', OTHER, 'q1', 'âm tính', '2026-11-23T08:00:00Z'));
  hub.rows[2] = hub.result('o1', FACILITY, 'p1', '7,4', '2026-11-24T08:00:00Z');
  await round(hub);
  assert.deepEqual(await shown(), [
    'Xét nghiệm o1 | 7,4',
    'Xét nghiệm o3 | âm tính | 79013',
    'Xét nghiệm o2 | dương tính | 79013',
  ]);
  hub.rows[3] = hub.result('o2', OTHER, 'q1', 'x', '2026-11-25T08:00:00Z', { status: 'entered-in-error' });
  hub.deleted.push({ id: 'o3', at: '2026-11-25T09:00:00Z' });
  await round(hub);
  assert.deepEqual(await shown(), ['Xét nghiệm o1 | 7,4']);
  assert.deepEqual(await twin.findPeople('X-9', 0), []);
});

test('a chart with something of others is fetched anew each day, and goes when it may be read no more', async () => {
  const hub = aHub();
  await round(hub);
  now += 90_000_000;
  hub.refuse = 404;
  await round(hub);
  assert.deepEqual(await shown(), []);
});

test('what passes is copied once, whatever is interrupted; a message the hub has filed gives way to the hub’s copy', async () => {
  const text = (value: string) =>
    JSON.stringify({
      resourceType: 'Bundle',
      entry: [
        {
          resource: {
            resourceType: 'Patient',
            identifier: [{ system: mrn(FACILITY), value: 'BN-7' }],
            name: [{ text: 'Lò Văn Pó' }],
          },
        },
        {
          resource: {
            resourceType: 'Observation',
            status: 'final',
            code: { text: 'Glucose' },
            valueString: value,
          },
        },
      ],
    });
  const keep = (id: string, value: string) =>
    outbox.keep({ id, patient: 'BN-7', event: 'record', source: 'fhir', origin: '', text: text(value) });
  await keep('m1', '5,1');
  let copy = copyPassed({ outbox, twin, facility: FACILITY, onError: fail });
  await copy.done();
  await copy.stop();
  await keep('m2', '5,2');
  close();
  open();
  copy = copyPassed({ outbox, twin, facility: FACILITY, onError: fail });
  await copy.done();
  await copy.stop();
  assert.deepEqual(
    twin.passedOf('BN-7', 0).map(({ id }) => id),
    ['m2', 'm1'],
  );
  assert.equal((await twin.findPeople('lo van', 0))[0]?.name, 'Lò Văn Pó');
  assert.equal((await twin.findPeople('Liên Trịnh', 0)).length, 0);
});

test('nothing of a patient can be read in the folder without the key; a wrong or missing key is named before anything is written', () => {
  close();
  const readable = readdirSync(folder)
    .filter((name) => name !== 'secret.key')
    .map((name) => readFileSync(join(folder, name)));
  for (const words of ['Kim Liên', 'Lò Văn', '027163999001', 'dương tính', 'Xét nghiệm'])
    for (const bytes of readable) assert.equal(bytes.includes(words), false, words);
  const key = join(folder, 'secret.key');
  const kept = join(folder, 'kept.key');
  copyFileSync(key, kept);
  writeFileSync(key, `${'ab'.repeat(32)}\n`);
  assert.throws(() => openSeal(folder, key), /Put the key back/);
  rmSync(key);
  assert.throws(() => openSeal(folder, key), /Put it back from its copy/);
  // a new key in front: it seals from now on, what was sealed before is opened
  writeFileSync(key, `${'cd'.repeat(32)}\n${readFileSync(kept, 'utf8')}`);
  seal = openSeal(folder, key);
  open();
  assert.equal(twin.person('BN-7')?.name, 'Lò Văn Pó');
  assert.match(outbox.text('m1')!, /Lò Văn Pó/);
});

test('sealed bytes open in their own place alone', () => {
  const sealed = seal.seal(Buffer.from('x'), 'person a');
  assert.throws(() => seal.open(sealed, 'person b'));
  sealed[sealed.length - 1]! ^= 1;
  assert.throws(() => seal.open(sealed, 'person a'));
});

test('what is older than is kept goes, and its people with it', () => {
  twin.sweep(now + 1);
  assert.deepEqual(twin.counts().people, 0);
  assert.deepEqual(twin.passedOf('BN-7', 0), []);
});
