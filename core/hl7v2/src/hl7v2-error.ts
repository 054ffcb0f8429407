/**
 * Condition codes of an acknowledgement. Source: HL7 table 0357, v2.5.1 2.16.6
 */
export type ErrorCode =
  | '100' // segment sequence error
  | '101' // required field missing
  | '102' // data type error
  | '103' // table value not found
  | '200' // unsupported message type
  | '201' // unsupported event code
  | '202' // unsupported processing id
  | '203' // unsupported version id
  | '204' // unknown key identifier
  | '207'; // application error

/** Where a fault stands. Positions count from 1, as HL7 writes them: `PID-3`, second `OBX`. */
export type Place = {
  segment: string;
  /** Which segment of this name. */
  sequence?: number;
  field?: number;
  repetition?: number;
  component?: number;
};

/** What is wrong with a message, where, and what to do, in both languages. */
export class Hl7v2Error extends Error {
  readonly code: ErrorCode;
  readonly place: Place;
  readonly remedy: { vi: string; en: string };

  constructor(code: ErrorCode, place: Place, remedy: { vi: string; en: string }, options?: ErrorOptions) {
    super(`${placeText(place)}: ${remedy.en}`, options);
    this.name = 'Hl7v2Error';
    this.code = code;
    this.place = place;
    this.remedy = remedy;
  }
}

/** `OBX[2]-5.1`, as people say it. */
export function placeText({ segment, sequence, field, component }: Place): string {
  const row = sequence !== undefined && sequence > 1 ? `[${sequence}]` : '';
  return `${segment}${row}${field === undefined ? '' : `-${field}`}${component === undefined ? '' : `.${component}`}`;
}
