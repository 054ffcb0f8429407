import { Decimal } from '@yba/fhir';
import {
  COST_GROUP,
  DEPARTMENT,
  extension,
  FACILITY,
  ICD10_VN,
  LICENCE,
  parsePractitioners,
} from '@yba/vietnam';

/** The element under this name, or nothing when there is no value: FHIR has no empty elements. */
export function element<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  const empty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  return (empty ? {} : { [name]: value }) as { [P in K]?: V };
}

/** A code as FHIR has it: single spaces only. */
export const codeText = (code: string): string => code.replace(/\s+/g, ' ').trim();

/** A CodeableConcept of one code, with the text people read. */
export const concept = (system: string, code: string | undefined, text?: string) => ({
  ...(code ? { coding: [{ system, code: codeText(code), ...element('display', text) }] } : {}),
  ...element('text', text),
});

/** A facility, named by its code. */
export const facilityReference = (code: string) => ({
  type: 'Organization',
  identifier: { system: FACILITY, value: code },
});

/** The practitioners of a field, named by licence; other facilities in a suffix come as an extension. */
export const practitionerReferences = (field: string | undefined) =>
  parsePractitioners(field ?? '').map(({ licence, elsewhere, trainee }) => {
    const extensions = [
      ...(elsewhere
        ? [{ url: extension(`practitioner-${elsewhere.why}`), valueString: elsewhere.facility }]
        : []),
      ...(trainee ? [{ url: extension('practitioner-trainee'), valueString: trainee }] : []),
    ];
    return {
      ...element('extension', extensions),
      type: 'Practitioner',
      identifier: { system: LICENCE, value: licence },
      display: licence,
    };
  });

/** The ICD-10 list in force when the visit ended. Source: TT 06/2026/TT-BYT art. 6. */
export const icdVersion = (end: string): string => (end >= '20260701' ? '2026' : '2020');

export const icdConcept = (code: string, end: string, text?: string) => ({
  coding: [{ system: ICD10_VN, version: icdVersion(end), code: code.replace(/[†*+]$/u, '') }],
  ...element('text', text),
});

export const departmentCoding = (code: string) => ({ system: DEPARTMENT, code });

export const costGroup = (code: string | undefined) => (code ? [concept(COST_GROUP, code)] : []);

/** A number with the digits it was written with. */
export function decimal(text: string): number | Decimal {
  return String(Number(text)) === text ? Number(text) : new Decimal(text);
}

/** A dossier's quantity (`30.000`) without the zeros its format pads with. */
export const count = (text: string): number => Number(text);
