import type { Issue, IssueType } from '@yba/fhir';

/**
 * The HTTP status of each kind of issue; the only place that knows.
 * Source: https://hl7.org/fhir/R4/http.html#Status-Codes
 */
const statusOfType: Readonly<Record<IssueType, number>> = {
  invalid: 400,
  'not-supported': 400,
  'too-costly': 400,
  login: 401,
  expired: 401,
  security: 403,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  duplicate: 409,
  deleted: 410,
  'multiple-matches': 412,
  'lock-error': 412,
  'too-long': 413,
  structure: 422,
  required: 422,
  value: 422,
  invariant: 422,
  'code-invalid': 422,
  extension: 422,
  processing: 422,
  'business-rule': 422,
  throttled: 429,
  exception: 500,
  transient: 503,
  timeout: 504,
  informational: 200,
};

/** What the status depends on beside the issue. `bundle`: a transaction; what is missing is named inside it. */
export type StatusContext = { hasBody: boolean; bundle?: boolean };

/**
 * The HTTP status that answers these issues: that of the first error, or 200 when there is none.
 * A request without a resource in its body cannot be unprocessable: there 422 is 400. The base itself is never
 * missing: a transaction that names something unknown or deleted is 422, not 404 or 410; nor is a resource whose
 * reference leads nowhere.
 */
export function statusOf(
  issues: readonly Issue[],
  { hasBody, bundle = false }: StatusContext = { hasBody: true },
): number {
  const first = issues.find((issue) => issue.severity === 'fatal' || issue.severity === 'error');
  const status = first ? statusOfType[first.code] : 200;
  const isInside = first?.expression?.[0]?.endsWith('.reference');
  if ((bundle || isInside) && (status === 404 || status === 410)) return 422;
  return status === 422 && !hasBody ? 400 : status;
}
