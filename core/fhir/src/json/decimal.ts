declare global {
  interface JSON {
    /** Text that `JSON.stringify` writes as it stands. Source: https://tc39.es/proposal-json-parse-with-source/ */
    rawJSON(text: string): object;
  }
}

/**
 * A number whose digits a JavaScript number would not keep: `1.0`, `1e2`, more than 15 digits.
 * Compares and computes as a number, is written by `JSON.stringify` with its own digits.
 * Source: https://hl7.org/fhir/R4/datatypes.html#decimal (the precision of a decimal is significant)
 */
export class Decimal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  valueOf(): number {
    return Number(this.text);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): object {
    return JSON.rawJSON(this.text);
  }
}
