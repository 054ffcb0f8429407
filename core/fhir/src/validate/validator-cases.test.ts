import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../interactions.ts';
import { parseJson } from '../json/parse-json.ts';
import { type Issue, OutcomeError } from '../outcome.ts';
import { canonicalParts, type ProfileSource } from '../profile/profile-source.ts';
import { type ValidatorCase, validatorCases } from '../testing/samples.ts';
import { validateFor } from './validate-for.ts';

const { cases, files } = validatorCases();

/** Cases where we say otherwise than the reference validator, by the reason. */
const differences: Record<string, string[]> = {
  'rests on the content of a terminology server (SNOMED CT, LOINC, CVX) or its displays': [
    'mr-covid-m2',
    'mr-covid-m5',
    'mr-covid-bnd1',
    'sdoh-type-slice',
    'supplement-1',
    'supplement-1a',
    'supplement-1b',
    'supplement-2',
    'cvx',
    'bundle-id-3',
    'bundle-id-4',
    'bundle-id-5',
    'bundle-with-contained',
    'uk-msg',
    'ips-nz-pj',
    'obs-temp-code2',
    'vs-bad-ecl',
    'vs-bad-ecl-us',
    'cm',
  ],
  'checks the members of code systems and value sets as such, beyond their definitions': [
    'vs-bad-code',
    'cs-bad-props',
    'vs-bad-props',
    'cs-filter-bad',
    'vs-filter-property-bad',
    'vs-filter-property-bad2',
    'vs-canonical-bad',
    'vs-canonical-bad-2',
    'vs-canonical-urn',
    'vs-canonical-urn-bad',
    'vs-params-2',
    'vs-params-3',
    'vs-params-4',
    'contract-binding-test',
    'cs-narrative-status-pub',
  ],
  'refuses extensions that are not known; R4 allows them (extensibility.html): they are kept': [
    'pat-dob-ext',
    'target-ref-profile-empty',
    'pat-example-extensions',
    'patient-with-turvakielto',
  ],
  'applies a profile that is neither claimed nor asked for (vital signs by LOINC code, globals of a guide)': [
    'obs-temp-bad',
    'obs-vs-1',
    'patient-ig-bad',
  ],
  'compares with another resource: Measure, Questionnaire, SearchParameter (looked at when written), or one outside of what is sent':
    [
      'mr-covid-mr1',
      'measure-report-ihe',
      'capstmt',
      'sp-composite',
      'sp-diff-type',
      'sp-diff-base',
      'parameters-reference-bad',
      'bundle-document-versioned-references-bad',
      'questionnaire-enableWhen-dw',
      'q-enablewhen-me-wrong',
    ],
  'is advice of the reference validator that R4 does not have': [
    'dr-example-org',
    'attachment-with-wrong-size',
    'bad-markdown-no-html',
    'ab-list-slicing',
    'bundle-id-2',
    'additional-bindings-observation-2',
  ],
  'holds a comparison that answers nothing for a fault; an empty answer is no violation here (0040)': [
    'encounter-period',
  ],
  'wants a value where an extension stands in for it; R4 allows that (datatypes.html#primitive)': ['allergy'],
  'entities of HTML 4 are allowed in R4 narratives (narrative.html#xhtml)': ['xml-bad-entities-json'],
  'a slicing of extensions that contradicts itself is not looked for': ['StructureDefinition-Slice23'],
  'is run there with a setting that tolerates the fault': ['contained-resource-bad-id-ignore'],
  'accepts a profile whose bases go in a circle': ['ext-derived-circle'],
};

/** A QuestionnaireResponse is not compared with its Questionnaire by these checks. */
const isResponse = ({ file }: ValidatorCase) => files[file]!.includes('"QuestionnaireResponse"');

function sourceOf({ supporting, profile }: ValidatorCase): ProfileSource {
  const known = new Map<string, Resource>();
  const add = (resource: Resource | undefined) => {
    if (typeof resource?.['url'] === 'string')
      known.set(`${resource.resourceType} ${resource['url']}`, resource);
  };
  for (const name of [...supporting, ...(profile ? [profile] : [])]) {
    const resource = parseJson(files[name]!);
    add(resource);
    if (resource.resourceType === 'Bundle')
      for (const entry of (resource['entry'] ?? []) as { resource?: Resource }[]) add(entry.resource);
  }
  const of = (type: string) => (canonical: string) => known.get(`${type} ${canonicalParts(canonical).url}`);
  return {
    structureDefinition: of('StructureDefinition'),
    valueSet: of('ValueSet'),
    codeSystem: of('CodeSystem'),
  };
}

function found(one: ValidatorCase): Issue[] {
  try {
    const profile = one.profile && String(parseJson(files[one.profile]!)['url']);
    const { issue } = validateFor(parseJson(files[one.file]!), {
      profiles: sourceOf(one),
      ...(profile ? { profile } : {}),
    });
    return issue.filter(({ severity }) => severity === 'error' || severity === 'fatal');
  } catch (cause) {
    if (cause instanceof OutcomeError) return cause.issues;
    throw cause;
  }
}

test("agrees with the reference validator's test cases on what is valid", (t) => {
  const reasons = new Map(
    Object.entries(differences).flatMap(([why, names]) => names.map((name) => [name, why])),
  );
  const unexpected: string[] = [];
  const differing = new Set<string>();
  const judged = cases.filter((one) => !isResponse(one));
  let agreed = 0;
  for (const one of judged) {
    const own = found(one);
    if (own.length > 0 === one.errors.length > 0) {
      agreed++;
      continue;
    }
    differing.add(one.name);
    if (!reasons.has(one.name))
      unexpected.push(
        `${one.name}: ${own.length > 0 ? `we say ${own[0]!.diagnostics}` : `they say ${one.errors[0]!.text}`}`,
      );
  }
  t.diagnostic(
    `${agreed} of ${judged.length} agree (${cases.length - judged.length} about QuestionnaireResponses left out)`,
  );
  for (const [why, names] of Object.entries(differences)) t.diagnostic(`${names.length} differ: ${why}`);
  assert.deepEqual(unexpected, []);
  assert.deepEqual(
    [...reasons.keys()].filter((name) => !differing.has(name)),
    [],
    'these agree now',
  );
});

test('finds an error where the reference validator finds it', (t) => {
  let same = 0;
  let cases_ = 0;
  const plain = (expression: string) => expression.replace(/\/\*[^*]*\*\//g, '');
  for (const one of cases.filter((each) => !isResponse(each) && each.errors.length > 0)) {
    const own = found(one);
    if (own.length === 0) continue;
    cases_++;
    const theirs = new Set(one.errors.map(({ expression }) => plain(expression)));
    if (
      own.some(({ expression: [at = ''] = [] }) =>
        [...theirs].some((there) => at === there || at.startsWith(`${there}.`) || there.startsWith(`${at}.`)),
      )
    )
      same++;
  }
  t.diagnostic(`${same} of ${cases_} at the same element, its parent or its child`);
  assert.ok(same / cases_ > 0.85, `${same} of ${cases_}`);
});
