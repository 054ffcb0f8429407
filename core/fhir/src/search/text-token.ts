import { LINKS } from './index-values.ts';
import type { SearchParameter } from './search-parameter.ts';
import type { TokenSearch } from './search-request.ts';

/** Expressions of R4's token parameters that lead to texts, beside the `version` of 28 types. A path of elements is none. */
const STRINGS = new Set([
  'AuditEvent.agent.altId',
  'AuditEvent.source.site',
  'CapabilityStatement.version',
  'Medication.batch.lotNumber',
  'MedicationKnowledge.monitoringProgram.name',
  'MedicationKnowledge.cost.source',
]);

/**
 * True for a token parameter of elements of type string: these are compared without regard to case, so that their terms,
 * which are of the letters as written, do not tell whether they match. Source: https://hl7.org/fhir/R4/search.html#token
 */
export function isTextToken({ type, expression = '', nodeTypes, custom, byType }: SearchParameter): boolean {
  if (type !== 'token') return false;
  if (byType) return Object.values(byType).some(isTextToken);
  if (nodeTypes) return nodeTypes.every((one) => one === 'string');
  if (custom) return false;
  return /^[A-Za-z]+\.version$/.test(expression) || STRINGS.has(expression);
}

/** Where R4's token parameters lead to ContactPoints. */
const CONTACT = /\.(?:telecom|contact)(?:\.where\(system='\w+'\))?$/;

/**
 * True for a token parameter of ContactPoints: an address of e-mail is the same in any case, and when in doubt tokens are
 * to be compared without it. Their terms are in lower case. Source: https://hl7.org/fhir/R4/search.html#token
 */
export function isContactToken({ type, expression = '', custom, byType }: SearchParameter): boolean {
  if (type !== 'token' || custom) return false;
  if (byType) return Object.values(byType).some(isContactToken);
  return CONTACT.test(expression);
}

/**
 * True for a token value that may be a url, canonical, oid or uuid that an added parameter leads to: rows that were stored
 * before these counted as tokens have no term of them. All of them have a colon, or a part behind `/` or `#`.
 */
export function isLinkToken({ custom, nodeTypes }: SearchParameter, { system, code }: TokenSearch): boolean {
  if (!custom || system || code === undefined || !/[:/#]/.test(code)) return false;
  return nodeTypes === undefined || nodeTypes.some((one) => LINKS.includes(one));
}
