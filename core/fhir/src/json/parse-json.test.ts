import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal, OutcomeError, parseJson, parseJsonArray, parseJsonSent } from '../index.ts';
import { officialExamples } from '../testing.ts';

const observation = (value: string) => `{"resourceType":"Observation","valueQuantity":{"value":${value}}}`;
const valueOf = (text: string) => (parseJson(text)['valueQuantity'] as { value: unknown }).value;

test('keeps the digits of every number through parse and stringify', () => {
  for (const digits of [
    '1.0',
    '1e2',
    '1E-3',
    '-0',
    '-0.0',
    '0',
    '5.40',
    '1234567890123456789',
    '0.1',
    '-7',
    '100',
    '0.00',
    '3.141592653589793238',
  ]) {
    assert.equal(JSON.stringify(parseJson(observation(digits))), observation(digits), digits);
  }
});

test('keeps digits beside strings that look like numbers', () => {
  for (const text of [
    '{"a":": 1.0, x","b":2.50}',
    '{"a":"\\"b\\": 1.0,","b":2.50}',
    '{"odd key":1.0,"b":[1.0,2,-0],"c":"\\u00001.0"}',
    '{"a\\"b":1.0,"__proto__x":1.00}',
    '{"a":{"b":{"c":-0.50},"d":[{"e":1e2}]},"f":[1e5]}',
  ])
    assert.equal(JSON.stringify(parseJson(text)), text);
});

test('refuses a malformed number', () => {
  assert.throws(() => parseJson('{"a":1.2.30}'), /line 1, column 9/);
  assert.throws(() => parseJson('{"a":00.10}'), /line 1, column 7/);
});

test('makes a Decimal only where a number would lose digits', () => {
  assert.ok(valueOf(observation('1.0')) instanceof Decimal);
  assert.equal(Number(valueOf(observation('1.0'))), 1);
  assert.equal(valueOf(observation('1.5')), 1.5);
  assert.equal(valueOf(observation('0')), 0);
});

test('leaves digits inside strings alone', () => {
  const text = '{"resourceType":"Basic","a":"x: 1.0, [2.50]","b":"2020-01-01T00:00:00.000Z"}';
  assert.equal(JSON.stringify(parseJson(text)), text);
});

test('names line and column of a syntax error', () => {
  const faults: [string, RegExp][] = [
    ['{"resourceType": "Patient",\n  "active": tru }', /line 2, column 13: expected a JSON value/],
    ['{"a":1,}', /line 1, column 8: expected a property name/],
    ['{"a" 1}', /line 1, column 6: expected ':'/],
    ['{"a":[1 2]}', /line 1, column 9: expected ',' or '\]'/],
    ['{"a":1', /line 1, column 7: expected ',' or '}', but the text ends here/],
    ['{"a":1} x', /line 1, column 9: expected the end of the document/],
    ['', /line 1, column 1: expected a JSON value, but the text ends here/],
    ['{"a":"b\nc"}', /line 1, column 6: expected a JSON value/],
    ['<Patient/>', /line 1, column 1/],
  ];
  for (const [text, expected] of faults) {
    assert.throws(
      () => parseJson(text),
      (error: unknown) => {
        assert.ok(error instanceof OutcomeError);
        assert.equal(error.code, 'invalid');
        assert.match(error.message, expected);
        return true;
      },
    );
  }
});

test('refuses what is not an object, and what is nested too deep', () => {
  assert.throws(() => parseJson('[1]'), /found an array/);
  assert.throws(() => parseJson('"x"'), /found a string/);
  assert.throws(() => parseJson('{"a":'.repeat(101) + '1' + '}'.repeat(101)), /deeper than 100 levels/);
  assert.throws(
    () => parseJson(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    /deeper than 100 levels/,
  );
  assert.doesNotThrow(() => parseJson('{"a":'.repeat(100) + '1' + '}'.repeat(100)));
});

test('reads a text that starts with a byte order mark', () => {
  assert.equal(parseJson('\ufeff{"resourceType":"Patient"}').resourceType, 'Patient');
});

test('reads every text as JSON.parse does, and refuses what it refuses', () => {
  const chance = random(20261122);
  const alphabet = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    ' ',
    '\n',
    '0',
    '1',
    '-',
    '.',
    'e',
    'true',
    'null',
    '"a"',
    '"b":',
    'é',
    '\u0007',
    '\\u00e9',
  ];
  let accepted = 0;
  for (let n = 0; n < 30_000; n++) {
    const text = n % 2 === 0 ? valueText(chance, 4) : mutated(valueText(chance, 3), chance, alphabet);
    const wrapped = `{"value":${text}}`;
    const theirs = outcomeOf(() => JSON.stringify(JSON.parse(wrapped)));
    const ours = outcomeOf(() =>
      JSON.stringify(JSON.parse(JSON.stringify(parseJson(n % 4 < 2 ? wrapped : Buffer.from(wrapped))))),
    );
    if (ours.error?.includes('stands twice')) continue;
    assert.equal(ours.text === undefined, theirs.text === undefined, wrapped);
    if (theirs.text === undefined) continue;
    accepted++;
    assert.equal(ours.text, theirs.text, wrapped);
  }
  assert.ok(accepted > 12_000);
});

function outcomeOf(work: () => string): { text?: string; error?: string } {
  try {
    return { text: work() };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** A small linear congruential generator, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

/** Some are met again and again, two of them much alike; `#` is the number of the property. */
const NAMES = ['k#', 'k#__proto__', 'k#\\"', 'value', 'valve', '__proto__', '', 'đ#', 'va\\u006cue#'];

function valueText(chance: (below: number) => number, depth: number): string {
  const space = ['', ' ', '\n\t'][chance(3)]!;
  switch (chance(depth === 0 ? 4 : 6)) {
    case 0:
      return space + ['0', '-1', '2.50', '1e5', '-0', '12345678901234567890', '0.1'][chance(7)]!;
    case 1:
      return `"${['', 'a', 'ă\\n', '\\"', '\\\\', ': 1.0', '\\u0041', 'đ 𝄞'][chance(8)]!}"`;
    case 2:
      return ['true', 'false', 'null'][chance(3)]! + space;
    case 3:
      return '""';
    case 4:
      return `[${Array.from({ length: chance(4) }, () => valueText(chance, depth - 1)).join(`${space},`)}]`;
    default:
      return `{${Array.from({ length: chance(4) }, (_, n) => `"${NAMES[chance(NAMES.length)]!.replace('#', `${n}`)}"${space}:${valueText(chance, depth - 1)}`).join(',')}${space}}`;
  }
}

function mutated(text: string, chance: (below: number) => number, alphabet: readonly string[]): string {
  const at = chance(text.length + 1);
  return text.slice(0, at) + alphabet[chance(alphabet.length)]! + text.slice(at + chance(2));
}

test('bytes are read as their text is: names, values, escapes and marks of every script', () => {
  const texts = [
    '{"tên":"Nguyễn Thị Hòa","ghi chú":"đau \\"nhiều\\" ở bụng","mã":"A\\u00e1\\\\","số":1.50}',
    '{"emoji":"🩺 ok","han":"越南","mixed":"\\u0111au đầu\\n","ascii":"plain","empty":""}',
    '\ufeff{"a":["ế",{"ộ":"\\ud83e\\ude7a"}]}',
    ...officialExamples().map((example) => JSON.stringify(example)),
  ];
  for (const text of texts) assert.deepEqual(parseJson(Buffer.from(text)), parseJson(text));
  for (const wrong of ['{"đ":"a\nb"}', '{"đ":"\\q"}', '{"đ":1,"đ":2}', '{"đ":"chưa đóng}']) {
    const told = (source: string | Buffer) => {
      try {
        return parseJson(source);
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.equal(told(Buffer.from(wrong)), told(wrong));
    assert.match(String(told(wrong)), /line 1|twice|line 2/);
  }
});

test('refuses more values than a million of what is sent: nothing in the text, they take more memory than there is', () => {
  const holding = (many: string) => `{"a":[${many}0]}`;
  for (const one of ['{},', '[],', '"",', '0,', 'null,', '{"b":[]},']) {
    const all = holding(one.repeat(1_000_000));
    assert.throws(
      () => parseJsonSent(all),
      (error: OutcomeError) => error.code === 'too-long' && /more than 1000000 values/.test(error.message),
    );
    assert.doesNotThrow(() => parseJson(all), 'what is stored is read');
    assert.doesNotThrow(() => parseJsonSent(holding(one.repeat(300_000))));
  }
  assert.throws(() => parseJsonArray(`[${'{},'.repeat(1_000_000)}0]`), /more than 1000000 values/);
});

test('counts the names of an object that has a thousand and more several times, as the memory they take', () => {
  const named = (count: number) => `{${Array.from({ length: count }, (_, at) => `"k${at}":0`).join(',')}}`;
  assert.doesNotThrow(() => parseJsonSent(named(100_000)));
  assert.throws(() => parseJsonSent(named(120_000)), /more than 1000000 values/);
});
