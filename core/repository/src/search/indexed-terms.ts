import { containedTerm, isPatientOfCompartment, searchParameter } from '@yba/fhir';

/**
 * Parameters whose terms are indexed without a person (the first `indexed` of a row's terms): what people look for by value alone.
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

/** Of these, parameters whose values are rare: the index finds a few rows, which is always better than a walk. */
const RARE = new Set([
  'identifier',
  'name',
  'family',
  'given',
  'phone',
  'email',
  'telecom',
  'encounter',
  'context',
  'based-on',
  'focus',
  'url',
  // indexed only where the resource may be about several
  'patient',
  'subject',
]);

/** True when a value of the parameter is had by few rows of the country. */
export function isRare(code: string): boolean {
  return RARE.has(code);
}

/** Parameters of names: rare where they are whole, but a single word of them may be had by a third of the people. */
const NAMES = new Set(['name', 'family', 'given']);

/** True when a value of the parameter, though of a rare kind, may be had by many. */
export function isName(code: string): boolean {
  return NAMES.has(code);
}

/** The parameter a term belongs to: what stands before its first separator. */
function parameterOf(term: string): string {
  return /^[^|^:]+/.exec(term)?.[0] ?? term;
}

/** Splits the terms of a patient's row into those that go into the index and the others. */
export function splitTerms(type: string, terms: readonly string[]): { indexed: string[]; others: string[] } {
  const indexed: string[] = [];
  const others: string[] = [];
  for (const term of terms) {
    const code = parameterOf(term);
    (isIndexed(type, code) || term === containedTerm(code) ? indexed : others).push(term);
  }
  return { indexed, others };
}

/** A patient named by a parameter is looked for in the chart, except where others may be named beside it. */
export function isIndexed(type: string, code: string): boolean {
  if (INDEXED.has(code)) return true;
  const param = code === 'patient' || code === 'subject' ? searchParameter(type, code) : undefined;
  return param !== undefined && !isPatientOfCompartment(type, param);
}
