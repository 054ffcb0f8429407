import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenScopes, kindsOf } from './choices.ts';

const ASKED = [
  'openid',
  'launch/patient',
  'offline_access',
  'patient/Immunization.r',
  'patient/Immunization.s',
];
const ticking = (asked: readonly string[], ...names: string[]) =>
  chosenScopes(asked, (name) => names.includes(name));

test('scopes that mean the same to a person are one choice; sign-in and whom it is about are none', () => {
  assert.deepEqual(kindsOf(ASKED), [
    { name: 'kind-0', scopes: ['patient/Immunization.r', 'patient/Immunization.s'], within: false },
  ]);
});

test('reading later is a choice of its own, and alone it is none', () => {
  assert.deepEqual(ticking(ASKED, 'kind-0', 'later'), ASKED);
  assert.deepEqual(
    ticking(ASKED, 'kind-0'),
    ASKED.filter((scope) => scope !== 'offline_access'),
  );
  assert.equal(ticking(ASKED, 'later'), undefined);
  assert.deepEqual(ticking(['openid', 'offline_access'], 'later'), ['openid', 'offline_access']);
});

test('the whole record holds each kind: ticked it gives them, left out they are chosen one by one', () => {
  const asked = ['patient/Observation.rs', 'patient/Condition.rs', 'patient/*.rs'];
  assert.deepEqual(
    kindsOf(asked).map(({ scopes, within }) => [scopes.join(), within]),
    [
      ['patient/*.rs', false],
      ['patient/Observation.rs', true],
      ['patient/Condition.rs', true],
    ],
  );
  assert.deepEqual(ticking(asked, 'kind-2'), asked);
  assert.deepEqual(ticking(asked, 'kind-1'), ['patient/Condition.rs']);
});

test('a filter makes a choice narrower than the kind it filters', () => {
  const laboratory = 'patient/Observation.rs?category=laboratory';
  const asked = [laboratory, 'patient/Observation.rs'];
  assert.deepEqual(ticking(asked, 'kind-0'), [laboratory]);
  assert.deepEqual(ticking(asked, 'kind-1'), asked);
});
