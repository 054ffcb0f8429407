import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkStep, stepToUndo } from './check-step.ts';
import {
  REQUEST_STATUS,
  standing,
  STEPS,
  stepsFrom,
  TASK_STATUS,
  type State,
  type Step,
  type TableStep,
} from './steps.ts';

const step = (code: Step['code'], facility: string, from?: State, at = '2026-11-28T08:00:00Z'): Step => ({
  code,
  at,
  facility,
  by: 'x',
  ...(from ? { from } : {}),
});

test('every state is reached by a step, and has a status of R4 for Task and ServiceRequest', () => {
  const reached = new Set<string>(['draft', ...Object.values(STEPS).map(({ to }) => to)]);
  assert.deepEqual(Object.keys(TASK_STATUS).sort(), [...reached].sort());
  assert.deepEqual(Object.keys(REQUEST_STATUS).sort(), [...reached].sort());
});

test('a step from any state that it does not lead on from is refused', () => {
  for (const [code, { from }] of Object.entries(STEPS)) {
    for (const state of Object.keys(TASK_STATUS) as State[]) {
      const go = () => checkStep(code as TableStep, state, 'referral');
      if (from.includes(state)) assert.doesNotThrow(go);
      else assert.throws(go, /cannot be changed/);
    }
  }
});

test('undo takes back the last step, then the one before it', () => {
  const steps = [
    step('send', '27105'),
    step('receive', '27001'),
    step('accept', '27001'),
    step('undo', '27001'),
  ];
  assert.deepEqual(
    standing(steps).map(({ code }) => code),
    ['send', 'receive'],
  );
});

test('only who did the last step takes it back, within a day, and never an answer', () => {
  const now = new Date('2026-11-28T09:00:00Z');
  const accepted = [step('send', '27105'), step('accept', '27001', 'requested')];
  assert.equal(stepToUndo(accepted, '27001', now).code, 'accept');
  assert.throws(() => stepToUndo(accepted, '27105', now), /other facility/);
  assert.throws(() => stepToUndo(accepted, '27001', new Date('2026-11-30T09:00:00Z')), /within 24 hours/);
  assert.throws(() => stepToUndo([step('answer', '27001', 'arrived')], '27001', now), /cannot be taken back/);
});

test('each side is offered its own steps, and a consultation none for somebody who travels', () => {
  assert.deepEqual(stepsFrom('accepted', 'receiver', 'referral'), ['redirect', 'book', 'arrive', 'answer']);
  assert.deepEqual(stepsFrom('accepted', 'receiver', 'consultation'), ['redirect', 'answer']);
  assert.deepEqual(stepsFrom('accepted', 'sender', 'referral'), ['cancel']);
  assert.deepEqual(stepsFrom('completed', 'sender', 'referral'), []);
  assert.throws(() => checkStep('arrive', 'accepted', 'consultation'), /nobody travels/);
});
