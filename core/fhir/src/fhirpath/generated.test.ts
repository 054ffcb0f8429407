import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutcomeError } from '../outcome.ts';
import { officialExamples } from '../testing.ts';
import { functions } from './functions/index.ts';
import { compileFhirPath } from './index.ts';

/** Random numbers that are the same at every run (xorshift). */
function generator(seed: number) {
  let state = seed;
  return (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const terms = (
  "1|0|-1|2147483647|1.50|12345678901234567890.12|'a'|''|'2020'|true|{}|@2020|@2020-01-01T10:00:00Z|@T10:30|" +
  "1 'mg'|2 days|1 year|37 'Cel'|5 'foo'|$this|$index|$total|%resource|%ucum|name|value|code|identifier|extension|" +
  'contained|birthDate|`div`|text|active|id|subject|period|Patient|children()|descendants()|now()'
).split('|');
const types = 'Patient|string|Quantity|System.String|Integer|boolean|FHIR.Period|Any|Resource|code'.split(
  '|',
);
const operators = '+ - * / div mod & | = != ~ !~ < <= > >= and or xor implies in contains'.split(' ');
/** Those that go on until they are stopped would take the time of all others together. */
const called = Object.entries(functions).filter(([name]) => !name.startsWith('repeat'));

/** Resources as no validation would let them pass. */
const odd: unknown[] = [
  null,
  undefined,
  1.5,
  'x',
  [],
  {},
  { resourceType: 5 },
  { resourceType: 'Nope', a: [1, null] },
  {
    resourceType: 'Patient',
    name: [null, 1, [[]], { given: [null, {}], family: {}, extension: 5 }],
    text: 't',
  },
  { resourceType: 'Patient', _birthDate: [1], _name: {}, extension: { url: 1 }, contained: [null, 5] },
  {
    resourceType: 'Observation',
    valueQuantity: { value: 'x', code: 5 },
    code: [],
    subject: [{ reference: 1 }],
  },
  { resourceType: 'Observation', valuePeriod: { start: 'x', end: 5 }, period: {} },
  { resourceType: 'Bundle', entry: [null, { fullUrl: 5 }, { resource: null }] },
];

test('answers or faults in words, whatever is asked of whatever resource', (t) => {
  const next = generator(20_261_122);
  const pick = <T>(list: readonly T[]): T => list[next(list.length)]!;
  const expression = (depth: number): string => {
    const kind = next(10);
    if (depth <= 0 || kind < 2) return pick(terms);
    if (kind < 7) {
      const of = expression(depth - 1);
      const [name, { args }] = pick(called);
      const count = args[0] + next(Math.min(args[1], 3) - Math.min(args[0], 3) + 1);
      return `(${of}).${name}(${Array.from({ length: count }, () => expression(depth - 2)).join(', ')})`;
    }
    if (kind === 7) return `(${expression(depth - 1)})[${expression(depth - 3)}]`;
    if (kind === 8) return `(${expression(depth - 1)} ${pick(['is', 'as'])} ${pick(types)})`;
    return `(${expression(depth - 1)} ${pick(operators)} ${expression(depth - 1)})`;
  };
  const examples = officialExamples();
  let answered = 0;
  for (let times = 0; times < 6000; times++) {
    const text = expression(4);
    const focus = times % 2 === 0 ? pick(odd) : pick(examples);
    try {
      JSON.stringify(compileFhirPath(text).evaluate(focus, { strict: times % 3 === 0 }));
      answered++;
    } catch (error) {
      assert.ok(
        error instanceof OutcomeError,
        `${text} on ${JSON.stringify(focus)?.slice(0, 200)}: ${String(error)}`,
      );
    }
  }
  t.diagnostic(`${answered} of 6000 expressions gave an answer, the others a fault`);
  assert.ok(answered > 2000);
});
