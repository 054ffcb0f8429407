/** FHIR IssueType codes used by the platform. Source: https://hl7.org/fhir/R4/valueset-issue-type.html */
export type IssueType =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'security'
  | 'login'
  | 'expired'
  | 'forbidden'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'code-invalid'
  | 'extension'
  | 'too-costly'
  | 'business-rule'
  | 'conflict'
  | 'transient'
  | 'lock-error'
  | 'exception'
  | 'timeout'
  | 'throttled'
  | 'informational';

/** One OperationOutcome.issue. `expression` holds FHIRPath of the elements concerned. */
export type Issue = {
  severity: 'fatal' | 'error' | 'warning' | 'information';
  code: IssueType;
  diagnostics?: string;
  expression?: string[];
  /** `coding`: what it is exactly, for software. `text`: the same in Vietnamese, for the person at a screen. */
  details?: { coding?: { system: string; code: string }[] | undefined; text?: string };
};

/**
 * What an error says: English, which becomes `diagnostics`; where a person at a screen can meet it also Vietnamese, which
 * becomes `details.text`. Source: https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.details
 */
export type Sentence = string | { en: string; vi: string };

/** The one error that crosses layers: what is wrong, where, and how to mend it. Only `http` turns it into a status. */
export class OutcomeError extends Error {
  readonly issues: Issue[];

  constructor(issues: Issue[], options?: { cause?: unknown }) {
    super(issues.map((issue) => issue.diagnostics ?? issue.code).join('; '), options);
    this.name = 'OutcomeError';
    this.issues = issues;
  }

  /** The IssueType that decides the HTTP status: that of the first error. */
  get code(): IssueType {
    return this.issues[0]?.code ?? 'exception';
  }
}

/** How many issues of one request are told. A Bundle of some megabytes can have half a million faults, which no answer could hold. */
const TOLD = 1_000;

const MORE: Issue = {
  severity: 'information',
  code: 'informational',
  diagnostics: `More was found than these ${TOLD}; mend them and send it again to hear of the rest`,
};

/** Adds what was found to what will be told, as far as that goes; then says that there is more. */
export function addIssues(told: Issue[], found: readonly Issue[]): void {
  for (const issue of found) {
    if (isFullOfIssues(told)) return;
    told.push(told.length < TOLD ? issue : MORE);
  }
}

/** Whether nothing that follows would be told. */
export const isFullOfIssues = (told: readonly Issue[]): boolean => told.length > TOLD;

/** One error of the given type. `expression` is FHIRPath or, for search, the parameter. */
export function outcomeError(code: IssueType, sentence: Sentence, expression?: string): OutcomeError {
  const said = typeof sentence === 'string' ? { en: sentence } : sentence;
  return new OutcomeError([
    {
      severity: 'error',
      code,
      ...('vi' in said ? { details: { text: said.vi } } : {}),
      diagnostics: said.en,
      ...(expression ? { expression: [expression] } : {}),
    },
  ]);
}

export const notFound = (reference: string) =>
  outcomeError('not-found', `${reference} is not known here, or not open to you`);
export const deleted = (reference: string) => outcomeError('deleted', `${reference} was deleted`);
export const invalid = (expression: string, why: Sentence) => outcomeError('value', why, expression);
export const forbidden = (why: Sentence) => outcomeError('forbidden', why);
export const conflict = (why: Sentence) => outcomeError('conflict', why);
export const notSupported = (why: Sentence, expression?: string) =>
  outcomeError('not-supported', why, expression);

const ISSUE_SYSTEM = 'https://yba.vn/fhir/CodeSystem/issue';
const FOREIGN = 'belongs-to-another-facility';

/** `conflict`: what should be written is another facility's. */
export function foreignRow(reference: string, remedy: string): OutcomeError {
  return new OutcomeError([
    {
      severity: 'error',
      code: 'conflict',
      details: { coding: [{ system: ISSUE_SYSTEM, code: FOREIGN }] },
      diagnostics: `${reference} belongs to another facility; ${remedy}`,
    },
  ]);
}

const BEYOND_SCOPE = 'insufficient-scope';

/** `forbidden`: the scopes of the token do not allow it, whoever brings it. Source: https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
export function beyondScope(why: string): OutcomeError {
  const details = { coding: [{ system: ISSUE_SYSTEM, code: BEYOND_SCOPE }] };
  return new OutcomeError([{ severity: 'error', code: 'forbidden', details, diagnostics: why }]);
}

/** Whether these issues refuse for want of scope. */
export const isBeyondScope = (issues: readonly Issue[]) =>
  issues[0]?.details?.coding?.some(({ code }) => code === BEYOND_SCOPE) ?? false;

/** Whether the caller was refused for who they are, not for what they sent: such attempts go into the access log. */
export function isRefusal(error: OutcomeError): boolean {
  return error.issues.some(
    ({ code, details }) => code === 'forbidden' || details?.coding?.some((coding) => coding.code === FOREIGN),
  );
}

/** The OperationOutcome resource that carries these issues. Source: https://hl7.org/fhir/R4/operationoutcome.html */
export function operationOutcome(issues: readonly Issue[]) {
  return { resourceType: 'OperationOutcome' as const, issue: issues };
}
