import { words } from './fhir.ts';
import type { Places } from './places.ts';
import type { HealthRecord } from './record.ts';
import { isSensitive } from './sensitivity.ts';

/** What is known of allergies: listed, asked and none, or nobody has written that it asked. */
export type Allergies =
  | {
      state: 'listed';
      allergies: { name: string; reaction: string | undefined; severe: boolean; place: string | undefined }[];
    }
  | { state: 'none' }
  | { state: 'notAsked' };

/** Source: http://snomed.info/id/716186003 (no known allergy). */
const noKnownAllergy = '716186003';

/** The allergies of a record; the statement "no known allergy" is not an allergy. */
export const allergiesOf = (record: HealthRecord, places: Places): Allergies => {
  const standing = record.AllergyIntolerance.filter(
    ({ clinicalStatus }) =>
      !clinicalStatus?.coding?.some(({ code }) => code === 'inactive' || code === 'resolved'),
  );
  const listed = standing.filter(
    ({ code }) => !code?.coding?.some((coding) => coding.code === noKnownAllergy),
  );
  if (listed.length === 0) return { state: standing.length > 0 ? 'none' : 'notAsked' };
  const byName = new Map(
    listed.map((allergy) => [
      words(allergy.code) ?? '',
      {
        name: words(allergy.code) ?? '',
        reaction:
          allergy.reaction
            ?.flatMap((reaction) => reaction.manifestation ?? [])
            .map(words)
            .filter(Boolean)
            .join(', ') || undefined,
        severe:
          allergy.criticality === 'high' ||
          (allergy.reaction?.some(({ severity }) => severity === 'severe') ?? false),
        place: places.of(allergy),
      },
    ]),
  );
  return {
    state: 'listed',
    allergies: [...byName.values()].sort((one, other) => Number(other.severe) - Number(one.severe)),
  };
};

export type Problem = {
  name: string;
  since: string | undefined;
  place: string | undefined;
  sensitive: boolean;
};

/** Long conditions being followed (the problem list), and those had before; each named once, earliest date kept. */
export const problemsOf = (record: HealthRecord, places: Places): { active: Problem[]; past: Problem[] } => {
  const active = new Map<string, Problem>();
  const past = new Map<string, Problem>();
  for (const condition of record.Condition) {
    const name = words(condition.code);
    if (!name) continue;
    const codes = condition.category?.flatMap(({ coding }) => coding ?? []).map(({ code }) => code) ?? [];
    const status = condition.clinicalStatus?.coding?.[0]?.code;
    const listed = codes.includes('problem-list-item');
    const over = status === 'resolved' || status === 'inactive' || status === 'remission';
    const group = listed && !over ? active : past;
    const since = condition.onsetDateTime ?? condition.recordedDate;
    const before = group.get(name);
    if (before && (before.since ?? '') <= (since ?? '')) continue;
    group.set(name, { name, since, place: places.of(condition), sensitive: isSensitive(condition) });
  }
  for (const name of active.keys()) past.delete(name);
  const latest = (problems: Map<string, Problem>) =>
    [...problems.values()].sort((one, other) => (other.since ?? '').localeCompare(one.since ?? ''));
  return { active: latest(active), past: latest(past) };
};
