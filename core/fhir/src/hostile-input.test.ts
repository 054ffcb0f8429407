import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clinicalDate,
  extract,
  OutcomeError,
  parseJson,
  parseSearch,
  patientCompartment,
  references,
  type Resource,
  terms,
  validate,
} from './index.ts';
import { aPatient, officialExamples } from './testing.ts';

/** Park-Miller: the same faults on every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

const junk = [
  null,
  0,
  -1,
  1e300,
  true,
  '',
  'x',
  ' ',
  '\u0000',
  '#',
  '/',
  'Patient/',
  'urn:uuid:',
  [],
  [null],
  [[]],
  {},
  { resourceType: 'Patient' },
  { url: 1 },
  ['x', {}],
];

/** Puts junk into one random place of a tree. */
function spoil(node: unknown, next: () => number): void {
  if (typeof node !== 'object' || node === null) return;
  const keys = Object.keys(node);
  const key = keys[Math.floor(next() * keys.length)];
  if (key === undefined) return;
  const child = (node as Record<string, unknown>)[key];
  if (typeof child === 'object' && child !== null && next() < 0.7) spoil(child, next);
  else (node as Record<string, unknown>)[key] = structuredClone(junk[Math.floor(next() * junk.length)]);
}

test('never throws at a spoilt resource', () => {
  const next = random(1);
  const texts = officialExamples()
    .map((example) => JSON.stringify(example))
    .filter((text) => text.length < 20_000);
  for (let round = 0; round < 6000; round++) {
    const resource = JSON.parse(texts[round % texts.length]!) as Resource;
    for (let fault = 0; fault < 3; fault++) spoil(resource, next);
    const spoilt = JSON.stringify(resource);
    try {
      for (const { severity, expression, diagnostics } of validate(resource))
        assert.ok(severity && expression?.[0] && diagnostics);
      if (typeof resource.resourceType !== 'string') continue;
      terms(extract(resource));
      patientCompartment(resource);
      clinicalDate(resource);
      references(resource);
    } catch (error) {
      throw new Error(`${spoilt}: ${(error as Error).stack}`);
    }
  }
});

test('answers every cut-off or garbled text with a place', () => {
  const next = random(2);
  const text = JSON.stringify(aPatient({ birthDate: '1987-03-14', multipleBirthInteger: 2 }), null, 1);
  for (let round = 0; round < 3000; round++) {
    const at = Math.floor(next() * text.length);
    const garbled =
      round % 2 === 0
        ? text.slice(0, at)
        : text.slice(0, at) + '{}[]",:0e\\\u0001'[Math.floor(next() * 11)] + text.slice(at + 1);
    try {
      parseJson(garbled);
    } catch (error) {
      assert.ok(error instanceof OutcomeError, String(error));
      assert.match(error.message, /at line \d+, column \d+: /);
    }
  }
});

test('answers every garbled query with a fault or a request', () => {
  const next = random(3);
  const pieces = [
    'name',
    'birthdate',
    '_has',
    ':',
    '.',
    'Patient',
    '=',
    '|',
    '$',
    ',',
    '\\',
    'ge',
    '2020',
    '&',
    '_sort',
    '-',
    '_include',
    '*',
    '%',
    '_count',
    'general-practitioner',
    '__proto__',
    'constructor',
  ];
  for (let round = 0; round < 5000; round++) {
    const query = Array.from(
      { length: 1 + Math.floor(next() * 10) },
      () => pieces[Math.floor(next() * pieces.length)],
    ).join('');
    try {
      parseSearch('Patient', new URLSearchParams(query), { handling: round % 2 ? 'strict' : 'lenient' });
    } catch (error) {
      assert.ok(error instanceof OutcomeError, `${query}: ${(error as Error).stack}`);
    }
  }
});

test('stays fast on texts made to be slow', () => {
  const long = 500_000;
  const texts = [
    `{"a":${'1'.repeat(long)}x}`,
    `{"a":${'1.'.repeat(long)}}`,
    `{"a":"${'x'.repeat(16_000_000)}`,
    `{"a":"${'\\n'.repeat(long)}`,
    `{"a":${' '.repeat(long)}x}`,
    `${'{"a":'.repeat(long / 10)}`,
    `{"a":[${'1,'.repeat(long)}1.0]}`,
  ];
  const resources = [
    aPatient({ photo: [{ data: `${' '.repeat(long)}*` }] }),
    aPatient({ photo: [{ data: 'A'.repeat(8_000_000) }] }),
    ...['<', '<!--', '<p ', '<p a="', '<p a="1" ', '<b>', '&', '&a'].map((piece) =>
      aPatient({
        text: {
          status: 'generated',
          div: `<div xmlns="http://www.w3.org/1999/xhtml">${piece.repeat(long / 10)}</div>`,
        },
      }),
    ),
    aPatient({
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><p ${' '.repeat(long)}` },
    }),
    aPatient({ language: ' '.repeat(long), name: [{ text: `${' '.repeat(long)}x` }] }),
    aPatient({ managingOrganization: { reference: 'http://' + 'A/'.repeat(long / 10) } }),
  ];
  // about 1 s alone on the machine; what is not linear takes minutes and runs into the test's limit
  for (const text of texts) assert.throws(() => validateAll(parseJson(text)));
  for (const resource of resources) validateAll(resource);
});

function validateAll(resource: Resource): void {
  const issues = validate(resource);
  terms(extract(resource));
  references(resource);
  if (issues.length > 0 && resource.resourceType === undefined) throw new OutcomeError(issues);
}

test('takes lists of 200,000 in every place that is gone through', () => {
  const many = <T>(of: (at: number) => T) => Array.from({ length: 200_000 }, (_, at) => of(at));
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
  const found: Resource[] = [
    { ...observation, effectiveTiming: { event: many(() => '2026-11-30T08:00:00Z') } },
    { ...observation, derivedFrom: many((at) => ({ reference: `Observation/${at}` })) },
    {
      resourceType: 'Questionnaire',
      status: 'active',
      item: [
        {
          linkId: 'g',
          type: 'group',
          item: many((at) => ({ linkId: String(at), type: 'display', text: 'x' })),
        },
      ],
    },
    { resourceType: 'Patient', name: [{ given: many((at) => `x${at}`) }] },
  ];
  for (const resource of found) {
    assert.deepEqual(
      validate(resource).filter(({ severity }) => severity === 'error'),
      [],
    );
    extract(resource);
    patientCompartment(resource);
    clinicalDate(resource);
    references(resource);
  }
});
