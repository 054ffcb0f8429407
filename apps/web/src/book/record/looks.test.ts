import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvOf, lookDays, looksOf, sessionsOf, summaryOf } from './looks.ts';
import type { AuditEvent } from './fhir.ts';

const event = (id: string, recorded: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  resourceType: 'AuditEvent',
  id,
  recorded,
  action: 'R',
  agent: [
    {
      requestor: true,
      name: 'Lê Minh Khôi',
      role: [{ coding: [{ code: 'doctor' }], text: 'Bác sĩ' }],
      location: { display: 'Bệnh viện Bạch Mai' },
      purposeOfUse: [{ coding: [{ code: 'TREAT' }] }],
    },
  ],
  ...more,
});

const own: Partial<AuditEvent> = {
  agent: [{ requestor: true, name: 'Nguyễn Thị Hạnh', role: [{ coding: [{ code: 'citizen' }] }] }],
};

test('tells who looked, in which role, where, why and when', () => {
  const [look] = looksOf([
    event('1', '2026-11-23T02:41:00Z', {
      entity: [
        { what: { reference: 'Observation/o' }, detail: [{ type: 'reason', valueString: 'Khám lại' }] },
      ],
    }),
  ]);
  assert.deepEqual(
    [look?.name, look?.role, look?.place, look?.purpose, look?.reason, look?.kinds],
    ['Lê Minh Khôi', 'Bác sĩ', 'Bệnh viện Bạch Mai', 'care', 'Khám lại', ['Observation']],
  );
});

test('tells what a search asked for', () => {
  const searched = (description: string) =>
    event('1', '2026-11-23T02:41:00Z', { action: 'E', entity: [{ role: { code: '24' }, description }] });
  assert.deepEqual(
    ['Observation', 'Patient', 'search'].map((type) => looksOf([searched(type)])[0]?.kinds),
    [['Observation'], [], []],
  );
});

test('counts the rows of one sitting as one look, and a later sitting as another', () => {
  const sessions = sessionsOf(
    looksOf([
      event('1', '2026-11-23T02:41:00Z'),
      event('2', '2026-11-23T02:41:01Z', { entity: [{ what: { reference: 'Condition/c' } }] }),
      event('3', '2026-11-23T02:47:00Z', { entity: [{ what: { reference: 'Observation/o' } }] }),
      event('4', '2026-11-23T08:00:00Z'),
    ]),
  );
  assert.deepEqual(
    sessions.map(({ count, kinds }) => [count, kinds]),
    [
      [1, []],
      [3, ['Condition', 'Observation']],
    ],
  );
});

test('tells the own reads apart and leaves them out of the count of people', () => {
  const sessions = sessionsOf(
    looksOf([event('1', '2026-11-23T02:41:00Z'), event('2', '2026-11-23T02:42:00Z', own)]),
  );
  assert.deepEqual(
    sessions.map(({ purpose }) => purpose),
    ['own', 'care'],
  );
  assert.deepEqual(summaryOf(sessions), { people: 1, looks: 1, withoutReason: 0 });
});

test('groups looks by the day in Viet Nam', () => {
  const days = lookDays(
    sessionsOf(looksOf([event('1', '2026-11-22T18:00:00Z'), event('2', '2026-11-22T10:00:00Z')])),
  );
  assert.deepEqual(
    days.map(({ day }) => day),
    ['2026-11-23', '2026-11-22'],
  );
});

test('writes a table file that an office program opens without running anything in it', () => {
  const [look] = looksOf([event('1', '2026-11-23T02:41:00Z')]);
  const csv = csvOf([{ ...look!, reason: '=cmd("x")' }], ['Lúc', 'Ai']);
  assert.ok(csv.startsWith('\uFEFF"Lúc";"Ai"\r\n'));
  assert.match(csv, /"'=cmd\(""x""\)"/);
});

test('says on what right a place looked when nobody had to write a reason', () => {
  const withText = (text: string) => ({
    agent: [
      { requestor: true, name: 'Vũ Hải Yến', role: [{ text: 'Điều dưỡng' }], purposeOfUse: [{ text }] },
    ],
  });
  const looks = looksOf([
    event('1', '2026-11-23T02:41:00Z', withText('Hồ sơ của chính cơ sở này')),
    event('2', '2026-11-23T01:41:00Z', withText('Có lịch hẹn tại cơ sở này')),
  ]);
  assert.deepEqual(
    looks.map(({ purpose, basis, reason }) => [purpose, basis, reason]),
    [
      ['place', 'own', undefined],
      ['care', 'appointment', undefined],
    ],
  );
  assert.equal(summaryOf(sessionsOf(looks)).withoutReason, 0);
});

test('tells a search at a desk from opening the record', () => {
  const desk = { agent: [{ requestor: true, name: 'Trần Thu' }], subtype: [{ code: 'match' }], action: 'E' };
  const [search] = sessionsOf(looksOf([event('1', '2026-11-23T02:41:00Z', desk)]));
  assert.deepEqual([search?.purpose, search?.opened], ['find', false]);
  assert.equal(summaryOf([search!]).withoutReason, 0);
  const opened = { ...desk, subtype: [{ code: 'open' }] };
  const sessions = sessionsOf(
    looksOf([event('1', '2026-11-23T02:41:00Z', desk), event('2', '2026-11-23T02:42:00Z', opened)]),
  );
  assert.deepEqual(
    sessions.map(({ opened, count }) => [opened, count]),
    [[true, 2]],
  );
});

test('a look that came into the log late stands at the time it was made, and says when it came', () => {
  const looks = looksOf([
    event('1', '2026-11-24T06:00:00Z', {
      period: { start: '2026-11-23T02:41:00Z', end: '2026-11-23T02:41:00Z' },
    }),
    event('2', '2026-11-23T03:00:00Z'),
  ]);
  assert.deepEqual(
    looks.map(({ id, at, cameLate }) => [id, at, cameLate]),
    [
      ['2', '2026-11-23T03:00:00Z', undefined],
      ['1', '2026-11-23T02:41:00Z', '2026-11-24T06:00:00Z'],
    ],
  );
  assert.equal(sessionsOf(looks).length, 2);
});
