import { OutcomeError, type IssueType } from '@yba/fhir';

/** An OutcomeError whose status the HTTP exchange itself decides: 405, 406, 412, 415 and the like. */
export class HttpError extends OutcomeError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: IssueType,
    diagnostics: string,
    more: { expression?: string; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(
      [
        {
          severity: 'error',
          code,
          diagnostics,
          ...(more.expression ? { expression: [more.expression] } : {}),
        },
      ],
      { cause: more.cause },
    );
    this.status = status;
    this.headers = more.headers ?? {};
  }
}

/** What `Allow` lists of an address: HEAD comes with GET, and OPTIONS is answered everywhere. Source: RFC 9110 10.2.1 */
export const allowOf = (methods: Iterable<string>): string => {
  const known = [...methods];
  return [...known, ...(known.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
};

/** 405 that names what may be done instead. */
export function methodNotAllowed(method: string, allowed: readonly string[], remedy: string): HttpError {
  return new HttpError(405, 'not-supported', `${method} is not supported here. ${remedy}`, {
    headers: { allow: allowOf(allowed) },
  });
}

/** 400 for the character U+0000, which FHIR strings may not hold. Source: https://hl7.org/fhir/R4/datatypes.html#string */
export function nullRefused(where: 'body' | 'URL'): HttpError {
  return new HttpError(400, 'invalid', `The ${where} holds the character U+0000; no text may.`);
}
