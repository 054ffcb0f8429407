import { fhirDate, fhirDateTime } from '../hl7-time.ts';
import type { Segment } from '../message.ts';
import type { Systems } from './systems.ts';

/** Data types of HL7 v2 as those of FHIR, by the v2-to-FHIR guide's data type maps. All answer undefined for nothing. */

export type Coding = { system?: string; code?: string; display?: string };
export type CodeableConcept = { coding?: Coding[]; text?: string };
export type Identifier = { use?: string; type?: CodeableConcept; system?: string; value: string };

const IDENTIFIER_TYPES = 'http://terminology.hl7.org/CodeSystem/v2-0203';

const CODE_SYSTEMS: Readonly<Record<string, string>> = {
  LN: 'http://loinc.org',
  SCT: 'http://snomed.info/sct',
  SNM3: 'http://snomed.info/sct',
  UCUM: 'http://unitsofmeasure.org',
  ATC: 'http://www.whocc.no/atc',
  CVX: 'http://hl7.org/fhir/sid/cvx',
  RXNORM: 'http://www.nlm.nih.gov/research/umls/rxnorm',
};

/** The URI of a code system by its name in a message; the hospital's own otherwise. */
export function codeSystem(name: string, { icd10, local, codeSystems }: Systems): string | undefined {
  if (name === '') return undefined;
  const table = /^HL7(\d{4})$/i.exec(name)?.[1];
  if (table) return `http://terminology.hl7.org/CodeSystem/v2-${table}`;
  if (codeSystems[name]) return codeSystems[name];
  if (/^(I10|ICD-?10|I10C)$/i.test(name)) return icd10;
  if (/^https?:|^urn:/.test(name)) return name;
  return CODE_SYSTEMS[name.toUpperCase()] ?? `${local}/CodeSystem/${encodeURIComponent(name.toLowerCase())}`;
}

/** CWE, CE: code, text, system, and the alternate ones. */
export function concept(
  segment: Segment,
  field: number,
  systems: Systems,
  { repetition = 1, system }: { repetition?: number; system?: string } = {},
): CodeableConcept | undefined {
  const part = (component: number) => segment.text(field, component, 1, repetition);
  const coding = [0, 3].flatMap((at): Coding[] => {
    const [code, display, name] = [part(at + 1), part(at + 2), part(at + 3)];
    if (code === '') return [];
    const uri = codeSystem(name, systems) ?? system ?? codeSystem('L', systems);
    return [{ ...(uri ? { system: uri } : {}), code, ...(display ? { display } : {}) }];
  });
  const text = part(9) || part(2) || part(5);
  if (coding.length === 0 && text === '') return undefined;
  return { ...(coding.length > 0 ? { coding } : {}), ...(text ? { text } : {}) };
}

/** A code of a table that FHIR knows, else as text. */
export function tableConcept(segment: Segment, field: number, table: string): CodeableConcept | undefined {
  const code = segment.text(field);
  if (code === '') return undefined;
  const display = segment.text(field, 2);
  return {
    coding: [
      { system: `http://terminology.hl7.org/CodeSystem/v2-${table}`, code, ...(display ? { display } : {}) },
    ],
  };
}

/** CX of a patient. By type and authority: person number, insurance, passport, old card; else the hospital's record number. */
export function patientIdentifiers(segment: Segment, field: number, systems: Systems): Identifier[] {
  return repetitions(segment, field).flatMap((repetition): Identifier[] => {
    const value = segment.text(field, 1, 1, repetition);
    if (value === '') return [];
    const authority = segment.text(field, 4, 1, repetition).toUpperCase();
    const type = segment.text(field, 5, 1, repetition).toUpperCase();
    return [{ ...typed(type), system: patientSystem(type, authority, value, systems), value }];
  });
}

function typed(code: string): { type?: CodeableConcept } {
  return code === '' ? {} : { type: { coding: [{ system: IDENTIFIER_TYPES, code }] } };
}

function patientSystem(type: string, authority: string, value: string, systems: Systems): string {
  if (/^(NI|NNVNM|NNVN|CCCD|SS)$/.test(type) && /^\d{12}$/.test(value)) return systems.person;
  if (/^(NI|NNVNM|CMND)$/.test(type) && /^\d{9}$/.test(value)) return systems.oldIdCard;
  if (type === 'PPN') return systems.passport;
  if (type === 'SS' || /BHXH/.test(authority)) return systems.insurance;
  if (/^(HC|NH|SN|NIIP)$/.test(type) || /BHYT/.test(authority))
    return value.length === 15 ? systems.insuranceCard : systems.insurance;
  if (/^(MR|PI|PT|)$/.test(type)) return systems.recordNumber;
  return `${systems.local}/identifier/${type.toLowerCase()}`;
}

/** XPN in Vietnamese order: family name, middle names, given name. */
export function humanName(segment: Segment, field: number, repetition = 1): object | undefined {
  const part = (component: number) => segment.text(field, component, 1, repetition);
  const [family, given, middle] = [part(1), part(2), part(3)];
  const words = [...split(middle), ...split(given)];
  const text = [family, ...words].filter(Boolean).join(' ');
  if (text === '') return undefined;
  const use = { L: 'official', D: 'usual', M: 'maiden', N: 'nickname', S: 'anonymous', T: 'temp' }[part(7)];
  // a whole name in the first part has its family name in front
  const [first, ...rest] = words.length === 0 ? split(family) : [family, ...words];
  return {
    use: use ?? 'official',
    text,
    ...(first ? { family: first } : {}),
    ...(rest.length > 0 ? { given: rest } : {}),
  };
}

const split = (text: string) => text.split(/\s+/).filter(Boolean);

/** XAD. */
export function address(segment: Segment, field: number, repetition = 1): object | undefined {
  const part = (component: number) => segment.text(field, component, 1, repetition);
  const line = [part(1), part(2)].filter(Boolean);
  const [city, state, postalCode, country] = [part(3), part(4), part(5), part(6)];
  const district = part(9);
  const text = [...line, district, city, state].filter(Boolean).join(', ');
  if (text === '' && country === '') return undefined;
  const use = { H: 'home', B: 'work', O: 'work', C: 'temp', BA: 'old' }[part(7)];
  return compact({ use, text, line, city, district, state, postalCode, country });
}

/** XTN. */
export function contactPoint(
  segment: Segment,
  field: number,
  use: string,
  repetition = 1,
): object | undefined {
  const part = (component: number) => segment.text(field, component, 1, repetition);
  const isMail = part(3) === 'Internet' || part(2) === 'NET' || part(4) !== '';
  const value = (isMail ? part(4) || part(1) : part(12) || part(1) || part(7)).trim();
  if (value === '') return undefined;
  return { system: isMail ? 'email' : 'phone', value, use: part(3) === 'CP' ? 'mobile' : use };
}

/** XCN: who did something, by name and number; the hub may know them or not. */
export function practitioner(
  segment: Segment,
  field: number,
  systems: Systems,
  repetition = 1,
): object | undefined {
  const part = (component: number) => segment.text(field, component, 1, repetition);
  const display = [part(2), part(4), part(3)].filter(Boolean).join(' ');
  const number = part(1);
  if (display === '' && number === '') return undefined;
  return {
    ...(number ? { identifier: { system: `${systems.local}/staff`, value: number } } : {}),
    display: display || number,
  };
}

/** DTM. */
export const dateTime = (segment: Segment, field: number): string | undefined =>
  fhirDateTime(segment.text(field));

/** A moment, when the time is told to the minute. */
export function instant(segment: Segment, field: number): string | undefined {
  const time = dateTime(segment, field);
  return time?.includes('T') ? time : undefined;
}

export const date = (segment: Segment, field: number): string | undefined => fhirDate(segment.text(field));

/** 1, 2, … for each repetition of a field. */
export const repetitions = ({ count }: Segment, field: number): number[] =>
  Array.from({ length: count(field) }, (_, at) => at + 1);

/** Without what is undefined, an empty text, list or object. */
export function compact<T extends Record<string, unknown>>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined && each !== '' && !isEmpty(each)),
  ) as T;
}

const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** The list without what is undefined. */
export const present = <T>(list: readonly (T | undefined)[]): T[] =>
  list.filter((each) => each !== undefined);
