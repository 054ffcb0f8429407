import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { Language } from '@yba/ui';
import { fhir } from '../../fhir/client.ts';
import type { Parameters } from '../../fhir/types.ts';

/** The levels a file is made for. */
export const LEVELS = ['2', '3', '4'] as const;
export type Level = (typeof LEVELS)[number];

/** `document`: a person has to show it. */
export type ControlState = 'met' | 'not-met' | 'document';

/** The areas of controls, in the order of the file. */
export const AREAS = ['access', 'log', 'data', 'network', 'operation', 'organisation'] as const;

export type Control = {
  id: string;
  area: string;
  title: string;
  state: ControlState;
  evidence: string;
  required: string | undefined;
  /** False: what is required is known at second hand. */
  certain: boolean;
};

/** The file of one level, in one language. `measured` is a FHIR instant. */
export type SecurityFile = {
  level: Level;
  measured: string;
  version: string;
  demo: boolean;
  controls: Control[];
  /** The server's answer as it came, to be kept as a file. */
  whole: Parameters;
};

/** The file of a level, as the system measures it now. */
export function useSecurityFile(level: Level): UseQueryResult<Parameters> {
  return useQuery({
    queryKey: ['security-file', level],
    queryFn: ({ signal }) => fhir<Parameters>(`$security-file?level=${level}`, { signal }),
  });
}

/** Reads the answer in a language. */
export function readFile(whole: Parameters, level: Level, language: Language): SecurityFile {
  const all = whole.parameter ?? [];
  const suffix = language === 'vi' ? 'Vi' : 'En';
  return {
    level,
    measured: all.find(({ name }) => name === 'measured')?.valueInstant ?? '',
    version: all.find(({ name }) => name === 'version')?.valueString ?? '',
    demo: all.find(({ name }) => name === 'demo')?.valueBoolean ?? false,
    controls: all
      .filter(({ name }) => name === 'control')
      .map(({ part }) => {
        const of = (name: string) => part?.find((one) => one.name === name);
        return {
          id: of('id')?.valueCode ?? '',
          area: of('area')?.valueCode ?? '',
          title: of(language)?.valueString ?? '',
          state: (of('state')?.valueCode ?? 'document') as ControlState,
          evidence: of(`evidence${suffix}`)?.valueString ?? '',
          required: of(`required${suffix}`)?.valueString,
          certain: of('certain')?.valueBoolean ?? true,
        };
      }),
    whole,
  };
}
