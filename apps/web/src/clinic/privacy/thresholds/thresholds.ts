import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { fhir } from '../../../fhir/client.ts';
import type { Parameters } from '../../../fhir/types.ts';
import { ALERT_RULES, type AlertRule } from '../alerts/alerts.ts';

/** The values of a threshold, in the order they are shown. */
export const VALUES = ['persons', 'listed', 'attempts', 'minutes', 'from', 'to'] as const;
export type Value = (typeof VALUES)[number];

/** What a rule strikes at since a moment (a FHIR instant). `own`: set by this facility, not everywhere. */
export type Version = {
  since: string;
  own: boolean;
  by: string;
  words: string | undefined;
  values: Partial<Record<Value, number>>;
};

/** A rule with between what its values may be set (none: it strikes at each look) and its versions, the one in force first. */
export type ThresholdRule = {
  rule: AlertRule;
  bounds: { of: Value; least: number; most: number }[];
  versions: Version[];
};

type Part = NonNullable<NonNullable<Parameters['parameter']>[number]['part']>[number];

/** When alerts are raised at this facility. */
export function useThresholds(): UseQueryResult<ThresholdRule[]> {
  return useQuery({
    queryKey: ['privacy-thresholds'],
    queryFn: async ({ signal }) => {
      const answer = await fhir<Parameters>('$privacy-thresholds', { signal });
      const rules = (answer.parameter ?? []).map(({ part = [] }) => ruleOf(part));
      return ALERT_RULES.flatMap((rule) => rules.find((one) => one.rule === rule) ?? []);
    },
  });
}

function ruleOf(part: Part[]): ThresholdRule {
  const code = part.find(({ name }) => name === 'rule')?.valueCode;
  return {
    rule: ALERT_RULES.find((one) => one === code) ?? 'mass-reading',
    bounds: part.filter(({ name }) => name === 'bound').flatMap((one) => boundOf(one.part ?? [])),
    versions: part.filter(({ name }) => name === 'version').map((one) => versionOf(one.part ?? [])),
  };
}

function boundOf(part: Part[]): ThresholdRule['bounds'] {
  const of = VALUES.find((one) => part.some(({ valueCode }) => valueCode === one));
  const number = (name: string) => part.find((one) => one.name === name)?.valueInteger ?? 0;
  return of ? [{ of, least: number('least'), most: number('most') }] : [];
}

function versionOf(part: Part[]): Version {
  const of = (name: string) => part.find((one) => one.name === name);
  return {
    since: of('since')?.valueInstant ?? '',
    own: of('own')?.valueBoolean ?? false,
    by: of('by')?.valueString ?? '',
    words: of('words')?.valueString,
    values: Object.fromEntries(
      VALUES.flatMap((name) => {
        const value = of(name)?.valueInteger;
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  };
}

/** What is to hold from now on: new values, a former version by its moment, or what holds everywhere. */
export type Change = Partial<Record<Value, number>> | { since: string } | { common: true };

/** Sets a threshold of this facility, with why. Throws FhirError. */
export async function setThreshold(rule: AlertRule, change: Change, words: string): Promise<void> {
  const values = Object.entries(change).map(([name, value]) =>
    typeof value === 'number'
      ? { name, valueInteger: value }
      : typeof value === 'string'
        ? { name, valueString: value }
        : { name, valueBoolean: value },
  );
  await fhir('$set-privacy-threshold', {
    method: 'POST',
    body: {
      resourceType: 'Parameters',
      parameter: [{ name: 'rule', valueCode: rule }, { name: 'words', valueString: words.trim() }, ...values],
    },
  });
}
