import { extension } from '@yba/vietnam';

const own = (name: string): string => `https://yba.vn/fhir/CodeSystem/${name}`;

/** What a Task of this capability is for: `referral` or `consultation`. */
export const TASK_KIND = own('task');
/** `Task.businessStatus`: where a referral stands. */
export const REFERRAL_STATE = own('referral-state');
/** `ServiceRequest.category`. */
export const REQUEST_CATEGORY = own('request-category');
/** What a Task gave back: `back-referral`, `answer`, `appointment`. */
export const TASK_OUTPUT = own('referral-output');

/** One step of a referral: who did what at which moment, and what was before. */
export const STEP = extension('referral-step');
/** The content of the transfer paper (XML13) that R4 has no element for, by the paper's own field names. */
export const TRANSFER_PAPER = extension('transfer-paper');
/** The content of the re-examination paper (XML14) that R4 has no element for, by the paper's own field names. */
export const APPOINTMENT_PAPER = extension('appointment-paper');
/** Beds of a facility or ward: declared, occupied, and as of when. */
export const BED_CAPACITY = extension('bed-capacity');

/** Numbers of a facility's transfer papers (GIAY_CHUYEN_TUYEN). */
export const transferNumber = (facility: string): string =>
  `https://yba.vn/fhir/sid/transfer-paper/${facility}`;
/** Numbers of a facility's appointment papers (SO_GIAYHEN_KL). */
export const appointmentNumber = (facility: string): string =>
  `https://yba.vn/fhir/sid/appointment-paper/${facility}`;
