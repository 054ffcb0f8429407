import { formatMonth, type AllergyState, type StripAllergy } from '@yba/ui';
import type { AllergyIntolerance } from '../../fhir/types.ts';
import type { Part } from './chart.ts';
import { sourceOfCode, type Facilities } from './facilities.ts';
import { conceptWords, facilityCodeOf, hasCode } from './resource-words.ts';

/** SNOMED CT 716186003 "No known allergy" and its narrower kinds. Source: https://hl7.org/fhir/R4/allergyintolerance.html */
const NONE_KNOWN = ['716186003', '409137002', '428607008', '429625007'];
const RANK = { severe: 0, moderate: 1, mild: 2 } as const;

const isSeverity = (text: string | undefined): text is keyof typeof RANK =>
  text !== undefined && text in RANK;

function worst(allergy: AllergyIntolerance): keyof typeof RANK | undefined {
  const found = (allergy.reaction ?? []).map((reaction) => reaction.severity).filter(isSeverity);
  return (
    found.sort((a, b) => RANK[a] - RANK[b])[0] ?? (allergy.criticality === 'high' ? 'severe' : undefined)
  );
}

/** What the strip says: the list with the worst first, asked and none known, not asked, or not readable now. */
export function allergyState(
  part: Part<AllergyIntolerance>,
  facilities: Facilities,
  own: string | undefined,
): AllergyState {
  if (part.state !== 'read') return { state: 'unreadable' };
  const standing = part.resources.filter(
    (one) =>
      !hasCode(one.verificationStatus ? [one.verificationStatus] : [], 'entered-in-error') &&
      !hasCode(one.verificationStatus ? [one.verificationStatus] : [], 'refuted') &&
      !hasCode(one.clinicalStatus ? [one.clinicalStatus] : [], 'resolved'),
  );
  const asked = standing
    .map((one) => one.recordedDate ?? '')
    .sort()
    .at(-1);
  const none = standing.filter((one) => NONE_KNOWN.some((code) => hasCode(one.code ? [one.code] : [], code)));
  const listed = standing.filter((one) => !none.includes(one));
  if (listed.length > 0) {
    const rows = listed.map((one): StripAllergy => {
      const reaction = one.reaction?.[0];
      const when = reaction?.onset ?? one.lastOccurrence ?? one.onsetDateTime;
      const detail = [conceptWords(reaction?.manifestation?.[0]), when && formatMonth(when)]
        .filter(Boolean)
        .join(', ');
      return {
        id: one.id ?? conceptWords(one.code),
        substance: conceptWords(one.code),
        severity: worst(one),
        detail,
        source: sourceOfCode(facilityCodeOf(one), facilities, own),
      };
    });
    rows.sort((a, b) => RANK[a.severity ?? 'mild'] - RANK[b.severity ?? 'mild']);
    return { state: 'listed', allergies: rows, asked };
  }
  const [first] = none;
  if (first) return { state: 'none', asked, source: sourceOfCode(facilityCodeOf(first), facilities, own) };
  return { state: 'not-asked' };
}
