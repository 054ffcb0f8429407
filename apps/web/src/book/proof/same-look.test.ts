import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEntry, Told } from '@yba/audit/proof';
import type { AuditEvent } from '../record/fhir.ts';
import { isSameLook } from './same-look.ts';

const told: Told = ['account/1', 'yba-clinic', 'doctor', 'Lê Minh Khôi', '01013', 'Bạch Mai', null, null];
const entry = (more: Partial<LogEntry>): LogEntry =>
  ({
    id: 7,
    at: '2026-11-23T02:41:00.000000Z',
    action: 'search',
    outcome: 'success',
    target: 'Observation',
    purpose: null,
    reason: null,
    basis: null,
    detail: null,
    ...more,
  }) as LogEntry;
const event = (entity: AuditEvent['entity'], code: string): AuditEvent => ({
  resourceType: 'AuditEvent',
  id: 'mx1ydmdz-7',
  recorded: '2026-11-23T02:41:00.000Z',
  outcome: '0',
  subtype: [{ code }],
  agent: [
    {
      requestor: true,
      name: 'Lê Minh Khôi',
      role: [{ coding: [{ code: 'doctor' }] }],
      location: { identifier: { value: '01013' } },
    },
  ],
  ...(entity ? { entity } : {}),
});

test('a search is the one of the entry when it says the same type, and another when it does not', () => {
  const searched = (type: string) => event([{ role: { code: '24' }, description: type }], 'search');
  assert.equal(isSameLook(searched('Observation'), entry({}), told, undefined), true);
  assert.equal(isSameLook(searched('Condition'), entry({}), told, undefined), false);
});

test('an operation is told by its name, a resource by its reference', () => {
  const shown = (what: object, code: string) => event([{ role: { code: '4' }, what }], code);
  const why = entry({ action: 'operation', target: 'Patient/p/$why' });
  assert.equal(
    isSameLook(shown({ type: 'Patient', display: 'Patient/p/$why' }, 'operation'), why, told, undefined),
    true,
  );
  const read = entry({ action: 'read', target: 'Patient/p' });
  assert.equal(isSameLook(shown({ reference: 'Patient/p' }, 'read'), read, told, undefined), true);
  assert.equal(isSameLook(shown({ reference: 'Patient/q' }, 'read'), read, told, undefined), false);
});
