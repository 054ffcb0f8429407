import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compileFhirPath } from './fhirpath/index.ts';
import { matcherOf } from './fhirpath/regex/matcher.ts';
import { ownText } from './own-text.ts';
import { parseJson } from './json/parse-json.ts';
import { dateInterval } from './search/date-interval.ts';
import { unitScale } from './search/unit-scale.ts';
import { canonicalQuantity } from './ucum/index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const BODY_BYTES = 4_000_000;
const BODIES = 30;

/** Bytes of all texts and objects; long texts lie outside of the heap. */
function bytesInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

type Body = { date: string; unit: string; other: string; pattern: string; path: string };

/** A body of 4 MB, and what is read out of it. */
function bodyOf(n: number): Body {
  const unit = `{invented unit ${n}}`;
  const body = {
    date: new Date(1_700_000_000_000 + n).toISOString(),
    unit: `mg/${unit}`,
    other: `no unit at all ${n}`,
    pattern: `^letters and number ${n}$`,
    path: `Patient.name.where(use = 'number ${n}')`,
    rest: 'x'.repeat(BODY_BYTES),
  };
  return parseJson(Buffer.from(JSON.stringify(body))) as unknown as Body;
}

test('what is remembered of a body does not keep the whole of it', () => {
  const reads = (n: number) => {
    const { date, unit, other, pattern, path } = bodyOf(n);
    assert.ok(dateInterval(date));
    canonicalQuantity(1, unit);
    unitScale(other);
    matcherOf(pattern, '');
    compileFhirPath(path);
  };
  reads(0);
  collect();
  collect();
  const before = bytesInUse();
  for (let n = 1; n <= BODIES; n++) reads(n);
  collect();
  collect();
  const kept = bytesInUse() - before;
  assert.ok(kept < 3 * BODY_BYTES, `${Math.round(kept / 1e6)} MB of ${(BODIES * BODY_BYTES) / 1e6} are kept`);
});

test('a text kept by itself is the same text', () => {
  for (const text of [
    '',
    'short',
    'a text of some length',
    'một câu tiếng Việt dài hơn',
    'a lone \ud800 surrogate in it',
  ])
    assert.equal(ownText(text), text);
});
