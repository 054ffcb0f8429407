import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTROLS } from './catalogue.ts';
import { LEGAL_FACTS } from './legal-facts.ts';
import type { Measured } from './measured.ts';

const AT = '2026-11-28T08:00:00.000Z';

/** A platform in good order. */
const good: Measured = {
  at: AT,
  version: '1.0.0',
  node: '24.0.0',
  postgres: '18.0',
  demo: false,
  tls: 'server',
  password: { alone: 14, withFactor: 8 },
  idleLockMinutes: 10,
  staff: { accounts: 10, withFactor: 10, privileged: 2, privilegedWithFactor: 2, idle: 0 },
  log: {
    excess: [],
    oldest: '2026-01-01T00:00:00.000Z',
    head: { at: AT, size: 100 },
    unsigned: 0,
    verified: { at: AT, passed: true, entries: 100 },
  },
  roles: { excess: [], unwalled: [] },
  secrets: { total: 3, unsealed: 0 },
  backup: { where: 'folder', at: AT, until: AT, encrypted: true, restored: { at: AT, passed: true } },
  alerts: { open: 0 },
  emergencies: { open: 0, overdue: 0 },
};

const judged = (measured: Measured, level: 2 | 3 | 4 = 4) =>
  Object.fromEntries(CONTROLS.map(({ id, judge }) => [id, judge(measured, level).state]));
const notMet = (measured: Measured) =>
  Object.entries(judged(measured))
    .filter(([, state]) => state === 'not-met')
    .map(([id]) => id);

test('a platform in good order meets what it can measure, and what people show is theirs to show', () => {
  assert.deepEqual(notMet(good), []);
  const documents = Object.entries(judged(good)).flatMap(([id, state]) => (state === 'document' ? [id] : []));
  assert.deepEqual(documents, ['A4', 'D5', 'O3', 'G1', 'G2', 'G3', 'G4']);
});

test('each fault is found by the control that speaks of it, and by no other', () => {
  const faults: [string, Partial<Measured>][] = [
    ['A1', { staff: { ...good.staff, privilegedWithFactor: 1 } }],
    ['A2', { password: { alone: 13, withFactor: 8 } }],
    ['A2', { demo: true }],
    ['A3', { staff: { ...good.staff, idle: 1 } }],
    ['A5', { idleLockMinutes: 60 }],
    ['L1', { log: { ...good.log, excess: ['yba_writer DELETE'] } }],
    ['L2', { log: { ...good.log, verified: { at: AT, passed: false, entries: 100 } } }],
    ['L2', { log: { ...good.log, verified: { at: '2026-11-01T00:00:00.000Z', passed: true, entries: 1 } } }],
    ['D1', { secrets: { total: 3, unsealed: 1 } }],
    ['D2', { roles: { excess: ['yba_reader'], unwalled: [] } }],
    ['D2', { roles: { excess: [], unwalled: ['history'] } }],
    ['D3', { backup: { ...good.backup, at: '2026-11-20T00:00:00.000Z', until: '2026-11-20T00:00:00.000Z' } }],
    ['D4', { backup: { ...good.backup, encrypted: false } }],
    ['D6', { backup: { ...good.backup, restored: { at: '2026-01-01T00:00:00.000Z', passed: true } } }],
    ['D6', { backup: { ...good.backup, restored: { at: AT, passed: false } } }],
    ['N1', { tls: 'none' }],
    ['O1', { alerts: { open: 1, oldest: '2026-11-01T00:00:00.000Z' } }],
    ['O2', { emergencies: { open: 1, overdue: 1 } }],
  ];
  for (const [id, fault] of faults)
    assert.deepEqual(notMet({ ...good, ...fault }), [id], JSON.stringify(fault));
});

test('nothing is claimed of what is out of sight', () => {
  const unseen = judged({ ...good, backup: { where: 'own' } });
  assert.deepEqual([unseen['D3'], unseen['D4'], unseen['D6']], ['document', 'document', 'document']);
  assert.deepEqual(notMet({ ...good, backup: { where: 'none' } }), ['D3', 'D4', 'D6']);
  const { oldest: _, head: __, verified: ___, ...log } = good.log;
  assert.deepEqual(notMet({ ...good, log }), ['L2']);
});

test('controls have ids of their own, and what is known at second hand says so', () => {
  assert.equal(new Set(CONTROLS.map(({ id }) => id)).size, CONTROLS.length);
  for (const fact of Object.values(LEGAL_FACTS)) assert.equal(fact.certain, false);
});
