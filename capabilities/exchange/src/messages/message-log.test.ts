// What operators see of messages, what happens to those that fail, and what is kept of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeError, outcomeError, type Resource } from '@yba/fhir';
import { contextOf, type TestRepository, testRepository } from '@yba/repository/testing';
import { createExchange } from '../index.ts';
import { deskOf } from '../testing/desk.ts';
import { aPerson, aVisit, FACILITY, idOf } from '../testing/messages.ts';
import { keepWithin } from './retention.ts';
import type { MessageRunner } from './runner.ts';

const sender = contextOf(FACILITY);
const operator = contextOf('', { role: 'ministry' });
const officer = (facility: string) => contextOf(facility, { role: 'admin', subject: 'account/cntt' });

let store: TestRepository;
let exchange: ReturnType<typeof createExchange>;
let runner: MessageRunner;
/** Why the store refuses a transaction, by the record number in it; it works while there is none. */
const broken = new Map<string, () => Error>();

before(async () => {
  store = await testRepository();
  const { repository } = store;
  exchange = createExchange(
    deskOf(store, {
      repository: {
        ...repository,
        transaction: (context, bundle, options, within) => {
          const text = JSON.stringify(bundle);
          const fault = [...broken].find(([number]) => text.includes(`"${number}"`))?.[1];
          return fault ? Promise.reject(fault()) : repository.transaction(context, bundle, options, within);
        },
      },
    }),
  );
  runner = exchange.run(() => {});
});
after(async () => {
  await runner.stop();
  await store.close();
});

type Part = {
  name: string;
  valueString?: string;
  valueCode?: string;
  valueInteger?: number;
  resource?: Resource;
  part?: Part[];
};

async function call(
  code: string,
  by: typeof sender,
  said: Record<string, string | string[] | boolean> = {},
): Promise<Part[]> {
  const { handle, methods } = exchange.capability.operations!.find((one) => one.code === code)!;
  const query = new URLSearchParams();
  const parameter = Object.entries(said).flatMap(([name, value]): object[] =>
    typeof value === 'boolean'
      ? [{ name, valueBoolean: value }]
      : [value].flat().map((valueString) => ({ name, valueString })),
  );
  if (!methods.includes('POST'))
    for (const [name, value] of Object.entries(said)) query.set(name, String(value));
  const body: Resource = { resourceType: 'Parameters', parameter };
  const { resource } = await handle({ context: by, query, headers: {}, body });
  return ((resource as { parameter?: Part[] }).parameter ?? []) as Part[];
}

const value = (part: readonly Part[] | undefined, name: string) => {
  const found = part?.find((one) => one.name === name);
  return found?.valueString ?? found?.valueCode ?? found?.valueInteger;
};

async function log(by: typeof sender, said: Record<string, string> = {}) {
  const parts = await call('message-log', by, said);
  return {
    messages: parts.flatMap(({ name, part }) => (name === 'message' ? [part!] : [])),
    next: parts.find(({ name }) => name === 'next')?.valueString,
  };
}

async function send(visit: Resource, by = sender): Promise<string> {
  const { handle } = exchange.capability.operations!.find((one) => one.code === 'process-message')!;
  await handle({ context: by, query: new URLSearchParams(), headers: {}, body: visit });
  return idOf(visit);
}

const stateOf = async (identifier: string) =>
  value((await log(officer(FACILITY), { identifier })).messages[0], 'state');
const keyOf = async (identifier: string) =>
  String(value((await log(officer(FACILITY), { identifier })).messages[0], 'id'));

/** Resolves once a message has this state. */
async function until(identifier: string, state: string): Promise<void> {
  for (const end = Date.now() + 30_000; (await stateOf(identifier)) !== state;) {
    if (Date.now() > end) throw new Error(`${identifier} did not become ${state}`);
    await sleep(20);
  }
}

const bad = (visit: string, patient = aPerson()) =>
  aVisit({
    visit,
    patient,
    more: [{ resourceType: 'Observation', code: { text: 'Nguyễn Thị Mật' }, status: 'hỏng' }],
  });

test('the log is read page by page under any filter, and shows nothing of a patient', async () => {
  const patient = aPerson();
  const sent = [];
  for (let at = 0; at < 5; at++) sent.push(await send(aVisit({ patient, visit: `L-${at}` })));
  sent.push(await send(bad('L-5')));
  await runner.idle();
  const seen: unknown[] = [];
  for (let page: string | undefined, turn = 0; turn < 10; turn++) {
    const { messages, next } = await log(operator, {
      _count: '2',
      facility: FACILITY,
      ...(page ? { page } : {}),
    });
    seen.push(...messages.map((part) => value(part, 'identifier')));
    assert.ok(!JSON.stringify(messages).includes('Nguyễn'));
    if (!next) break;
    page = next;
  }
  assert.deepEqual(seen, sent.toReversed());
  const { messages: refused } = await log(operator, { state: 'refused', event: 'visit' });
  assert.deepEqual(
    refused.map((part) => value(part, 'identifier')),
    [sent[5]],
  );
  const person = String(value((await log(operator)).messages[1], 'person'));
  const { messages: own } = await log(operator, { person, from: '2020-01-01', to: '2100-01-01' });
  assert.equal(own.length, 5);
  assert.equal((await log(operator, { person: '00000000-0000-4000-8000-000000000000' })).messages.length, 0);
  assert.equal((await log(operator, { event: 'retraction' })).messages.length, 0);
  for (const filter of [
    { state: 'x' },
    { event: 'x' },
    { person: 'Hoa' },
    { page: 'x' },
    { from: 'hôm qua' },
    { facility: 'x' },
  ])
    await assert.rejects(log(operator, filter as Record<string, string>), OutcomeError);
});

test('an IT officer sees their own facility’s messages and why one was refused; the authority where and by which rule', async () => {
  const id = await send(bad('L-6'));
  await runner.idle();
  const key = await keyOf(id);
  const shown = async (by: typeof sender) =>
    JSON.stringify((await call('message-details', by, { id: key })).find(({ name }) => name === 'outcome'));
  assert.match(await shown(officer(FACILITY)), /hỏng/);
  assert.doesNotMatch(await shown(operator), /hỏng/);
  assert.match(await shown(operator), /Bundle\.entry\[4\]\.resource\.status/);
  assert.equal((await log(officer('79013'))).messages.length, 0);
  for (const failing of [
    () => call('message-details', officer('79013'), { id: key }),
    () => log(officer('79013'), { facility: FACILITY }),
    () => log(sender),
    () => log(contextOf(FACILITY, { role: 'doctor' })),
  ])
    await assert.rejects(failing(), OutcomeError);
});

test('a replay is tried first, files what was mended meanwhile, and never what a later message replaced', async () => {
  const [patient, other] = [aPerson(), aPerson()];
  const [number, overtaken] = [patient.identifier[0]!.value, other.identifier[0]!.value];
  for (const each of [number, overtaken])
    broken.set(each, () => outcomeError('business-rule', 'chưa được phép'));
  const [first, second] = [
    await send(aVisit({ patient, visit: 'R-1' })),
    await send(aVisit({ patient: other, visit: 'R-2' })),
  ];
  await runner.idle();
  assert.deepEqual([await stateOf(first), await stateOf(second)], ['refused', 'refused']);
  const message = [await keyOf(first), await keyOf(second)];
  const preview = () => call('replay-messages', officer(FACILITY), { message, preview: true });
  assert.equal(value(await preview(), 'refused'), 2);

  broken.clear();
  await send(aVisit({ patient: other, visit: 'R-2', glucose: 9 }));
  await runner.idle();
  const told = await preview();
  assert.deepEqual([value(told, 'filed'), value(told, 'refused')], [1, 1]);
  assert.equal(await stateOf(first), 'refused', 'a preview changes nothing');
  await assert.rejects(
    call('replay-messages', officer(FACILITY), { message }),
    (error) => error instanceof OutcomeError && error.issues[0]!.expression![0] === 'reason',
  );
  assert.equal(
    value(await call('replay-messages', officer(FACILITY), { message, reason: 'đã sửa danh mục' }), 'queued'),
    2,
  );
  await runner.idle();
  assert.deepEqual([await stateOf(first), await stateOf(second)], ['filed', 'refused']);
  const again = await call('replay-messages', officer(FACILITY), {
    message: message[0]!,
    reason: 'thử lại lần nữa',
  });
  assert.deepEqual([value(again, 'duplicate'), value(again, 'queued')], [1, 0]);
  const replays = store.events.filter(({ target, reason }) => target === '$replay-messages' && reason);
  assert.deepEqual(
    replays.map(({ reason }) => reason),
    ['đã sửa danh mục', 'thử lại lần nữa'],
  );
});

test('a failure that may pass is tried again, holds back its own patient alone, and tells nothing of the inside', async () => {
  const [patient, other] = [aPerson(), aPerson()];
  broken.set(patient.identifier[0]!.value, () => new Error('secret inside'));
  const stuck = await send(aVisit({ patient, visit: 'P-1' }));
  await until(stuck, 'retrying');
  const behind = await send(aVisit({ patient, visit: 'P-2' }));
  const free = await send(aVisit({ patient: other, visit: 'P-3' }));
  await until(free, 'filed');
  assert.equal(await stateOf(behind), 'received');
  const details = await call('message-details', officer(FACILITY), { id: await keyOf(behind) });
  assert.equal(value(details, 'before'), 1);
  assert.doesNotMatch(
    JSON.stringify(await call('message-details', officer(FACILITY), { id: await keyOf(stuck) })),
    /secret/,
  );
  const figures = await call('message-figures', officer(FACILITY));
  assert.ok(Number(value(figures[0]!.part, 'waiting')) >= 2);
  broken.clear();
  await call('replay-messages', officer(FACILITY), {
    message: await keyOf(stuck),
    reason: 'kho đã chạy lại',
  });
  await until(behind, 'filed');
  assert.equal(await stateOf(stuck), 'filed');
});

test('a message that failed too often is refused, kept, and lets the next one pass', async () => {
  const patient = aPerson();
  broken.set(patient.identifier[0]!.value, () => new Error('always'));
  const poison = await send(aVisit({ patient, visit: 'P-4' }));
  await until(poison, 'retrying');
  await store.pools
    .owner`update message_queue set attempts = 11, due = now() where id = ${await keyOf(poison)} and leased is null`;
  await until(poison, 'refused');
  broken.clear();
  const next = await send(aVisit({ patient, visit: 'P-5' }));
  await until(next, 'filed');
  const told = await call('replay-messages', officer(FACILITY), {
    message: await keyOf(poison),
    preview: true,
  });
  assert.equal(value(told, 'filed'), 1);
});

test('what a killed process had taken is filed by another once its lease is over, and not before', async () => {
  const { owner } = store.pools;
  await runner.stop();
  const id = await send(aVisit({ visit: 'K-1' }));
  const key = await keyOf(id);
  await owner`update message_queue set leased = now() + interval '25 seconds', lease = gen_random_uuid() where id = ${key}`;
  runner = exchange.run(() => {});
  const other = await send(aVisit({ visit: 'K-2' }));
  await until(other, 'filed');
  assert.equal(await stateOf(id), 'received');
  await owner`update message_queue set leased = now() where id = ${key}`;
  await until(id, 'filed');
});

test('bodies go by age and by size, the oldest day first; what waits, and the log, stay', async () => {
  const { owner } = store.pools;
  const past = async (days: number) => {
    const day = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    const name = `message_body_${day.replaceAll('-', '')}`;
    const to = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    await owner.unsafe(
      `create table if not exists ${name} partition of message_body for values from ('${day}') to ('${to}')`,
    );
    return name;
  };
  const [old, older] = [await past(5), await past(40)];
  const generous = { bodyDays: 90, bodyBytes: 1024 ** 4, messageDays: 730 };
  assert.deepEqual((await keepWithin(owner, generous)).bodies, []);
  assert.deepEqual((await keepWithin(owner, { ...generous, bodyDays: 30 })).bodies, [older]);
  const all = (await keepWithin(owner, { ...generous, bodyBytes: 1 })).bodies;
  assert.ok(all.includes(old));
  const kept = (await call('message-figures', operator)).find(({ name }) => name === 'kept')!.part;
  assert.deepEqual([value(kept, 'bodyDays'), value(kept, 'messageDays')], [90, 730]);
  assert.equal(
    (await call('message-figures', officer(FACILITY))).some(({ name }) => name === 'kept'),
    false,
  );
  const today = `message_body_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
  assert.ok(!all.includes(today));
  assert.ok((await log(operator)).messages.length > 5);
});

test('old bodies that somebody’s long reading is in the way of go later, and no message waits behind it', async () => {
  const { owner } = store.pools;
  await owner`create table message_body_20200101 partition of message_body for values from ('2020-01-01') to ('2020-01-02')`;
  const generous = { bodyDays: 90, bodyBytes: 1024 ** 4, messageDays: 730 };
  await owner.begin(async (reading) => {
    await reading`select count(*) from message_body`; // as pg_dump does, for hours
    const meanwhile = keepWithin(owner, generous, 50);
    const sent = send(aVisit({ visit: 'R-1' }));
    const first = await Promise.race([sent, sleep(20_000, undefined, { ref: false })]);
    assert.ok(first, 'it waits as long as somebody reads');
    assert.deepEqual((await meanwhile).bodies, []);
  });
  assert.deepEqual((await keepWithin(owner, generous, 50)).bodies, ['message_body_20200101']);
});

test('all that a filter finds is replayed a hundred at a time, from where the step before ended, each once', async () => {
  const patients = Array.from({ length: 103 }, () => aPerson());
  for (const { identifier } of patients)
    broken.set(identifier[0]!.value, () => outcomeError('business-rule', 'chưa được phép'));
  const sent: string[] = [];
  for (const [at, patient] of patients.entries())
    sent.push(await send(aVisit({ patient, visit: `F-${at}` })));
  await runner.idle();
  const { messages } = await log(officer(FACILITY), { state: 'refused', event: 'visit' });
  assert.ok(messages.length > 0);
  broken.clear();
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const filter = { state: 'refused', event: 'visit', from, reason: 'đã sửa danh mục' };
  const first = await call('replay-messages', officer(FACILITY), filter);
  assert.equal(value(first, 'messages'), 100);
  assert.ok(Number(value(first, 'total')) >= 103);
  const page = String(value(first, 'next'));
  await runner.idle();
  const second = await call('replay-messages', officer(FACILITY), { ...filter, page });
  assert.equal(value(second, 'next'), undefined);
  assert.equal(value(second, 'total'), undefined);
  await runner.idle();
  const states = await Promise.all(sent.map(stateOf));
  assert.deepEqual(new Set(states), new Set(['filed']));
  // the same step again finds nothing that was not done
  const again = await call('replay-messages', officer(FACILITY), { ...filter, page });
  assert.equal(value(again, 'filed'), undefined);
});

test('what was refused though nobody is known by its record number is found by that number, and by nothing else of it', async () => {
  const patient = aPerson();
  const number = patient.identifier[0]!.value;
  broken.set(number, () => outcomeError('business-rule', 'chưa được phép'));
  const refused = await send(aVisit({ patient, visit: 'N-1' }));
  await until(refused, 'refused');
  const found = async (by = officer(FACILITY), said: Record<string, string> = {}) =>
    (await log(by, { number, ...said })).messages.length;
  assert.equal(await found(), 1);
  assert.equal(await found(operator, { facility: FACILITY }), 1);
  assert.equal(await found(operator, { facility: '79013' }), 0);
  await assert.rejects(
    () => found(operator),
    (error) => error instanceof OutcomeError && error.issues[0]!.expression![0] === 'facility',
  );
  broken.clear();
  const filed = await send(aVisit({ patient, visit: 'N-2' }));
  await until(filed, 'filed');
  assert.equal(await found(), 2);
  const { owner } = store.pools;
  const [row] = await owner<
    { text: string }[]
  >`select m::text as text from message m where id = ${await keyOf(refused)}`;
  assert.equal(row!.text.includes(number), false);
});
