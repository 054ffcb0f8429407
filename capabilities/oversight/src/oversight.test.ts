import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Caller, type Context, OutcomeError, parseJson, type Resource } from '@yba/fhir';
import { contextOf, feedShowsAll, testRepository, type TestRepository } from '@yba/repository/testing';
import { extension, FACILITY, PROVINCE } from '@yba/vietnam';
import { createOversight } from './index.ts';

const BACH_MAI = '01901';
const CHO_RAY = '79013';
const now = new Date('2026-11-24T10:30:00+07:00');
const platform: Context = {
  caller: { role: 'platform', client: 'yba', subject: 'client/yba', name: 'Y Bạ', scopes: [] },
  requestId: 'test',
};
const ministry: Context = {
  caller: {
    role: 'ministry',
    client: 'yba-command',
    subject: 'account/1',
    name: 'Officer',
    scopes: [],
  } as Caller,
  requestId: 'test',
};

let store: TestRepository;
let oversight: ReturnType<typeof createOversight>;

before(async () => {
  store = await testRepository();
  const { repository } = store;
  oversight = createOversight({
    sql: store.pools.owner,
    now: () => now,
    ports: {
      readMany: async (type, ids) => {
        const params = new URLSearchParams({ _id: ids.join(','), _count: String(ids.length) });
        const { entries } = await repository.search(platform, type, params, { handling: 'strict' });
        return entries.map(({ text }) => parseJson(text!));
      },
      credentialed: async () => [CHO_RAY],
      log: async () => {},
      measure: () => Promise.reject(new Error('not asked')),
    },
  });
  await repository.create(platform, organization(BACH_MAI, 'Bệnh viện Bạch Mai', '01'));
  await repository.create(platform, organization(CHO_RAY, 'Bệnh viện Chợ Rẫy', '79'));
  await repository.create(platform, organization('89127', 'Trạm Y tế xã Tri Tôn', '91'));
});
after(() => store.close());

const organization = (code: string, name: string, province: string): Resource => ({
  resourceType: 'Organization',
  identifier: [{ system: FACILITY, value: code }],
  name,
  address: [
    { extension: [{ url: extension('province'), valueCoding: { system: PROVINCE, code: province } }] },
  ],
});

const encounter = (start: string, over: object = {}): Resource => ({
  resourceType: 'Encounter',
  status: 'finished',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
  period: { start },
  ...over,
});

async function catchUp(): Promise<void> {
  await feedShowsAll(store.pools);
  while (await store.repository.advance(oversight.subscriber));
}

type Parameter = { name: string; part?: Parameter[]; [value: string]: unknown };
const valueOf = (of: Parameter | undefined): unknown =>
  of && Object.entries(of).find(([key]) => key.startsWith('value'))?.[1];

async function status(context = ministry): Promise<{
  all: Parameter[];
  value(name: string): unknown;
  facility(code: string): Record<string, unknown>;
}> {
  const [operation] = oversight.capability.operations!;
  const answer = await operation!.handle({
    context,
    type: 'Organization',
    query: new URLSearchParams(),
    headers: {},
  });
  const all = (answer.resource as { parameter: Parameter[] }).parameter;
  const record = (of: Parameter) =>
    Object.fromEntries((of.part ?? []).map((part) => [part.name, valueOf(part)]));
  return {
    all,
    value: (name) => valueOf(all.find((each) => each.name === name)),
    facility: (code) =>
      all
        .filter((each) => each.name === 'facility')
        .map(record)
        .find((each) => each['code'] === code)!,
  };
}

test('knows the facilities of the registry by province, and that one is not connected yet', async () => {
  await catchUp();
  const { value, facility, all } = await status();
  assert.equal(value('facilities'), 3);
  assert.equal(value('connectedFacilities'), 1);
  assert.deepEqual(facility('89127'), {
    code: '89127',
    name: 'Trạm Y tế xã Tri Tôn',
    province: '91',
    connected: false,
    visitsToday: 0,
  });
  assert.equal(facility(CHO_RAY)['connected'], true);
  assert.equal(all.filter(({ name }) => name === 'province').length, 34);
});

test('counts visits in the hour they began in Viet Nam, and those received today apart', async () => {
  const { repository } = store;
  await repository.create(contextOf(BACH_MAI), encounter('2026-11-24T08:05:00+07:00'));
  await repository.create(contextOf(BACH_MAI), encounter('2026-11-23T23:40:00Z'));
  await repository.create(contextOf(CHO_RAY), encounter('2026-10-02T09:00:00+07:00'));
  await catchUp();
  const { value, facility, all } = await status();
  assert.equal(value('visitsToday'), 2);
  assert.equal(facility(BACH_MAI)['visitsToday'], 2);
  assert.equal(facility(CHO_RAY)['visitsToday'], 0);
  assert.ok(facility(BACH_MAI)['lastContact']);
  const hours = all.filter(({ name }) => name === 'hour').map(({ part }) => part!.map(valueOf));
  assert.deepEqual(hours[6]!.slice(0, 2), [6, 1]);
  assert.deepEqual(hours[8]!.slice(0, 2), [8, 1]);
});

test('corrects itself when a visit moves, was entered in error, or is deleted', async () => {
  const { repository } = store;
  const context = contextOf(BACH_MAI);
  const ids = [];
  for (const hour of ['07', '08', '09']) {
    const { id } = await repository.create(context, encounter(`2026-11-24T${hour}:15:00+07:00`));
    ids.push(id);
  }
  await catchUp();
  assert.equal((await status()).value('visitsToday'), 5);
  await repository.update(context, encounter('2026-11-21T07:15:00+07:00', { id: ids[0] }));
  await repository.update(
    context,
    encounter('2026-11-24T08:15:00+07:00', { id: ids[1], status: 'entered-in-error' }),
  );
  await repository.delete(context, 'Encounter', ids[2]);
  await catchUp();
  assert.equal((await status()).value('visitsToday'), 2);
});

test('gives the same figures when the feed is replayed from zero', async () => {
  const { owner } = store.pools;
  const figures = async () => ({
    hours: await owner`select day, hour, visits from oversight_hour where visits <> 0 order by 1, 2`,
    days: await owner`select day, facility, visits, received from oversight_day where visits <> 0 or received <> 0 order by 1, 2`,
    facilities: await owner`select facility, name, province, contact from oversight_facility order by 1`,
  });
  const kept = await figures();
  await owner`truncate oversight_facility, oversight_visit, oversight_hour, oversight_day`;
  await owner`delete from feed_cursor where subscriber = 'oversight'`;
  await catchUp();
  assert.deepEqual(await figures(), kept);
  const [stored] = await owner`select count(*)::int as n from oversight_visit`;
  const { entries } = await store.repository.search(
    platform,
    'Encounter',
    new URLSearchParams({ _count: '100' }),
    { handling: 'strict' },
  );
  assert.equal(stored!['n'], entries.filter(({ text }) => !text!.includes('entered-in-error')).length);
});

test('lets nobody but the ministry see the figures', async () => {
  for (const role of ['doctor', 'admin', 'system', 'citizen'] as const) {
    await assert.rejects(
      status(contextOf(BACH_MAI, { role })),
      (error: unknown) => error instanceof OutcomeError && error.code === 'forbidden',
    );
  }
});

test('keeps its own name of a facility when another tries to write one', async () => {
  await assert.rejects(
    store.repository.create(contextOf(CHO_RAY), organization(BACH_MAI, 'Not Bạch Mai', '79')),
    (error: unknown) => error instanceof OutcomeError && error.code === 'business-rule',
  );
  await catchUp();
  assert.equal((await status()).facility(BACH_MAI)['name'], 'Bệnh viện Bạch Mai');
});
