import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forbidden, invalid, operationOutcome } from './outcome.ts';

test('an error is English for software, and Vietnamese beside it where people meet it', () => {
  const told = invalid('Consent.patient', { en: 'This is your own number', vi: 'Đây là số của chính bạn' });
  assert.deepEqual(operationOutcome(told.issues).issue, [
    {
      severity: 'error',
      code: 'value',
      details: { text: 'Đây là số của chính bạn' },
      diagnostics: 'This is your own number',
      expression: ['Consent.patient'],
    },
  ]);
  assert.equal(told.message, 'This is your own number', 'logs and software go on reading one language');
  assert.deepEqual(forbidden('Only systems').issues, [
    { severity: 'error', code: 'forbidden', diagnostics: 'Only systems' },
  ]);
});
