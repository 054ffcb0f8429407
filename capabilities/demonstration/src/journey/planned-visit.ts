import type { Moment } from '../catalogue/drugs.ts';
import type { Allergy } from '../people/person.ts';

/** Vital signs in their usual units; what was not measured is absent. */
export type Vitals = {
  systolic?: number;
  diastolic?: number;
  pulse?: number;
  temperature?: number;
  respiration?: number;
  saturation?: number;
  weight?: number;
  height?: number;
};

/** A result: a number in the unit of the test, or words. */
export type Result = {
  test: string;
  value: number | string;
  /** Milliseconds; absent: soon after the visit began. */
  at?: number;
};

/** A prescription; `dose` and `when` replace the usual ones of the drug. */
export type Prescription = {
  drug: string;
  days: number;
  dose?: number;
  when?: readonly Moment[];
  /** Bought by the patient and only told of. */
  reported?: boolean;
};

/** A long-term problem with the year it began. */
export type Problem = { code: string; since: string };

export type Imaging = { kind: keyof typeof imagingKinds; finding: string };

/** Examinations that answer in words. */
export const imagingKinds = {
  xray: { code: 'xray', vi: 'X-quang', category: 'RAD' },
  ultrasound: { code: 'ultrasound', vi: 'Siêu âm', category: 'RUS' },
  ct: { code: 'ct', vi: 'Chụp cắt lớp vi tính', category: 'CT' },
  ecg: { code: 'ecg', vi: 'Điện tim', category: 'EC' },
  endoscopy: { code: 'endoscopy', vi: 'Nội soi dạ dày', category: 'GE' },
} as const;

/** What happened at one visit, before it is written as FHIR. */
export type PlannedVisit = {
  facility: string;
  /** Milliseconds; `end` is absent while the patient is still there. */
  start: number;
  end?: number;
  kind: 'outpatient' | 'inpatient' | 'emergency';
  /** K01 to K47. */
  department: string;
  /** Principal diagnosis first. */
  diagnoses: readonly string[];
  /** Long-term problems: sent to the problem list of a facility that did not know of them. */
  problems?: readonly Problem[];
  /** Problems put on the list at this very visit. */
  found?: readonly Problem[];
  /** Allergies asked about at this visit; absent: those of the person, at the first visit of all. */
  allergies?: readonly Allergy[];
  reason: string;
  vitals: Vitals;
  results: readonly Result[];
  imaging?: Imaging;
  drugs: readonly Prescription[];
  advice: string;
  referral?: { to: string; reason: string };
  revisit?: { at: number; note?: string; fulfilled?: boolean };
  bloodGroup?: boolean;
  sensitive?: 'PSY' | 'tuberculosis';
};
