import { isPatientOfCompartment, searchParameter } from '@yba/fhir';

/**
 * Parameters whose terms are indexed without a person (column gterms): what people look for by value alone.
 * Every other search names a person, or walks its facility's rows. One term costs about 0.7 µs and 75–95 B of WAL.
 */
const INDEXED = new Set([
  'identifier',
  'name',
  'family',
  'given',
  'phone',
  'email',
  'telecom',
  'code',
  '_tag',
  '_profile',
  'encounter',
  'context',
  'based-on',
  'focus',
  'performer',
  'requester',
  'practitioner',
  'actor',
  'url',
]);

/** The parameter a term belongs to: what stands before its first separator. */
function parameterOf(term: string): string {
  return /^[^|^:]+/.exec(term)?.[0] ?? term;
}

/** The terms of a patient's row that go into the index. */
export function indexedTerms(type: string, terms: readonly string[]): string[] {
  return terms.filter((term) => isIndexed(type, parameterOf(term)));
}

/** A patient named by a parameter is looked for in the chart, except where others may be named beside it. */
export function isIndexed(type: string, code: string): boolean {
  if (INDEXED.has(code)) return true;
  const param = code === 'patient' || code === 'subject' ? searchParameter(type, code) : undefined;
  return param !== undefined && !isPatientOfCompartment(type, param);
}
