import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { fhir } from '../../fhir/client.ts';

/** A part of the server's answer. */
type Part = { name: string; part?: Part[]; resource?: Outcome; [value: string]: unknown };
type Outcome = {
  issue?: {
    severity: Severity;
    expression?: string[];
    details?: { coding?: { code?: string }[]; text?: string };
    diagnostics?: string;
    extension?: { extension?: { url: string; valueString?: string; valuePositiveInt?: number }[] }[];
  }[];
};
export type Answer = { parameter?: Part[] };

export type Severity = 'error' | 'warning' | 'information';
export type FailedRule = { code: string; vi: string; en: string; errors: number; warnings: number };

/** One check of a facility's data. `at` is a FHIR instant. */
export type Run = {
  facility: string;
  name: string;
  vendor: string;
  at: string;
  passed: boolean;
  formats: string[];
  errors: number;
  warnings: number;
  rulesChecked: number;
  rulesPassed: number;
  failed: FailedRule[];
  /** Errors of the checks lately, oldest first. */
  trend: number[];
};

export type Finding = {
  severity: Severity;
  rule: string;
  path: string;
  line: number | undefined;
  more: number | undefined;
  found: { vi: string; en: string };
  fix: { vi: string; en: string };
  source: string;
};

export type Checked = {
  errors: number;
  warnings: number;
  information: number;
  rulesChecked: number;
  rulesPassed: number;
  format: string;
  kept: boolean;
  findings: Finding[];
  /** What the kit could not check, by name in both languages. */
  unchecked: { vi: string; en: string; source: string }[];
};

const valueOf = (parts: readonly Part[] | undefined, name: string): unknown => {
  const part = parts?.find((one) => one.name === name);
  return part && Object.entries(part).find(([key]) => key.startsWith('value'))?.[1];
};
const textOf = (parts: readonly Part[] | undefined, name: string) => String(valueOf(parts, name) ?? '');
const countOf = (parts: readonly Part[] | undefined, name: string) => Number(valueOf(parts, name) ?? 0);

const KEY = 'conformance-results';

/** The newest check of each facility, or all checks of one. */
export function useResults(facility?: string): UseQueryResult<Answer> {
  return useQuery({
    queryKey: [KEY, facility ?? ''],
    queryFn: ({ signal }) =>
      fhir<Answer>(`$conformance-results${facility ? `?facility=${facility}` : ''}`, { signal }),
  });
}

/** The checks an answer tells of. */
export function readRuns({ parameter }: Answer): Run[] {
  return (parameter ?? [])
    .filter(({ name }) => name === 'result')
    .map(({ part }) => ({
      facility: textOf(part, 'facility'),
      name: textOf(part, 'facilityName'),
      vendor: textOf(part, 'vendor'),
      at: textOf(part, 'at'),
      passed: valueOf(part, 'passed') === true,
      formats: (part ?? []).filter(({ name }) => name === 'format').map((one) => String(one['valueCode'])),
      errors: countOf(part, 'errors'),
      warnings: countOf(part, 'warnings'),
      rulesChecked: countOf(part, 'rulesChecked'),
      rulesPassed: countOf(part, 'rulesPassed'),
      failed: (part ?? [])
        .filter(({ name }) => name === 'rule')
        .map((one) => ({
          code: textOf(one.part, 'code'),
          vi: textOf(one.part, 'vi'),
          en: textOf(one.part, 'en'),
          errors: countOf(one.part, 'errors'),
          warnings: countOf(one.part, 'warnings'),
        })),
      trend: (part ?? []).filter(({ name }) => name === 'trend').map((one) => countOf(one.part, 'errors')),
    }));
}

/** When the answer was made. */
export const asOf = ({ parameter }: Answer) => textOf(parameter, 'asOf');

/** Checks a file or a pasted text; with a facility the figures are kept for it. */
export function useCheck() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ content, facility }: { content: Blob; facility: string }) =>
      readChecked(
        await fhir<Answer>(`$conform${facility ? `?facility=${facility}` : ''}`, {
          method: 'POST',
          raw: content,
          reads: true,
        }),
      ),
    onSuccess: ({ kept }) => (kept ? client.invalidateQueries({ queryKey: [KEY] }) : undefined),
  });
}

function readChecked({ parameter }: Answer): Checked {
  const file = parameter?.find(({ name }) => name === 'file')?.part;
  const issues = file?.find(({ name }) => name === 'outcome')?.resource?.issue ?? [];
  return {
    errors: countOf(parameter, 'errors'),
    warnings: countOf(parameter, 'warnings'),
    information: countOf(parameter, 'information'),
    rulesChecked: countOf(parameter, 'rulesChecked'),
    rulesPassed: countOf(parameter, 'rulesPassed'),
    kept: valueOf(parameter, 'kept') === true,
    format: textOf(file, 'format'),
    unchecked: (parameter ?? [])
      .filter(({ name }) => name === 'unchecked')
      .map(({ part }) => ({
        vi: textOf(part, 'vi'),
        en: textOf(part, 'en'),
        source: textOf(part, 'source'),
      })),
    findings: issues.flatMap((issue) => {
      const told = issue.extension?.[0]?.extension;
      if (!told) return []; // “nothing was found wrong”
      const text = (url: string) => told.find((one) => one.url === url)?.valueString ?? '';
      const number = (url: string) => told.find((one) => one.url === url)?.valuePositiveInt;
      return {
        severity: issue.severity,
        rule: issue.details?.coding?.[0]?.code ?? '',
        path: issue.expression?.[0] ?? '',
        line: number('line'),
        more: number('more'),
        found: { vi: text('foundVi'), en: text('foundEn') },
        fix: { vi: text('fixVi'), en: text('fixEn') },
        source: text('source'),
      };
    }),
  };
}
