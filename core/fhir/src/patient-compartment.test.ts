import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patientCompartment, type Resource } from './index.ts';
import { anObservation, aPatient } from './testing.ts';

test('names the patients of a resource in the order of the compartment definition', () => {
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
    [{ resourceType: 'Organization', name: 'x' }, []],
  ];
  for (const [resource, patients] of table) assert.deepEqual(patientCompartment(resource), patients);
});
