import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTerminology } from '../../scripts/build-terminology.ts';
import { readDefinitions } from '../../scripts/build-model.ts';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Resource } from '../interactions.ts';
import { model } from '../model/model.ts';
import type { ProfileSource } from '../profile/profile-source.ts';
import { codesAbove, codesBelow, expand, isBelow, valueSetDecides, valueSetHas } from './index.ts';

const vs = (name: string) => `http://hl7.org/fhir/ValueSet/${name}`;
const v3 = (name: string) => `http://terminology.hl7.org/CodeSystem/v3-${name}`;

test('the committed terminology is what a fresh run makes of the official definitions', () => {
  const committed = gunzipSync(
    readFileSync(new URL('../../data/r4-terminology.ndjson.gz', import.meta.url)),
  ).toString();
  assert.ok(committed === buildTerminology(readDefinitions() as unknown as Resource[]));
});

test('expands every value set of a required binding to the codes of the model', () => {
  for (const [url, systems] of Object.entries(model.valueSets)) {
    const expanded = expand(url);
    assert.ok(expanded, url);
    const own = Object.entries(systems).flatMap(([system, codes]) =>
      codes.map((code) => `${system}|${code}`),
    );
    assert.deepEqual(expanded.map(({ system, code }) => `${system}|${code}`).sort(), own.sort(), url);
  }
});

test('decides membership by lists, hierarchies, exclusions and grammars', () => {
  assert.equal(valueSetHas(vs('administrative-gender'), undefined, 'female'), true);
  assert.equal(valueSetHas(vs('administrative-gender'), 'http://x', 'female'), false);
  assert.equal(
    valueSetHas('http://terminology.hl7.org/ValueSet/v3-ActEncounterCode', v3('ActCode'), 'AMB'),
    true,
  );
  assert.equal(
    valueSetHas('http://terminology.hl7.org/ValueSet/v3-ActEncounterCode', v3('ActCode'), 'CASH'),
    false,
  );
  assert.equal(valueSetHas(vs('all-languages'), 'urn:ietf:bcp:47', 'vi-VN'), true);
  assert.equal(valueSetHas(vs('all-languages'), undefined, 'tiếng Việt'), false);
  assert.equal(valueSetHas(vs('mimetypes'), undefined, 'application/dicom'), true);
  assert.equal(valueSetHas(vs('mimetypes'), undefined, 'dicom'), false);
  assert.equal(valueSetHas(vs('currencies'), undefined, 'VND'), true);
  assert.equal(valueSetHas(vs('currencies'), undefined, 'đồng'), false);
  assert.equal(valueSetHas(vs('currencies'), undefined, 'vnd'), false);
  assert.equal(valueSetHas(vs('observation-codes'), 'http://loinc.org', '8867-4'), undefined);
  assert.equal(valueSetHas('http://example.org/none', undefined, 'a'), undefined);
});

test('knows what stands below and above a code', () => {
  assert.equal(isBelow(v3('ActCode'), 'AE', 'CC'), true);
  assert.equal(isBelow(v3('ActCode'), 'AE', '_ActAccountCode'), true);
  assert.equal(isBelow(v3('ActCode'), 'CC', 'AE'), false);
  assert.deepEqual(codesBelow(v3('ActCode'), 'CC'), ['CC', 'AE', 'DN', 'DV', 'MC', 'V']);
  assert.deepEqual(codesAbove(v3('ActCode'), 'AE'), ['_ActAccountCode', 'CC', 'AE']);
  const icd = 'https://yba.vn/fhir/CodeSystem/icd-10-vn';
  assert.equal(isBelow(icd, 'E11.9', 'E11'), true);
  assert.equal(isBelow(icd, 'E11.9', 'E10-E14'), true);
  assert.equal(isBelow(icd, 'E15', 'E10-E14'), false);
  assert.equal(isBelow('http://snomed.info/sct', '1', '2'), undefined);
});

const stored: Record<string, Resource> = {
  'http://example.org/cs': {
    resourceType: 'CodeSystem',
    url: 'http://example.org/cs',
    content: 'complete',
    concept: [
      { code: 'a', display: 'A', concept: [{ code: 'a1' }, { code: 'a2', concept: [{ code: 'a21' }] }] },
      { code: 'b', property: [{ code: 'class', valueString: 'lab' }] },
      { code: 'c', property: [{ code: 'parent', valueCode: 'b' }] },
    ],
  },
  'http://example.org/is-a': set([{ system: 'http://example.org/cs', filter: [f('concept', 'is-a', 'a')] }]),
  'http://example.org/in': set([{ system: 'http://example.org/cs', filter: [f('concept', 'in', 'a1, b')] }]),
  'http://example.org/class': set([{ system: 'http://example.org/cs', filter: [f('class', '=', 'lab')] }]),
  'http://example.org/regex': set([{ system: 'http://example.org/cs', filter: [f('code', 'regex', 'a.')] }]),
  'http://example.org/slow': set([
    { system: 'http://example.org/cs', filter: [f('code', 'regex', '(a+)+$')] },
  ]),
  'http://example.org/not': set(
    [{ system: 'http://example.org/cs' }],
    [{ system: 'http://example.org/cs', filter: [f('concept', 'descendent-of', 'a')] }],
  ),
  'http://example.org/both': set([{ valueSet: ['http://example.org/is-a', 'http://example.org/in'] }]),
  'http://example.org/states': {
    resourceType: 'CodeSystem',
    url: 'http://example.org/states',
    content: 'complete',
    concept: [
      { code: 'new', property: [{ code: 'status', valueCode: 'active' }] },
      { code: 'old', property: [{ code: 'status', valueCode: 'retired' }] },
      { code: 'off', property: [{ code: 'inactive', valueBoolean: true }] },
      { code: 'group', property: [{ code: 'notSelectable', valueBoolean: true }] },
    ],
  },
  'http://example.org/any': set([{ system: 'http://example.org/states' }]),
  'http://example.org/in-use': {
    resourceType: 'ValueSet',
    compose: { inactive: false, include: [{ system: 'http://example.org/states' }] },
  },
  'http://example.org/listed-in-use': {
    resourceType: 'ValueSet',
    compose: {
      inactive: false,
      include: [{ system: 'http://example.org/states', concept: [{ code: 'new' }, { code: 'old' }] }],
    },
  },
  'http://example.org/groups': set([
    { system: 'http://example.org/states', filter: [f('notSelectable', '=', 'true')] },
  ]),
  'http://example.org/odd': set([{ system: 'http://example.org/cs', filter: [f('class', 'like', 'x')] }]),
  'http://example.org/both-slow': set([{ valueSet: ['http://example.org/is-a', 'http://example.org/slow'] }]),
  'http://example.org/own-slow': set([
    { system: 'http://example.org/cs', valueSet: ['http://example.org/slow'] },
  ]),
  'http://example.org/all-but-slow': set(
    [{ system: 'http://example.org/cs' }],
    [{ system: 'http://example.org/cs', filter: [f('code', 'regex', '(a+)+')] }],
  ),
  'http://example.org/itself': set([{ valueSet: ['http://example.org/itself'] }]),
};
const source: ProfileSource = {
  structureDefinition: () => undefined,
  valueSet: (url) => stored[url],
  codeSystem: (url) => stored[url],
};

function f(property: string, op: string, value: string) {
  return { property, op, value };
}
function set(include: object[], exclude?: object[]): Resource {
  return { resourceType: 'ValueSet', compose: { include, ...(exclude ? { exclude } : {}) } };
}

test('composes value sets of a source by every operator', () => {
  const codes = (name: string) => expand(`http://example.org/${name}`, source)?.map(({ code }) => code);
  assert.deepEqual(codes('is-a'), ['a', 'a1', 'a2', 'a21']);
  assert.deepEqual(codes('in'), ['a1', 'b']);
  assert.deepEqual(codes('class'), ['b']);
  assert.deepEqual(codes('regex'), ['a1', 'a2']);
  assert.deepEqual(codes('not'), ['a', 'b', 'c']);
  assert.deepEqual(codes('both'), ['a1']);
  for (const unsaid of ['itself', 'slow', 'odd', 'both-slow', 'own-slow', 'all-but-slow'])
    assert.deepEqual(
      [codes(unsaid), valueSetDecides(`http://example.org/${unsaid}`, source)],
      [undefined, false],
      unsaid,
    );
  for (const said of ['is-a', 'in', 'regex', 'both', 'in-use', 'groups'])
    assert.equal(valueSetDecides(`http://example.org/${said}`, source), true, said);
  assert.equal(valueSetDecides(vs('all-languages')), true);
  assert.equal(valueSetDecides(vs('observation-codes')), false);
  assert.deepEqual(codes('any'), ['new', 'old', 'off', 'group']);
  assert.deepEqual(codes('in-use'), ['new', 'group']);
  assert.deepEqual(codes('listed-in-use'), ['new']);
  assert.deepEqual(codes('groups'), ['group']);
  assert.equal(valueSetHas('http://example.org/in-use', 'http://example.org/states', 'old', source), false);
  assert.equal(valueSetHas('http://example.org/slow', undefined, 'a1', source), undefined);
  assert.equal(isBelow('http://example.org/cs', 'c', 'b', source), true);
  assert.equal(isBelow('http://example.org/cs', 'c', 'b'), undefined);
});
