import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Parameter } from '../../fhir/types.ts';
import { runningHour, silenceOf, ticksTo, visitPlaces } from './flow.ts';
import { countsByStep, mapValues } from './measures.ts';
import { readFigures, type Figures } from './read-figures.ts';
import { gaugesOf, ratioOf, rowsOf, stateOf } from './states.ts';

const asOf = '2026-11-23T02:41:00Z';
const hoursAgo = (hours: number) => new Date(Date.parse(asOf) - hours * 3_600_000).toISOString();

const facility = (
  code: string,
  province: string,
  visits: number,
  lastContact?: string,
  connected = true,
): Parameter => ({
  name: 'facility',
  part: [
    { name: 'code', valueCode: code },
    { name: 'name', valueString: `Bệnh viện ${code}` },
    { name: 'province', valueCode: province },
    { name: 'connected', valueBoolean: connected },
    { name: 'visitsToday', valueInteger: visits },
    ...(lastContact ? [{ name: 'lastContact', valueDateTime: lastContact }] : []),
  ],
});

const province = (code: string, facilities: number, connected: number, visitsToday: number): Parameter => ({
  name: 'province',
  part: [
    { name: 'code', valueCode: code },
    { name: 'name', valueString: code },
    { name: 'facilities', valueInteger: facilities },
    { name: 'connected', valueInteger: connected },
    { name: 'visitsToday', valueInteger: visitsToday },
  ],
});

const figures = (): Figures =>
  readFigures({
    resourceType: 'Parameters',
    parameter: [
      { name: 'asOf', valueDateTime: asOf },
      { name: 'feedPosition', valueString: '48213907' },
      { name: 'visitsToday', valueInteger: 62 },
      { name: 'facilities', valueInteger: 4 },
      { name: 'connectedFacilities', valueInteger: 3 },
      { name: 'sendingFacilities', valueInteger: 1 },
      province('01', 2, 2, 50),
      province('24', 2, 1, 12),
      province('96', 0, 0, 0),
      facility('01901', '01', 50, hoursAgo(1)),
      facility('01450', '01', 0),
      facility('27001', '24', 12, hoursAgo(64.25)),
      facility('27105', '24', 0, undefined, false),
      {
        name: 'hour',
        part: [
          { name: 'hour', valueInteger: 8 },
          { name: 'visits', valueInteger: 40 },
        ],
      },
      {
        name: 'hour',
        part: [
          { name: 'hour', valueInteger: 9 },
          { name: 'visits', valueInteger: 22 },
        ],
      },
      {
        name: 'hour',
        part: [
          { name: 'hour', valueInteger: 10 },
          { name: 'visitsWeekBefore', valueInteger: 7 },
        ],
      },
    ],
  });

test('tells facilities that send from silent, never heard of and unconnected ones', () => {
  const all = figures();
  assert.deepEqual(
    all.rows.map((row) => stateOf(row, asOf)),
    ['sending', 'never', 'silent', 'unconnected'],
  );
  assert.deepEqual(
    rowsOf(all, 'silent', undefined).map(({ code }) => code),
    ['01450', '27001'],
  );
  assert.deepEqual(
    rowsOf(all, 'silent', '24').map(({ code }) => code),
    ['27001'],
  );
});

test('every gauge keeps its numerator and denominator, and the rows behind its rest agree', () => {
  const all = figures();
  const gauges = gaugesOf(all);
  assert.deepEqual(
    gauges.map(({ id, share }) => [id, share.part, share.whole]),
    [
      ['connected', 3, 4],
      ['sending', 1, 3],
      ['busy', 2, 3],
      ['provinces', 2, 3],
    ],
  );
  for (const { share, rest } of gauges.slice(0, 2))
    assert.equal(rowsOf(all, rest!, undefined).length, share.whole - share.part);
});

test('leaves out a gauge that would need rows the answer does not hold', () => {
  assert.deepEqual(
    gaugesOf({ ...figures(), rowsOmitted: 3 }).map(({ id }) => id),
    ['connected', 'sending', 'provinces'],
  );
});

test('colours a province by its share, and hatches one without any facility', () => {
  const values = mapValues(figures(), 'connected');
  assert.deepEqual(
    values.map(({ step, share }) => [step, share?.part, share?.whole]),
    [
      [4, 2, 2],
      [0, 1, 2],
      ['none', 0, 0],
    ],
  );
  assert.equal(countsByStep(values).get('none'), 1);
  assert.deepEqual(
    mapValues(figures(), 'visits').map(({ step }) => step),
    [1, 1, 'none'],
  );
  assert.deepEqual(
    mapValues(figures(), 'sending').map(({ count }) => count),
    [1, 0, 0],
  );
  assert.equal(ratioOf({ part: 0, whole: 0 }), undefined);
});

test('the places of today’s visits add up to the whole', () => {
  const all = figures();
  const { top, rest, unplaced } = visitPlaces(all, 1);
  assert.equal(top[0]?.code, '01');
  assert.equal(top.reduce((sum, one) => sum + one.visitsToday, 0) + rest + unplaced, all.visitsToday);
});

test('knows the running hour, round axis values and how long a silence is', () => {
  assert.equal(runningHour(figures().hours)?.hour, 9);
  assert.deepEqual(ticksTo(40), [0, 20, 40]);
  assert.deepEqual(ticksTo(2), [0, 1, 2]);
  assert.deepEqual(ticksTo(517), [0, 200, 400, 600]);
  assert.deepEqual(silenceOf(hoursAgo(64.25), asOf), { days: 2, hours: 16, minutes: 15 });
});
