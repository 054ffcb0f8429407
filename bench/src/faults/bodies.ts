import type { Resource } from '@yba/fhir';
import { FACILITY, maLk, mrn, PERSON } from '@yba/vietnam';
import { aDossier, anEnvelope } from '@yba/vietnam/testing';
import {
  holdsNumber,
  HOSPITALS,
  OBSERVATIONS,
  ownRecord,
  rowSystem,
  somebody,
  type Message,
} from './generate.ts';

/** A message as it goes over HTTP: a transaction, the national XML envelope, or a FHIR message. */
export function bodyOf(message: Message): { path: string; type: string; body: string } {
  const type = 'application/fhir+json';
  if (message.what === 'dossier')
    return { path: '/$submit-xml', type: 'application/xml', body: envelopeOf(message) };
  if (message.way === 'message')
    return { path: '/$process-message', type, body: JSON.stringify(fhirMessageOf(message)) };
  return { path: '', type, body: JSON.stringify(bundleOf(message)) };
}

const MESSAGE_EVENT = 'https://yba.vn/fhir/CodeSystem/message-event';

/** The same resources without requests: the hub knows by their identifiers what is new. */
function fhirMessageOf(message: Message): object {
  const header = {
    resourceType: 'MessageHeader',
    eventCoding: { system: MESSAGE_EVENT, code: message.what === 'link' ? 'patient-identity' : 'visit' },
    source: { endpoint: `urn:his:${message.hospital}` },
  };
  const entries = entriesOf(message).map(({ fullUrl, resource }) => ({ fullUrl, resource }));
  return {
    resourceType: 'Bundle',
    type: 'message',
    identifier: { system: 'urn:his:messages', value: message.id },
    entry: [{ fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000000', resource: header }, ...entries],
  };
}

const PATIENT = 'urn:uuid:00000000-0000-4000-8000-000000000001';
const ENCOUNTER = 'urn:uuid:00000000-0000-4000-8000-000000000002';

/** The person as a hospital registers them; without the number while it does not know it. */
export function patientOf(
  facility: string,
  person: number,
  withNumber: boolean,
  record = ownRecord(person),
): Resource {
  const { number, name, birthDate, gender } = somebody(person);
  return {
    resourceType: 'Patient',
    identifier: [
      { system: mrn(facility), value: record },
      ...(withNumber ? [{ system: PERSON, value: number }] : []),
    ],
    name: [{ text: name }],
    gender,
    birthDate,
  };
}

function bundleOf(message: Message): object {
  const identifier = { system: 'urn:his:messages', value: message.id };
  const entry =
    message.way === 'fhir' && message.what === 'retraction' ? deletionOf(message) : entriesOf(message);
  return { resourceType: 'Bundle', identifier, type: 'transaction', entry };
}

/** What is withdrawn as the edge agent takes it: the patient, and a DELETE. */
function deletionOf(message: Message): object[] {
  const system = maLk(HOSPITALS[message.hospital].facility);
  const url = `Encounter?identifier=${encodeURIComponent(`${system}|${message.document}`)}`;
  return [entriesOf(message)[0]!, { request: { method: 'DELETE', url } }];
}

type Put = ReturnType<typeof put>;

function entriesOf(message: Message): Put[] {
  const { hospital, person, what, document, id, record } = message;
  const { facility } = HOSPITALS[hospital];
  const status = what === 'retraction';
  const patient = patientOf(facility, person, holdsNumber(message), record);
  const entries: Put[] = [put(PATIENT, patient, mrn(facility), record)];
  if (what !== 'link') {
    const subject = { reference: PATIENT };
    const encounter = {
      resourceType: 'Encounter',
      identifier: [{ system: maLk(facility), value: document }],
      status: status ? 'entered-in-error' : 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject,
      serviceProvider: { identifier: { system: FACILITY, value: facility } },
      period: { start: '2026-11-02T08:00:00+07:00', end: '2026-11-02T09:00:00+07:00' },
      reasonCode: [{ text: id }],
    };
    entries.push(put(ENCOUNTER, encounter, maLk(facility), document));
    for (let n = 0; n < OBSERVATIONS; n++) {
      const value = `${document}/${n}`;
      const observation = {
        resourceType: 'Observation',
        identifier: [{ system: rowSystem(facility), value }],
        status: status ? 'entered-in-error' : 'final',
        code: { coding: [{ system: 'http://loinc.org', code: '8251-1' }] },
        subject,
        encounter: { reference: ENCOUNTER },
        effectiveDateTime: '2026-11-02T08:30:00+07:00',
        valueString: id,
      };
      entries.push(
        put(
          `urn:uuid:00000000-0000-4000-8000-${String(100 + n).padStart(12, '0')}`,
          observation,
          rowSystem(facility),
          value,
        ),
      );
    }
  }
  return entries;
}

const put = (fullUrl: string, resource: object, system: string, value: string) => ({
  fullUrl,
  resource,
  request: {
    method: 'PUT',
    url: `${(resource as Resource).resourceType}?identifier=${encodeURIComponent(`${system}|${value}`)}`,
  },
});

function envelopeOf({ hospital, person, document, id, record }: Message): string {
  const { facility } = HOSPITALS[hospital];
  const { number, name, birthDate, gender } = somebody(person);
  const summary = {
    MA_BN: record,
    HO_TEN: name.toLocaleUpperCase('vi'),
    SO_CCCD: number,
    NGAY_SINH: `${birthDate.replaceAll('-', '')}0000`,
    GIOI_TINH: gender === 'male' ? '1' : '2',
    LY_DO_VV: id,
  };
  const rows = { XML2: 1, XML3: 1, XML4: 1 };
  return anEnvelope([aDossier({ seed: person + 1, facility, maLk: document, summary, rows })]);
}
