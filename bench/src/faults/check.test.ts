// The checker is only worth something when it finds what is planted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, tally } from './check.ts';
import type { Event, Planned } from './history.ts';

const KEY = 'Observation|A|v1/1';

function planned(id: string, version: number, more: Partial<Planned> = {}): Event {
  return {
    at: 0,
    kind: 'planned',
    id,
    hospital: 'A',
    person: 1,
    document: 'v1',
    version,
    effects: [{ key: KEY, marker: id }],
    record: 'P1',
    links: false,
    ...more,
  };
}
const sent = (at: number, id: string): Event => ({ at, kind: 'sent', id, attempt: 1 });
const acknowledged = (at: number, id: string, duplicate = false): Event => ({
  at,
  kind: 'acknowledged',
  id,
  duplicate,
});

type Read = Extract<Event, { kind: 'read' }>;
function read(began: number, shown: [marker: string, version: number][], more: Partial<Read> = {}): Event {
  return {
    at: began + 1,
    kind: 'read',
    person: 1,
    reader: 'C',
    began,
    shown: shown.map(([marker, version]) => ({ key: KEY, marker, version })),
    declared: false,
    last: false,
    ...more,
  };
}

const visit = [planned('m1', 1), sent(1, 'm1'), acknowledged(2, 'm1')];
const corrected = [...visit, planned('m2', 2), sent(3, 'm2'), acknowledged(4, 'm2')];
/** What is found, but for charts that these short histories do not read at their end. */
const rules = (events: Event[]) =>
  check(events)
    .map(({ rule }) => rule)
    .filter((rule) => rule !== 'unread');

test('a history in which all went well has no findings', () => {
  assert.deepEqual(check([...corrected, read(5, [['m2', 2]]), read(9, [['m2', 2]], { last: true })]), []);
});

test('a message that was acknowledged and is gone is found', () => {
  assert.deepEqual(rules([...visit, read(9, [], { last: true })]), ['lost']);
  assert.deepEqual(
    rules([...corrected, read(9, [['m1', 1]], { last: true })]),
    ['lost', 'lost'],
    'the correction',
  );
  assert.deepEqual(
    rules([...corrected, read(9, [['m2', 1]], { last: true })]),
    ['lost'],
    'the version before it',
  );
});

test('an older version that came late and stands over the newer one is found', () => {
  assert.deepEqual(rules([...corrected, read(9, [['m1', 3]], { last: true })]), ['lost', 'doubled']);
});

test('what was filed twice is found: shown twice, or with a version too many', () => {
  const twice: [string, number][] = [
    ['m1', 1],
    ['m1', 1],
  ];
  assert.deepEqual(rules([...visit, read(9, twice, { last: true })]), ['doubled']);
  assert.deepEqual(rules([...visit, read(9, [['m1', 2]], { last: true })]), ['doubled']);
});

test('charts that differ from reader to reader are found', () => {
  const other = planned('n1', 1, { effects: [{ key: 'Observation|A|v2/1', marker: 'n1' }], document: 'v2' });
  const events = [...visit, other, sent(3, 'n1'), read(9, [['m1', 1]], { last: true })];
  const more = { key: 'Observation|A|v2/1', marker: 'n1', version: 1 };
  const richer = read(9, [['m1', 1]], { last: true, reader: 'A' }) as Read;
  assert.ok(rules([...events, { ...richer, shown: [...richer.shown, more] }]).includes('diverged'));
});

test('an answer that lacks what was acknowledged and does not say so is found; one that says so is not', () => {
  assert.deepEqual(rules([...visit, read(3, [])]), ['undeclared']);
  assert.deepEqual(rules([...corrected, read(5, [['m1', 1]])]), ['undeclared'], 'a stale version');
  assert.deepEqual(rules([...visit, read(3, [], { declared: true })]), []);
  assert.deepEqual(rules([...visit, read(1.5, [])]), [], 'asked before it was acknowledged');
  const meanwhile = [planned('m2', 2), sent(3, 'm2'), acknowledged(9, 'm2')];
  assert.deepEqual(rules([...visit, ...meanwhile, read(4, [['m2', 2]])]), [], 'it may be there already');
});

test('a live source that is missing has to be named, and its name alone is not enough when it is said to have answered', () => {
  const with_ = (state: string | undefined, last = false) => [
    ...visit,
    read(5, [['m1', 1]], { source: { shown: false, state }, last }),
  ];
  assert.deepEqual(rules(with_('silent')), []);
  assert.deepEqual(rules(with_('answered')), ['undeclared']);
  assert.deepEqual(rules(with_(undefined)), ['undeclared']);
  assert.deepEqual(rules(with_('silent', true)), ['lost'], 'it is well at the end');
});

test('records of a hospital that are not linked to the person yet are not missed', () => {
  const apart = planned('b1', 1, { hospital: 'B' });
  const link: Event = {
    ...planned('b2', 1, { hospital: 'B', links: true }),
    effects: [],
    document: 'who',
  } as Event;
  const events = [apart, link, sent(1, 'b1'), acknowledged(2, 'b1')];
  assert.deepEqual(rules([...events, read(3, [])]), []);
  const linked = [...events, sent(4, 'b2'), acknowledged(5, 'b2')];
  assert.deepEqual(rules([...linked, read(6, [])]), ['undeclared']);
});

test('a message that was sent and never acknowledged, and one that was refused, are told', () => {
  assert.deepEqual(rules([planned('m1', 1), sent(1, 'm1')]), ['unfinished']);
  assert.deepEqual(rules([...visit, { at: 3, kind: 'refused', id: 'm1', status: 422, why: 'no' }]), [
    'refused',
  ]);
});

test('a chart that was not read at the end, by one or by anybody, is told', () => {
  const found = (events: Event[]) =>
    check(events).map(({ rule, what }) => `${rule} ${/by (\w+)/.exec(what)?.[1]}`);
  assert.deepEqual(found(visit), ['unread anybody']);
  const other = planned('n1', 1, { person: 2, effects: [{ key: 'Observation|A|v2/1', marker: 'n1' }] });
  const both = [...visit, other, sent(1, 'n1'), acknowledged(2, 'n1')];
  const last = [read(9, [['m1', 1]], { last: true }), read(9, [['m1', 1]], { last: true, reader: 'E' })];
  assert.deepEqual(found([...both, ...last]), ['unread C', 'unread E']);
});

test('faults and messages are counted by kind', () => {
  const fault = (kind: string): Event => ({ at: 1, kind: 'fault', fault: kind, on: 'hub' });
  const counted = tally([
    ...visit,
    fault('kill hub'),
    fault('kill hub'),
    fault('partition'),
    acknowledged(5, 'm1', true),
  ]);
  assert.deepEqual(counted.faults, { 'kill hub': 2, partition: 1 });
  assert.deepEqual([counted.messages, counted.acknowledged, counted.duplicates], [1, 1, 1]);
});

type Kept = Extract<Event, { kind: 'kept' }>;
type Book = Extract<Event, { kind: 'book' }>;
const kept = (at: number, id: string): Kept & { at: number } => ({ at, kind: 'kept', id, edgeId: `e-${id}` });
const book = (id: string, seq: number, settled: number, state: Book['state'] = 'filed'): Event => ({
  at: 100,
  kind: 'book',
  edgeId: `e-${id}`,
  state,
  seq,
  ...(state === 'filed' ? { settled } : {}),
});
const byAgent = [
  planned('m1', 1),
  sent(1, 'm1'),
  kept(2, 'm1'),
  book('m1', 1, 1_000),
  acknowledged(1_001, 'm1'),
];
const onTheChart = read(2_000, [['m1', 1]], { last: true });

test('what an agent answered for and the hub filed has no findings, and is not missed on the chart before', () => {
  assert.deepEqual(rules([...byAgent, read(500, []), onTheChart]), []);
});

test('what an agent answered for and is not on the chart, or not at the hub, is lost', () => {
  assert.deepEqual(rules([...byAgent, read(2_000, [], { last: true })]), ['lost']);
  const apart = [planned('m1', 1), sent(1, 'm1'), kept(2, 'm1'), acknowledged(1_001, 'm1'), onTheChart];
  assert.deepEqual(rules(apart), ['lost'], 'not at the hub');
  for (const state of ['received', 'retrying', 'refused'] as const)
    assert.deepEqual(rules([...apart, book('m1', 1, 0, state)]), ['lost'], state);
});

test('what an agent answered for and the hub holds as two messages is doubled', () => {
  assert.deepEqual(rules([...byAgent, book('m1', 2, 1_000), onTheChart]), ['doubled']);
});

test('what was received or filed in another order than the agent answered for is found, within one record number', () => {
  const next = [planned('n1', 1, { document: 'v2', effects: [] }), sent(3, 'n1'), kept(4, 'n1')];
  const story = [...byAgent, ...next, acknowledged(1_001, 'n1'), onTheChart];
  assert.deepEqual(rules([...story, book('n1', 2, 1_500)]), []);
  assert.deepEqual(rules([...story, book('n1', 0, 1_500)]), ['disordered'], 'received before');
  assert.deepEqual(rules([...story, book('n1', 2, 500)]), ['disordered'], 'filed before');
  const other = [
    planned('n1', 1, { document: 'v2', effects: [], record: 'P2' }),
    sent(3, 'n1'),
    kept(4, 'n1'),
  ];
  assert.deepEqual(
    rules([...byAgent, ...other, acknowledged(1_001, 'n1'), onTheChart, book('n1', 0, 500)]),
    [],
    'about somebody else',
  );
  const together = [
    ...byAgent,
    planned('n1', 1, { document: 'v2', effects: [] }),
    sent(1.5, 'n1'),
    kept(4, 'n1'),
  ];
  assert.deepEqual(
    rules([...together, acknowledged(1_001, 'n1'), onTheChart, book('n1', 0, 500)]),
    [],
    'sent before the one before was answered for',
  );
});

test('a page that is green before the hub has filed what was answered for is found', () => {
  const page = (began: number, at: number, hospital = 'A'): Event => ({ at, kind: 'green', hospital, began });
  assert.deepEqual(rules([...byAgent, onTheChart, page(500, 510)]), ['green']);
  assert.deepEqual(rules([...byAgent, onTheChart, page(500, 510, 'B')]), [], 'of the other hospital');
  assert.deepEqual(rules([...byAgent, onTheChart, page(1.5, 3)]), [], 'asked before it was answered for');
  assert.deepEqual(rules([...byAgent, onTheChart, page(1_200, 1_201)]), [], 'after it was filed');
});

test('how long it took from everything mended to filed is counted', () => {
  const healed: Event = { at: 400, kind: 'healed' };
  assert.deepEqual(tally([...byAgent, healed]).afterHealing, { count: 1, p50: 601, p95: 601, longest: 601 });
  assert.deepEqual(tally([...byAgent, { ...healed, at: 1_500 }]).afterHealing.count, 0);
});
