import { ICD10_VN } from '@yba/vietnam';
import type { Condition } from '../../fhir/types.ts';
import { codeIn, conceptWords, facilityCodeOf, hasCode } from './resource-words.ts';

/** One health problem over all hospitals: the same code is one row. Dates are FHIR dates. */
export type Problem = {
  key: string;
  name: string;
  code: string;
  since: string;
  last: string;
  /** Who says it: the problem list that holds it first. */
  facilities: string[];
  /** How many records say it. */
  times: number;
  /** On a problem list, or seen at two visits or more; else a passing diagnosis. */
  lasting: boolean;
};

const RETIRED = new Set(['inactive', 'resolved', 'remission']);

/** The problems that are not over, lasting ones first, then by how lately they were recorded. */
export function problemsOf(conditions: readonly Condition[]): Problem[] {
  const rows = new Map<string, Problem & { named: boolean }>();
  for (const condition of conditions) {
    if (hasCode(condition.verificationStatus ? [condition.verificationStatus] : [], 'entered-in-error'))
      continue;
    const code = codeIn(condition.code, ICD10_VN) ?? codeIn(condition.code) ?? '';
    const name = conceptWords(condition.code);
    const key = code || name;
    const status = codeIn(condition.clinicalStatus);
    const listed = hasCode(condition.category, 'problem-list-item');
    if (!key || (status && RETIRED.has(status) && listed)) continue;
    const since = condition.onsetDateTime ?? condition.recordedDate ?? '';
    const last = condition.recordedDate ?? condition.onsetDateTime ?? '';
    const facility = facilityCodeOf(condition);
    const row = rows.get(key);
    if (!row) {
      rows.set(key, {
        key,
        name,
        code,
        since,
        last,
        facilities: facility ? [facility] : [],
        times: 1,
        lasting: listed,
        named: listed,
      });
      continue;
    }
    row.times += 1;
    row.lasting ||= listed;
    if (since && (!row.since || since < row.since)) row.since = since;
    if (last > row.last) row.last = last;
    if (listed && row.times > 1 && !row.named) Object.assign(row, { name, named: true });
    if (facility && !row.facilities.includes(facility)) row.facilities[listed ? 'unshift' : 'push'](facility);
  }
  return [...rows.values()]
    .map((row) => ({ ...row, lasting: row.lasting || row.times > 1 }))
    .sort((a, b) => Number(b.lasting) - Number(a.lasting) || b.last.localeCompare(a.last));
}
