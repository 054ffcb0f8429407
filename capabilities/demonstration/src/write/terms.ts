import { DEPARTMENT, DRUG, FACILITY, ICD10_VN, LICENCE, TEST } from '@yba/vietnam';
import { departments } from '@yba/vietnam/data';
import { diagnosis } from '../catalogue/diagnoses.ts';
import { drug } from '../catalogue/drugs.ts';
import { test } from '../catalogue/tests.ts';
import { facility } from '../facilities.ts';
import type { Member } from '../people/staff.ts';

/** HL7's code system with this name. */
export const hl7 = (name: string): string => `http://terminology.hl7.org/CodeSystem/${name}`;

/** A code system of ours with this name. */
export const own = (name: string): string => `https://yba.vn/fhir/CodeSystem/${name}`;

/** A CodeableConcept with one coding. */
export const concept = (system: string, code: string, display?: string) => ({
  coding: [{ system, code, ...(display ? { display } : {}) }],
});

/** A CodeableConcept with one coding and its text. */
export const worded = (system: string, code: string, text: string) => ({
  coding: [{ system, code, display: text }],
  text,
});

export const diagnosisConcept = (code: string) => worded(ICD10_VN, code, diagnosis(code).vi);
export const testConcept = (code: string) => worded(TEST, code, test(code).vi);
export const drugConcept = (code: string) => worded(DRUG, code, drug(code).name);

const departmentNames = new Map(departments().map((each) => [each.code, each.name]));

/** "Nội tiết"; the code itself when the list has no name. */
export const departmentName = (code: string): string => departmentNames.get(code) ?? code;

export const departmentConcept = (code: string) => worded(DEPARTMENT, code, departmentName(code));

/** A reference to a facility by its code, which needs no look-up. */
export const facilityReference = (code: string) => ({
  type: 'Organization',
  identifier: { system: FACILITY, value: code },
  display: facility(code).name,
});

/** A reference to a member of staff by licence, which needs no look-up. */
export const memberReference = (member: Member) => ({
  type: 'Practitioner',
  ...(member.licence ? { identifier: { system: LICENCE, value: member.licence } } : {}),
  display: member.title,
});
