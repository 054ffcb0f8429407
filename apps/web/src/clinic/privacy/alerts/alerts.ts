import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { fhir } from '../../../fhir/client.ts';
import type { Parameters } from '../../../fhir/types.ts';

/** What an alert is raised for. */
export const ALERT_RULES = [
  'mass-reading',
  'odd-hours',
  'vip',
  'same-surname',
  'colleague',
  'denied-attempts',
  'emergencies',
] as const;
export type AlertRule = (typeof ALERT_RULES)[number];

/** One alert. Times are FHIR instants; `limit` within `minutes` is the threshold that struck. */
export type Alert = {
  id: string;
  rule: AlertRule;
  name: string;
  role: string;
  /** `Patient/<id>` of the one person concerned, when it is one. */
  patient: string | undefined;
  first: string;
  last: string;
  looks: number;
  persons: number;
  counted: string | undefined;
  limit: number | undefined;
  minutes: number | undefined;
  /** What the looker shares with the person: address, surname; colleague, self. */
  shared: string | undefined;
  open: boolean;
  words: string | undefined;
  by: string | undefined;
  decided: string | undefined;
};

/** One look behind an alert. */
export type AlertLook = {
  id: string;
  at: string;
  action: string;
  denied: boolean;
  target: string;
  purpose: string | undefined;
  reason: string | undefined;
  basis: string | undefined;
  patient: string | undefined;
};

type Parts = NonNullable<Parameters['parameter']>;

function reader(part: Parts | undefined) {
  const of = (name: string) => part?.find((one) => one.name === name);
  const text = (name: string) => {
    const one = of(name);
    return one?.valueString ?? one?.valueCode ?? one?.valueId ?? one?.valueInstant;
  };
  return {
    text,
    number: (name: string) => of(name)?.valueInteger,
    flag: (name: string) => of(name)?.valueBoolean ?? false,
    reference: (name: string) => of(name)?.valueReference?.reference,
  };
}

function alertOf(part: Parts | undefined): Alert {
  const { text, number, flag, reference } = reader(part);
  return {
    id: text('id') ?? '',
    rule: ALERT_RULES.find((one) => one === text('rule')) ?? 'mass-reading',
    name: text('name') ?? '',
    role: text('role') ?? '',
    patient: reference('patient'),
    first: text('first') ?? '',
    last: text('last') ?? '',
    looks: number('looks') ?? 0,
    persons: number('persons') ?? 0,
    counted: text('counted'),
    limit: number('limit'),
    minutes: number('minutes'),
    shared: text('shared'),
    open: flag('open'),
    words: text('words'),
    by: text('by'),
    decided: text('decided'),
  };
}

function lookOf(part: Parts | undefined): AlertLook {
  const { text, reference } = reader(part);
  return {
    id: text('id') ?? '',
    at: text('at') ?? '',
    action: text('action') ?? '',
    denied: text('outcome') !== 'success',
    target: text('target') ?? '',
    purpose: text('purpose'),
    reason: text('reason'),
    basis: text('basis'),
    patient: reference('patient'),
  };
}

/** This facility's alerts, those to be handled first. */
export function useAlerts(enabled = true): UseQueryResult<Alert[]> {
  return useQuery({
    queryKey: ['privacy-alerts'],
    enabled,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const answer = await fhir<Parameters>('$privacy-alerts?state=all', { signal });
      return (answer.parameter ?? []).map(({ part }) => alertOf(part));
    },
  });
}

/** The looks behind an alert, newest first. */
export function useAlertLooks(alert: Alert): UseQueryResult<AlertLook[]> {
  return useQuery({
    queryKey: ['privacy-alert', alert.id, alert.looks],
    queryFn: async ({ signal }) => {
      const answer = await fhir<Parameters>(`$privacy-alert?id=${alert.id}`, { signal });
      return (answer.parameter ?? []).filter(({ name }) => name === 'look').map(({ part }) => lookOf(part));
    },
  });
}

/** Says what was found, or opens an alert again. Throws FhirError. */
export const decideAlert = (id: string, decision: 'handled' | 'reopened', words: string) =>
  fhir<Parameters>('$decide-alert', {
    method: 'POST',
    body: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'alert', valueString: id },
        { name: 'decision', valueCode: decision },
        { name: 'words', valueString: words.trim() },
      ],
    },
  });
