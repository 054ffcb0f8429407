import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexStructureDefinitionBundle, OperationOutcomeError, validateResource } from '@medplum/core';
import { readDefinitions } from '../../scripts/build-model.ts';
import { officialExamples } from '../testing/samples.ts';
import { validate } from './validate.ts';

/** Examples that the other validator refuses, and why they are valid. */
const differences: Record<string, RegExp> = {
  // bdl-8 speaks of fullUrl, which these entries do not have: it answers nothing, and nothing is violated
  'Bundle/bundle-request-medsallergies': /bdl-8/,
  'Bundle/bundle-request-simplesummary': /bdl-8/,
  'Bundle/bundle-response-medsallergies': /bdl-8/,
  'Bundle/bundle-response-simplesummary': /bdl-8/,
  'Bundle/bundle-response': /bdl-8/,
  'Bundle/bundle-search-warning': /bdl-8/,
  'Bundle/bundle-transaction': /bdl-8/,
  // ras-2 speaks of a decimal, these have a Range or nothing
  'RiskAssessment/breastcancer-risk': /ras-2/,
  'RiskAssessment/prognosis': /ras-2/,
  // white space is allowed: https://hl7.org/fhir/R4/datatypes.html#base64Binary
  'Binary/example': /base64Binary/,
  'DiagnosticReport/gingival-mass': /base64Binary/,
  'Media/example': /base64Binary/,
};

function theirs(resource: unknown): string | undefined {
  try {
    validateResource(resource as Parameters<typeof validateResource>[0]);
    return undefined;
  } catch (fault) {
    return fault instanceof OperationOutcomeError ? fault.message : `threw ${String(fault)}`;
  }
}

test('@medplum/core judges every official example as we do, but for those listed', (t) => {
  const definitions = readDefinitions().filter(
    (one) => one.resourceType === 'StructureDefinition' && one.derivation !== 'constraint',
  );
  indexStructureDefinitionBundle(
    definitions as unknown as Parameters<typeof indexStructureDefinitionBundle>[0],
  );
  const differing: string[] = [];
  for (const example of officialExamples()) {
    const name = `${example.resourceType}/${example.id}`;
    const own = validate(example).some(({ severity }) => severity === 'error');
    // it knows no Decimal
    const other = theirs(JSON.parse(JSON.stringify(example)));
    if (own === (other !== undefined)) continue;
    assert.match(other ?? 'passed there, refused here', differences[name] ?? /^$/, name);
    differing.push(name);
  }
  t.diagnostic(`${differing.length} of 719 verdicts differ`);
  assert.deepEqual(differing.sort(), Object.keys(differences).sort());
});
