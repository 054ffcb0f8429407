import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutcomeError, parseJson, type Resource } from '../index.ts';
import { anObservation, aPatient } from '../testing.ts';
import { compileFhirPath, type EvaluateOptions } from './index.ts';

const evaluate = (text: string, focus?: unknown, options?: EvaluateOptions) =>
  compileFhirPath(text).evaluate(focus, options);

const faultOf = (work: () => unknown): OutcomeError => {
  try {
    work();
  } catch (error) {
    if (error instanceof OutcomeError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'no fault' });
};

test('names line and column of what is no FHIRPath', () => {
  const table: [string, RegExp][] = [
    ['', /line 1, column 1: the expression ends too early/],
    ['name.', /column 6: the expression ends too early/],
    ['name.where(use = )', /column 18: expected a value, found '\)'/],
    ['name\n  .foo()', /line 2, column 4: there is no function 'foo'/],
    ['name.first(1)', /column 6: first\(\) takes 0 arguments, not 1/],
    ['a = (1', /expression ends too early/],
    ["'abc", /column 1: this ' is never closed/],
    [String.raw`'\d'`, /'\\d' is no escape\. Write \\\\ for a backslash/],
    ['1 /* x', /this comment has no end/],
    ['@2023-02-29', /'@2023-02-29' is no date or time that exists/],
    ['a is Patientt', /column 3: there is no type 'Patientt' in FHIR R4/],
    ['a.ofType(1)', /expected the name of a type/],
    ['a # b', /column 3: '#' has no meaning here/],
    ['a b', /column 3: 'b' is not expected here/],
    ["matches('(')", /is no regular expression/],
    ["matches('(?=a)')", /looks around or back/],
    [`${'('.repeat(300)}1${')'.repeat(300)}`, /nested deeper than 200 levels/],
    [`a${'.a'.repeat(5000)}`, /too many steps in a row/],
    [`1${'+1'.repeat(5000)}`, /too many operators in a row/],
    ['1'.repeat(500), /at most 400 digits/],
    [' '.repeat(70_000), /at most 64000 characters/],
  ];
  for (const [text, why] of table) {
    const fault = faultOf(() => compileFhirPath(text));
    assert.match(fault.message, why, text.slice(0, 50));
    assert.equal(fault.code, 'invalid');
  }
});

test('gives the very objects of the resource, and says where they stand', () => {
  const patient = aPatient({ name: [{ family: 'A' }, { given: ['B', 'C'] }] });
  const [name] = evaluate('Patient.name.last()', patient);
  assert.equal(name, (patient['name'] as unknown[])[1]);
  assert.deepEqual(
    compileFhirPath('name.given')
      .nodes(patient)
      .map(({ type, path }) => [type, path]),
    [
      ['string', ['name', 1, 'given', 0]],
      ['string', ['name', 1, 'given', 1]],
    ],
  );
});

test('keeps the digits of decimals, and computes with all of them', () => {
  const observation = parseJson(
    '{"resourceType":"Observation","valueQuantity":{"value":1.50,"code":"mg","system":"http://unitsofmeasure.org"}}',
  );
  const table: [string, string][] = [
    ['value.value', '[1.50]'],
    ['value.value.toString()', '["1.50"]'],
    ['value.value = 1.5', '[true]'],
    ['0.1 + 0.2', '[0.3]'],
    ['1.10 * 1.10', '[1.2100]'],
    ['12345678901234567890.1 + 1', '[12345678901234567891.1]'],
    ['1 / 3 * 3 < 1', '[true]'],
    ["value = 0.0015 'g'", '[true]'],
    ["value > 1 'mg' and value < 2 'mg'", '[true]'],
  ];
  for (const [text, expected] of table)
    assert.equal(JSON.stringify(evaluate(text, observation)), expected, text);
});

test('adds calendar years and months, which are of one length in each other and of none in days', () => {
  const table: [string, unknown[]][] = [
    ['1 year + 6 months = 18 months', [true]],
    ['2 years - 6 months = 1.5 years', [true]],
    ['@2011-01-10 + (1 year + 6 months)', ['2012-07-10']],
    ['1 year + 1 day', []],
    ["1 year + 6 'mo'", []],
    ['7 days + 12 hours = 180 hours', [true]],
  ];
  for (const [text, expected] of table) assert.deepEqual(evaluate(text, {}), expected, text);
});

test('knows an element by the type of its choice, and a focus by the type it is said to have', () => {
  const observation = anObservation({ valueQuantity: { value: 5 } });
  assert.deepEqual(evaluate('value is Quantity', observation), [true]);
  assert.deepEqual(evaluate('value.ofType(string)', observation), []);
  assert.deepEqual(evaluate('valueQuantity', observation), []);
  assert.deepEqual(evaluate('start <= end', { start: '2020', end: '2021' }, { type: 'Period' }), [true]);
  assert.deepEqual(evaluate('$this < @2021', '2020-05-04', { type: 'date' }), [true]);
  assert.deepEqual(
    evaluate("extension('u').value", undefined, {
      type: 'date',
      sibling: { extension: [{ url: 'u', valueCode: 'x' }] },
    }),
    ['x'],
  );
});

test('answers and asks its surroundings', () => {
  const practitioner = { resourceType: 'Practitioner', id: 'p' };
  const root: Resource = {
    resourceType: 'Observation',
    contained: [practitioner],
    performer: [{ reference: '#p' }, { reference: 'Organization/o' }],
    code: { coding: [{ system: 's', code: 'c' }] },
  };
  const options: EvaluateOptions = {
    resolve: (reference) => (reference === 'Organization/o' ? { resourceType: 'Organization' } : undefined),
    memberOf: (valueSet, system, code) => `${valueSet}|${system}|${code}` === 'v|s|c',
    conformsTo: (_, profile) => (profile === 'p' ? true : undefined),
    variables: { limit: 2, names: ['a', 'b'] },
    now: new Date('2026-05-04T08:00:00Z'),
  };
  const table: [string, unknown[]][] = [
    ['performer.resolve().resourceType', ['Practitioner', 'Organization']],
    ['performer.where(resolve() is Organization).reference', ['Organization/o']],
    ["code.memberOf('v')", [true]],
    ["code.memberOf('w')", [false]],
    ["conformsTo('p')", [true]],
    ['performer.count() = %limit', [true]],
    ["'a' in %names", [true]],
    ['now()', ['2026-05-04T08:00:00.000Z']],
    ['today() - 4 days', ['2026-04-30']],
    ['contained.select(%resource.resourceType)', ['Observation']],
    ['%`vs-x`', ['http://hl7.org/fhir/ValueSet/x']],
  ];
  for (const [text, expected] of table) assert.deepEqual(evaluate(text, root, options), expected, text);
  assert.match(faultOf(() => evaluate('%unknown', root)).message, /there is no variable %unknown/);
  const seen: unknown[] = [];
  evaluate("performer.trace('who', reference)", root, { trace: (name, values) => seen.push(name, values) });
  assert.deepEqual(seen, ['who', ['#p', 'Organization/o']]);
});

test('a variable is named for the rest of its path, and for no other operand or argument', () => {
  const patient: Resource = {
    resourceType: 'Patient',
    name: [{ given: ['Hạnh', 'An'] }, { given: ['Lan'] }],
  };
  const table: [string, unknown[]][] = [
    ["name.first().defineVariable('n').given.select(%n.given.first() & $this)", ['HạnhHạnh', 'HạnhAn']],
    [
      "defineVariable('n', name.first()).select(%n.given) | defineVariable('n', name.last()).select(%n.given)",
      ['Hạnh', 'An', 'Lan'],
    ],
    ["'ab'.replace(defineVariable('x', 'a').select(%x), defineVariable('x', 'b').select(%x))", ['bb']],
  ];
  for (const [text, expected] of table) assert.deepEqual(evaluate(text, patient), expected, text);
  for (const text of [
    "defineVariable('n', 1).id | %n",
    "defineVariable('n', 1).select(%n) + %n",
    "defineVariable('n', 1).defineVariable('n', 2)",
  ])
    assert.match(faultOf(() => evaluate(text, patient)).message, /%n/, text);
});

test('an invariant is refuted only by a result that is false', () => {
  const table: [string, boolean, boolean][] = [
    ['true', true, false],
    ['false', false, true],
    ['{}', false, false],
    ["'x'", true, false],
    ['(1 | 2)', true, false],
    ['@2020 < @2020-01', false, false],
  ];
  for (const [text, holds, refuted] of table) {
    assert.equal(compileFhirPath(text).test({}), holds, text);
    assert.equal(compileFhirPath(text).refutes({}), refuted, text);
  }
});

test('is strict where it is asked to be', () => {
  const patient = aPatient();
  for (const text of [
    'nickname',
    'name.as(HumanName).as(Period)',
    'children().first()',
    'Observation.code',
  ]) {
    assert.doesNotThrow(() => evaluate(text, patient), text);
    if (text !== 'name.as(HumanName).as(Period)')
      assert.equal(faultOf(() => evaluate(text, patient, { strict: true })).code, 'processing', text);
  }
});

test('ends soon, whatever it is asked', () => {
  const deep = aPatient({
    name: Array.from({ length: 300 }, (_, index) => ({ family: `N${index}`, given: ['x'.repeat(1000)] })),
  });
  const endless: string[] = [
    '1.repeat($this + 1)',
    '(1 | 2).repeatAll($this)',
    'descendants().select(%resource.descendants()).select(%resource.descendants())',
    "('x' | 'y').repeat('xx' & $this)",
    "name.given.aggregate($total & $this & $total, 'x').length()",
    "'x'.replace('', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy').replace('', 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz').replace('', %long)",
    "%long.replaceMatches('(x+x+)+y', 'z')",
  ];
  for (const text of endless)
    assert.equal(
      faultOf(() => evaluate(text, deep, { variables: { long: 'x'.repeat(100_000) } })).code,
      'too-costly',
      text,
    );
});

test('replaces what matches by groups, by number and by name', () => {
  const table: [string, string][] = [
    [
      String.raw`'11/30/1972'.replaceMatches('\\b(?<month>\\d{1,2})/(?<day>\\d{1,2})/(?<year>\\d{2,4})\\b', '${'$'}{day}-${'$'}{month}-${'$'}{year}')`,
      '30-11-1972',
    ],
    ["'abc'.replaceMatches('(a)(b)', '$2${1}')", 'bac'],
    ["'abc'.replaceMatches('(?<x>a)', '$${x}${y}')", '${x}${y}bc'],
  ];
  for (const [text, expected] of table) assert.deepEqual(evaluate(text, {}), [expected], text);
});

test('matches a hostile regular expression in one pass over the text', () => {
  const options = { variables: { long: `${'x'.repeat(50_000)}!`, dots: `a${'.b[x]'.repeat(5000)}` } };
  const table: [string, boolean][] = [
    ["%long.matches('(x+x+)+y')", false],
    ["%long.matches('^(x|xx|x*)*$')", false],
    ["%long.matches('^(x|xx|x*)*!$')", true],
    ["%long.matchesFull('(.*)*')", true],
    [String.raw`%dots.matchesFull('[a-z](\\.[a-z](\\[x\\])?)*')`, true],
    [String.raw`%long.matches('(x?){50}x{50}\\b!')`, true],
    ["'ĐẶNG'.matches('^đặng$', 'i')", true],
    [String.raw`'Đặng'.matches('^\\p{Lu}\\p{L}+$')`, true],
  ];
  for (const [text, expected] of table) assert.deepEqual(evaluate(text, {}, options), [expected], text);
});
