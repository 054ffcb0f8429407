import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Resource, validate } from '@yba/fhir';
import { aVisit, officialExamples, syntheaBundles, validatorCases } from '@yba/fhir/testing';
import { aDossier, anEnvelope, aTable } from '@yba/vietnam/testing';
import { checkFile, type FileReport } from './check.ts';
import { told } from './fhir/words.ts';

const check = (name: string, content: string | Uint8Array) =>
  checkFile({ name, bytes: typeof content === 'string' ? Buffer.from(content) : content });

const lines = (resources: readonly Resource[]) => resources.map((one) => JSON.stringify(one)).join('\n');

/** Each kind of finding as `rule path`, indexes left out. */
const kinds = ({ findings }: FileReport, ...severities: string[]) => [
  ...new Set(
    findings
      .filter(({ severity }) => severities.includes(severity))
      .map(({ rule, path }) => `${rule} ${path.replace(/\[\d+\]/g, '')}`),
  ),
];

test('finds no error in the official R4 examples but the one that has some', async () => {
  const examples = officialExamples();
  const report = await check('r4-examples.ndjson', lines(examples));
  assert.equal(report.format, 'fhir');
  assert.ok(Object.values(report.content).reduce((sum, count) => sum + count, 0) > 4_000);
  // Questionnaire/qs1 lacks its linkIds
  assert.deepEqual(
    new Set(kinds(report, 'error').map((kind) => kind.replace(/(\.item)+/, '.item'))),
    new Set(['fhir-required Questionnaire.item.linkId']),
  );
  // what they do against advice, each with its reason
  assert.deepEqual(
    [
      ...new Set(report.findings.filter(({ severity }) => severity === 'warning').map(({ rule }) => rule)),
    ].sort(),
    [
      'fhir-bundle-request', // whole addresses where a part is asked for
      'fhir-code-advised', //   a code of its own where an extensible set has one
      'fhir-extension', //      modifier extensions of example.org
      'fhir-full-url', //       a fullUrl that does not end with the id
      'fhir-invariant', //      names that are not for programs, and the like
      'fhir-narrative', //      a narrative of white space alone
      'fhir-profile-known', //  profiles of other guides
      'fhir-reference-type', // DeviceMetric.parent and the like
      'fhir-unit', //           TAB and tbl, which UCUM has not
      'text-escaped', //        &ldquo; in comments
      'text-invisible', //      zero width spaces in displays of LOINC
      'text-lost', //           two copyright signs
    ],
  );
});

test('finds in Synthea Bundles what is known of them, and nothing else', async () => {
  const report = await check('synthea.ndjson', lines(syntheaBundles().slice(0, 8)));
  assert.deepEqual(kinds(report, 'error'), []);
  // profiles of the United States, and the type of their social-security number
  for (const kind of kinds(report, 'warning'))
    assert.match(
      kind,
      /^fhir-profile-known |^fhir-code-advised Bundle\.entry\.resource\.identifier\.type\.coding\.code$/,
    );
});

test('finds nothing in our own examples, made visits and made dossiers', async () => {
  const example = (name: string) => readFileSync(new URL(`../../../docs/examples/${name}`, import.meta.url));
  const tables = Array.from({ length: 15 }, (_, at) => `XML${at + 1}`).filter((table) => table !== 'XML12');
  for (const [name, content] of [
    ['visit.json', example('visit.json')],
    ['dossier.xml', example('dossier.xml')],
    ['encoding habits', anEnvelope([aDossier({ seed: 5 })], { cdata: true, lineLength: 76, prefix: 'bh' })],
    ['a table alone', aTable('XML3', aDossier({ seed: 6 }).tables['XML3']!)],
    ...Array.from({ length: 40 }, (_, seed): [string, string] => [
      `dossier ${seed}`,
      anEnvelope([aDossier({ seed, tables })]),
    ]),
  ] as const) {
    const report = await check(name, content);
    assert.deepEqual(kinds(report, 'error', 'warning'), [], name);
  }
});

test('finds no error in a made visit, only what the profiles of Viet Nam would want besides', async () => {
  const report = await check('a made visit', JSON.stringify(aVisit()));
  assert.deepEqual(kinds(report, 'error', 'warning'), [
    'fhir-vietnam-profile Bundle.entry.resource.identifier',
    'fhir-vietnam-profile Bundle.entry.resource.type',
  ]);
});

test('has words of its own in both languages for all that the validation says', () => {
  const { cases, files } = validatorCases();
  let count = 0;
  for (const { file } of cases) {
    const text = files[file]!;
    let resource: Resource;
    try {
      resource = JSON.parse(text) as Resource;
    } catch {
      continue; // not JSON
    }
    for (const issue of validate(resource)) {
      if (issue.code === 'invalid') continue; // rules of definitions, told as they are
      const { found, fix } = told(issue, (value) => value);
      assert.doesNotMatch(found.vi, /^Sai quy tắc FHIR:/, issue.diagnostics);
      assert.ok(found.en && fix.vi && fix.en && fix.vi !== fix.en, issue.diagnostics);
      count++;
    }
  }
  assert.ok(count > 100, String(count));
});

test('says that a file is of no format it knows', async () => {
  const report = await check('notes.txt', 'Kính gửi: bệnh viện');
  assert.equal(report.format, 'unknown');
});

test('shows values by their shape unless asked to show them', async () => {
  const bytes = Buffer.from('{"resourceType":"Patient","birthDate":"02/09/1963"}');
  const [masked] = (await checkFile({ name: 'x', bytes })).findings;
  const [open] = (await checkFile({ name: 'x', bytes }, { showValues: true })).findings;
  assert.match(masked!.found.vi, /“99\/99\/9999”/);
  assert.match(open!.found.vi, /“02\/09\/1963”/);
});
