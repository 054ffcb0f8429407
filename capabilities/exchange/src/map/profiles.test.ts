import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addProfiles, addTerminology, type Resource, validate, validateFor } from '@yba/fhir';
import { extension } from '@yba/vietnam';
import { readDossier, readEnvelope } from '@yba/vietnam/dossier';
import { codeSystemsAndValueSets, structureDefinitions } from '@yba/vietnam/profiles';
import { aDossier, anEnvelope, type Fields } from '@yba/vietnam/testing';
import { coveragesOf } from './coverage.ts';
import { patientOf } from './patient.ts';
import { resourcesOf } from './resources-of.ts';
import { visitOf } from './visit.ts';

addProfiles(structureDefinitions);
addTerminology(codeSystemsAndValueSets());

/** The profile of each type a dossier becomes. */
const profileOf: Record<string, string> = {
  Patient: 'vn-patient',
  Encounter: 'vn-encounter',
  Condition: 'vn-condition',
  MedicationRequest: 'vn-medication-request',
  Coverage: 'vn-coverage',
};

const isLaboratory = (resource: Resource) => JSON.stringify(resource.category ?? '').includes('"laboratory"');

const errors = (resource: Resource, name: string) =>
  validateFor(resource, { profile: extension(name) }).issue.filter(({ severity }) => severity === 'error');

test('the profiles of Viet Nam are valid StructureDefinitions, and their terminology is valid', () => {
  for (const one of [...structureDefinitions, ...codeSystemsAndValueSets()])
    assert.deepEqual(
      validate(one).filter(({ severity }) => severity !== 'information'),
      [],
      one.url,
    );
});

test('what dossiers become meets the profiles of Viet Nam', async () => {
  const every = Array.from({ length: 15 }, (_, at) => `XML${at + 1}`);
  const summaries: Fields[] = [
    ...['01', '03', '04', '12', '14', '16'].map((kind) => ({ MA_LOAI_KCB: kind })),
    { SO_CCCD: '012345678', GIOI_TINH: '3', NGAY_SINH: '195000000000' },
    { SO_CCCD: 'B1234567', MA_NOI_DI: '92114', MA_NOI_DEN: '79024', MA_LOAI_RV: '2' },
    { SO_CCCD: '', MA_THE_BHYT: '', MA_DKBD: '', KET_QUA_DTRI: '5', SO_NGAY_DTRI: '3' },
    { MA_BENH_YHCT: 'U62.392.4;U55.001', MA_BENH_KT: 'E11.9;I10;I10', MA_KHOA: 'K02;K19' },
    { NGAY_SINH: '202609100415', NGAY_RA: '202609141200', MA_TAI_NAN: '3', HO_TEN: 'An' },
  ];
  const checked: Record<string, number> = {};
  for (const [seed, summary] of summaries.entries()) {
    const { dossiers } = await readEnvelope([
      Buffer.from(anEnvelope([aDossier({ seed, summary, tables: every })])),
    ]);
    const dossier = await readDossier(dossiers[0]!);
    assert.ok(dossier.summary);
    const visit = visitOf(dossier, '01013', 'Patient/p', (key) => `urn:key:${encodeURIComponent(key)}`);
    const resources = [...coveragesOf(visit), ...resourcesOf(visit, dossier, undefined)];
    for (const resource of [patientOf(dossier.summary, '01013'), ...resources.map((one) => one.resource)]) {
      const name =
        isLaboratory(resource) && resource.resourceType === 'Observation'
          ? 'vn-laboratory-result'
          : profileOf[resource.resourceType];
      if (!name) continue;
      assert.deepEqual(errors(resource, name), [], JSON.stringify(resource));
      checked[name] = (checked[name] ?? 0) + 1;
    }
  }
  assert.deepEqual(Object.keys(checked).sort(), [...Object.values(profileOf), 'vn-laboratory-result'].sort());
});

test('finds what a profile of Viet Nam forbids', () => {
  const patient = {
    resourceType: 'Patient',
    identifier: [{ system: 'https://yba.vn/fhir/sid/cccd', value: '123' }],
    name: [{ text: 'Trần Thị Hoà' }],
    gender: 'female',
    extension: [
      {
        url: extension('ethnic-group'),
        valueCoding: { system: 'https://yba.vn/fhir/CodeSystem/ethnic-group', code: '99' },
      },
    ],
  };
  assert.deepEqual(
    errors(patient, 'vn-patient').map(({ code, expression }) => [code, expression?.[0]]),
    [
      ['code-invalid', 'Patient.extension[0].value.ofType(Coding).code'],
      ['invariant', 'Patient.identifier[0]'],
    ],
  );
});
