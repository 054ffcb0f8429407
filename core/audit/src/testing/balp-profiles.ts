// The profiles of IHE BALP for RESTful interactions, for tests that hold what the log serves to them.
// Source: https://profiles.ihe.net/ITI/BALP/artifacts.html, input/fsh of github.com/IHE/ITI.BasicAudit (CC-BY-4.0)
import type { ProfileSource, Resource } from '@yba/fhir';

const BALP = 'https://profiles.ihe.net/ITI/BALP';
const R4 = 'http://hl7.org/fhir/StructureDefinition/AuditEvent';
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const THO = 'http://terminology.hl7.org/CodeSystem';
const RESTFUL = 'http://hl7.org/fhir/restful-interaction';

type Code = readonly [system: string, code: string];
type Rules = { subtypes: readonly string[]; action: string; client: Code; server: Code; user: string };

const SOURCE: Code = [DICOM, '110153'];
const DESTINATION: Code = [DICOM, '110152'];

const PROFILES: Readonly<Record<string, Rules>> = {
  Read: {
    subtypes: ['read', 'vread'],
    action: 'R',
    client: DESTINATION,
    server: SOURCE,
    user: 'Recipient',
  },
  Query: {
    subtypes: ['search', 'search-type', 'search-system'],
    action: 'E',
    client: SOURCE,
    server: DESTINATION,
    user: 'Recipient',
  },
  Create: { subtypes: ['create'], action: 'C', client: SOURCE, server: DESTINATION, user: 'DataSources' },
  Update: {
    subtypes: ['update', 'patch'],
    action: 'U',
    client: SOURCE,
    server: DESTINATION,
    user: 'DataSources',
  },
  Delete: {
    subtypes: ['delete'],
    action: 'D',
    client: [DICOM, '110150'],
    server: [`${THO}/provenance-participant-type`, 'custodian'],
    user: 'DataSources',
  },
};

const codes = (name: string, system: string, all: readonly string[]) => ({
  resourceType: 'ValueSet',
  url: `${BALP}/ValueSet/${name}`,
  status: 'active',
  compose: { include: [{ system, concept: all.map((code) => ({ code })) }] },
});

const VALUE_SETS = new Map(
  [
    ...Object.entries(PROFILES).map(([name, { subtypes }]) => codes(`All${name}VS`, RESTFUL, subtypes)),
    codes('DataSources', `${THO}/v3-ParticipationType`, ['AUT', 'INF', 'CST']),
    codes('Recipient', `${THO}/v3-ParticipationType`, ['IRCP']),
    codes('RestObjectRoles', `${THO}/object-role`, ['4', '3', '20']),
  ].map((one) => [one.url, one as Resource]),
);

const coding = ([system, code]: Code) => ({ system, code });
const concept = (code: Code) => ({ coding: [coding(code)] });

const STRUCTURES = new Map(
  Object.entries(PROFILES).flatMap(([name, rules]) =>
    [name, `Patient${name}`].map((id) => {
      const url = `${BALP}/StructureDefinition/IHE.BasicAudit.${id}`;
      return [url, structure(url, name, id !== name, rules)] as const;
    }),
  ),
);

function structure(url: string, name: string, isAboutPatient: boolean, rules: Rules): Resource {
  const { action, client, server, user } = rules;
  const at = (id: string, more: object) => ({
    id: `AuditEvent.${id}`,
    path: `AuditEvent.${id.replaceAll(/:\w+/g, '')}`,
    ...more,
  });
  const slicing = (path: string) => ({
    slicing: { discriminator: [{ type: 'value', path }], rules: 'open' },
  });
  const slice = (id: string, min: number, max: string) => at(id, { sliceName: id.split(':')[1], min, max });
  const bound = (id: string, set: string, more: object = {}) =>
    at(id, { ...more, binding: { strength: 'required', valueSet: `${BALP}/ValueSet/${set}` } });
  const none = (id: string) => at(id, { max: '0' });
  const some = (id: string) => at(id, { min: 1 });
  const machine = (id: string, type: Code) => [
    slice(`agent:${id}`, 1, '1'),
    at(`agent:${id}.type`, { min: 1, patternCodeableConcept: concept(type) }),
    some(`agent:${id}.who`),
    none(`agent:${id}.media`),
    some(`agent:${id}.network`),
  ];
  const typed = (id: string, type: Code) => at(`entity:${id}.type`, { min: 1, patternCoding: coding(type) });
  const asked =
    name === 'Query'
      ? [
          slice('entity:query', 1, '1'),
          none('entity:query.what'),
          typed('query', [`${THO}/audit-entity-type`, '2']),
          at('entity:query.role', { min: 1, patternCoding: coding([`${THO}/object-role`, '24']) }),
          none('entity:query.lifecycle'),
          some('entity:query.query'),
          none('entity:query.detail'),
        ]
      : [
          slice('entity:data', 1, '1'),
          some('entity:data.what'),
          typed('data', [`${THO}/audit-entity-type`, '2']),
          bound('entity:data.role', 'RestObjectRoles', name === 'Read' ? {} : { min: 1 }),
        ];
  const element = [
    at('type', { patternCoding: coding([`${THO}/audit-event-type`, 'rest']) }),
    at('subtype', { min: 1, ...slicing('$this') }),
    bound(`subtype:any${name}`, `All${name}VS`, { sliceName: `any${name}`, min: 1, max: '1' }),
    at('action', { min: 1, patternCode: action }),
    at('outcome', { min: 1, patternCode: '0' }),
    at('agent', { min: 2, ...slicing('type') }),
    ...machine('client', client),
    ...machine('server', server),
    slice('agent:user', 0, '1'),
    bound('agent:user.type', user, { min: 1 }),
    some('agent:user.who'),
    at('agent:user.requestor', { patternBoolean: true }),
    none('agent:user.media'),
    none('agent:user.network'),
    at('entity', { min: isAboutPatient && name !== 'Query' ? 2 : 1, ...slicing('type') }),
    slice('entity:transaction', 0, '1'),
    some('entity:transaction.what'),
    some('entity:transaction.what.identifier'),
    some('entity:transaction.what.identifier.value'),
    typed('transaction', [`${BALP}/CodeSystem/BasicAuditEntityType`, 'XrequestId']),
    ...asked,
    ...(isAboutPatient
      ? [
          slice('entity:patient', 1, '1'),
          at('entity:patient.what', {
            min: 1,
            type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Patient'] }],
          }),
          typed('patient', [`${THO}/audit-entity-type`, '1']),
          at('entity:patient.role', { min: 1, patternCoding: coding([`${THO}/object-role`, '1']) }),
        ]
      : []),
  ];
  return {
    resourceType: 'StructureDefinition',
    url,
    name: url.split('.').at(-1),
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'AuditEvent',
    baseDefinition: R4,
    derivation: 'constraint',
    differential: { element },
  };
}

/** BALP's profiles of what is read, searched, created, updated and deleted, with or without a Patient. */
export const balpProfiles: ProfileSource = {
  structureDefinition: (canonical) => STRUCTURES.get(canonical),
  valueSet: (canonical) => VALUE_SETS.get(canonical),
  codeSystem: () => undefined,
};
