import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPatientOfCompartment, patientCompartment, searchParameter, type Resource } from './index.ts';
import { anObservation, aPatient } from './testing.ts';

test('names the patients of a resource, whom it is about first', () => {
  const table: [Resource, string[]][] = [
    [aPatient({ id: 'p', link: [{ other: { reference: 'Patient/q' }, type: 'seealso' }] }), ['Patient/p']],
    [
      anObservation({ performer: [{ reference: 'Patient/b' }, { reference: 'Practitioner/c' }] }),
      ['Patient/example', 'Patient/b'],
    ],
    [anObservation({ subject: { reference: 'Group/1' } }), []],
    [
      anObservation({ subject: { reference: 'https://other.example/fhir/Patient/1' } }),
      ['https://other.example/fhir/Patient/1'],
    ],
    [anObservation({ subject: { reference: 'Patient/1/_history/2' } }), ['Patient/1']],
    [anObservation({ subject: { reference: 'urn:uuid:1' } }), []],
    [
      {
        resourceType: 'Appointment',
        participant: [{ actor: { reference: 'Practitioner/1' } }, { actor: { reference: 'Patient/2' } }],
      },
      ['Patient/2'],
    ],
    [{ resourceType: 'AuditEvent', agent: [{ who: { reference: 'Patient/3' } }] }, ['Patient/3']],
    [
      {
        resourceType: 'Coverage',
        policyHolder: { reference: 'Patient/parent' },
        beneficiary: { reference: 'Patient/child' },
      },
      ['Patient/child', 'Patient/parent'],
    ],
    [{ resourceType: 'Organization', name: 'x' }, []],
    [{ resourceType: 'Binary', securityContext: { reference: 'Patient/4' } }, ['Patient/4']],
    [{ resourceType: 'Binary', securityContext: { reference: 'DocumentReference/5' } }, []],
  ];
  for (const [resource, patients] of table) assert.deepEqual(patientCompartment(resource), patients);
});

test('tells which parameters name the one patient a resource is about', () => {
  const names = (type: string, code: string) => isPatientOfCompartment(type, searchParameter(type, code)!);
  for (const [type, code] of [
    ['Observation', 'subject'],
    ['Observation', 'patient'],
    ['Encounter', 'subject'],
    ['Encounter', 'patient'],
    ['Coverage', 'patient'],
    ['Coverage', 'beneficiary'],
    ['Consent', 'patient'],
  ])
    assert.ok(names(type!, code!), `${type}.${code}`);
  for (const [type, code] of [
    ['Observation', 'performer'],
    ['Coverage', 'policy-holder'],
    ['Account', 'subject'],
    ['Account', 'patient'],
    ['Appointment', 'patient'],
    ['Provenance', 'patient'],
    ['GuidanceResponse', 'patient'],
    ['Contract', 'subject'],
  ])
    assert.ok(!names(type!, code!), `${type}.${code}`);
});
