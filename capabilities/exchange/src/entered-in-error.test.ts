import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Resource, resourceTypes, validate } from '@yba/fhir';
import { officialExamples } from '@yba/fhir/testing';
import { enteredInError, isWithdrawable, isWithdrawn } from './entered-in-error.ts';

/** Whether R4 gives the type a patient, so that a message can bring it. */
const isAboutSomebody = (resource: Resource): boolean =>
  ['subject', 'patient', 'beneficiary', 'for'].some((name) => name in resource) ||
  resource.resourceType === 'Appointment';

test('every official example about a patient stays valid when it is withdrawn, and says that it is', () => {
  const faultsOf = (resource: Resource) =>
    validate(resource).flatMap(({ severity, diagnostics }) => (severity === 'error' ? [diagnostics] : []));
  const tried = new Set<string>();
  for (const example of officialExamples().filter(isAboutSomebody)) {
    if (!isWithdrawable(example.resourceType)) continue;
    const before = new Set(faultsOf(example));
    const marked = enteredInError(example, { code: 'retraction', text: 'gửi nhầm' });
    const place = `${example.resourceType}/${example.id}`;
    assert.deepEqual(
      faultsOf(marked).filter((fault) => !before.has(fault)),
      [],
      place,
    );
    assert.equal(isWithdrawn(marked), true, place);
    tried.add(example.resourceType);
  }
  assert.ok(tried.size > 50, [...tried].join(' '));
  for (const type of ['AllergyIntolerance', 'Condition', 'Goal', 'Appointment', 'Observation'])
    assert.ok(tried.has(type), type);
});

test('types that cannot be withdrawn are types of R4', () => {
  for (const type of ['AdverseEvent', 'ImmunizationRecommendation', 'Provenance', 'Schedule'])
    assert.ok(resourceTypes.has(type) && !isWithdrawable(type), type);
});
