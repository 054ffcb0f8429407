/**
 * A visit of 25 resources as one run of text whose ids, dates and numbers have fixed places: a copy of it for another
 * person costs the writing of those places. Its search terms come from the store's own extraction.
 */
import { extract, rowTerms, type Resource } from '@yba/fhir';
import { splitTerms, termHash, typeNumber } from '@yba/repository/testing';

export const CODES = [
  '4548-4',
  '2345-7',
  '8480-6',
  '8462-4',
  '29463-7',
  '8302-2',
  '8867-4',
  '8310-5',
  '718-7',
  '2160-0',
  '14749-6',
  '2093-3',
];

const PATIENT = 'aaaaaaaa-0000-7000-8000-aaaaaaaaaaaa';
const id = (at: number) => `bbbbbbbb-0000-7000-8000-${String(at).padStart(12, '0')}`;
const DATE = '1111-11-11T11:11:11+07:00';
const WRITTEN = '2222-02-22T22:22:22.222Z';
const NUMBER = 777.77;
const FAMILY = 'QQQQQQQQQQ';
const MRN = '9090909090';
const SYSTEM = 'https://yba.vn/fhir/sid/mrn/00000';

/** Text written over a place: by kind, and for ids which resource. */
type Place = { offset: number; kind: 'patient' | 'own' | 'date' | 'written' | 'number'; of: number };

/** A resource of the visit: where its text lies, and its terms, known ones and those that name the patient or a resource. */
export type Part = {
  type: number;
  at: number;
  len: number;
  indexed: number;
  terms: readonly (number | { text: string })[];
};

export type VisitTemplate = { text: Buffer; places: readonly Place[]; parts: readonly Part[] };

const coded = (system: string, code: string) => ({
  coding: [{ system, code, display: `Display of ${code}` }],
  text: `Display of ${code}`,
});
const patient = { reference: `Patient/${PATIENT}`, display: 'Người bệnh' };
const encounter = { reference: `Encounter/${id(0)}` };

function visit(): Resource[] {
  const observation = (at: number): Resource => ({
    resourceType: 'Observation',
    id: id(at),
    status: 'final',
    category: [coded('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
    code: coded('http://loinc.org', CODES[at % CODES.length]!),
    subject: patient,
    encounter,
    effectiveDateTime: DATE,
    issued: DATE,
    valueQuantity: { value: NUMBER, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    referenceRange: [{ low: { value: 3.9 }, high: { value: 6.1 }, text: '3.9 – 6.1' }],
  });
  const others: Resource[] = [
    {
      resourceType: 'Encounter',
      id: id(0),
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: patient,
      period: { start: DATE, end: DATE },
      serviceProvider: { reference: 'Organization/bench' },
    },
    ...['E11.9', 'I10'].map((code, n) => ({
      resourceType: 'Condition',
      id: id(1 + n),
      clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'),
      code: coded('http://hl7.org/fhir/sid/icd-10', code),
      subject: patient,
      encounter,
      recordedDate: DATE,
    })),
    ...['A10BA02', 'C09AA02'].map((code, n) => ({
      resourceType: 'MedicationRequest',
      id: id(3 + n),
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: coded('http://www.whocc.no/atc', code),
      subject: patient,
      encounter,
      authoredOn: DATE,
      dosageInstruction: [{ text: 'Ngày uống 2 lần, mỗi lần 1 viên, sau ăn' }],
    })),
    {
      resourceType: 'Procedure',
      id: id(5),
      status: 'completed',
      code: coded('https://yba.vn/fhir/CodeSystem/procedure', 'XN-01'),
      subject: patient,
      encounter,
      performedDateTime: DATE,
    },
    {
      resourceType: 'DiagnosticReport',
      id: id(6),
      status: 'final',
      code: coded('http://loinc.org', '24323-8'),
      subject: patient,
      encounter,
      effectiveDateTime: DATE,
      issued: DATE,
      result: [7, 8, 9].map((at) => ({ reference: `Observation/${id(at)}` })),
    },
  ];
  return [...others, ...Array.from({ length: 25 - others.length }, (_, n) => observation(others.length + n))];
}

function person(): Resource[] {
  return [
    {
      resourceType: 'Patient',
      id: PATIENT,
      active: true,
      identifier: [{ system: SYSTEM, value: MRN }],
      name: [{ text: `Nguyễn Văn ${FAMILY}`, family: 'Nguyễn', given: ['Văn', FAMILY] }],
      gender: 'female',
      birthDate: '1970-01-01',
    },
  ];
}

function template(resources: readonly Resource[]): VisitTemplate {
  const texts: string[] = [];
  const parts: Part[] = [];
  let at = 0;
  for (const resource of resources) {
    const { resourceType, id: own, ...rest } = resource;
    const served = { resourceType, id: own!, meta: { versionId: '1', lastUpdated: WRITTEN }, ...rest };
    const text = JSON.stringify(served);
    const { indexed, others } = splitTerms(resourceType, rowTerms(served, extract(served)));
    parts.push({
      type: typeNumber(resourceType),
      at,
      len: Buffer.byteLength(text),
      indexed: indexed.length,
      terms: [...indexed, ...others].map((term) =>
        /aaaaaaaa-|bbbbbbbb-|Q{3}|90909|qqq/.test(term) ? { text: term } : termHash(term),
      ),
    });
    texts.push(text);
    at += Buffer.byteLength(text);
  }
  const text = Buffer.from(texts.join(''));
  return { text, places: placesIn(text, resources.length), parts };
}

function placesIn(text: Buffer, count: number): Place[] {
  const places: Place[] = [];
  const find = (what: string, kind: Place['kind'], of: number) => {
    for (let offset = text.indexOf(what); offset >= 0; offset = text.indexOf(what, offset + 1))
      places.push({ offset, kind, of });
  };
  find(PATIENT, 'patient', 0);
  find(DATE, 'date', 0);
  find(WRITTEN, 'written', 0);
  find(String(NUMBER), 'number', 0);
  for (let of = 0; of < count; of++) find(id(of), 'own', of);
  return places;
}

/** What a term of a copy is, given the ids of the copy. */
export function termText(
  text: string,
  patientId: string,
  ids: readonly string[],
  given: string,
  mrn: string,
): string {
  return text
    .replaceAll(PATIENT, patientId)
    .replace(/bbbbbbbb-0000-7000-8000-(\d{12})/g, (_, at: string) => ids[Number(at)]!)
    .replaceAll(MRN, mrn)
    .replace(/q{2,10}/, (found) => given.toLowerCase().slice(0, found.length));
}

/** The Patient's text, whose length differs from person to person. */
export function personText(
  text: Buffer,
  patientId: string,
  given: string,
  mrn: string,
  written: string,
): Buffer {
  return Buffer.from(
    text
      .toString()
      .replaceAll(PATIENT, patientId)
      .replaceAll(FAMILY, given)
      .replaceAll(MRN, mrn)
      .replaceAll(WRITTEN, written),
  );
}

export const visitTemplate = (): VisitTemplate => template(visit());
export const personTemplate = (): VisitTemplate => template(person());

/** A copy of the visit's text for other ids, another date and other numbers. */
export function fill(
  { text, places }: VisitTemplate,
  patientId: string,
  ids: readonly string[],
  date: string,
  written: string,
  number: () => string,
): Buffer {
  const copy = Buffer.from(text);
  for (const { offset, kind, of } of places)
    copy.write(
      kind === 'patient'
        ? patientId
        : kind === 'own'
          ? ids[of]!
          : kind === 'date'
            ? date
            : kind === 'written'
              ? written
              : number(),
      offset,
      'latin1',
    );
  return copy;
}
