import { fhir } from '../../fhir/client.ts';
import type { Parameters } from '../../fhir/types.ts';

type Part = { name: string; part?: Part[]; [value: string]: unknown };

/** The parts of an answer by name: their values, and records of parts within. */
export type Told = {
  value(name: string): string;
  flag(name: string): boolean;
  count(name: string): number;
  list(name: string): Told[];
  /** The values of all parts of that name. */
  values(name: string): string[];
};

const valueOf = (part: Part | undefined): unknown =>
  part && Object.entries(part).find(([key]) => key.startsWith('value'))?.[1];

function told(parts: readonly Part[]): Told {
  const of = (name: string) => parts.filter((part) => part.name === name);
  const text = (part: Part | undefined) => {
    const value = valueOf(part);
    if (typeof value === 'object' && value !== null)
      return String((value as { reference?: string }).reference ?? '');
    return value === undefined ? '' : String(value as string);
  };
  return {
    value: (name) => text(of(name)[0]),
    flag: (name) => valueOf(of(name)[0]) === true,
    count: (name) => Number(valueOf(of(name)[0]) ?? 0),
    list: (name) => of(name).map(({ part }) => told(part ?? [])),
    values: (name) => of(name).map(text),
  };
}

const filled = (asked: Record<string, string | undefined>) =>
  Object.entries(asked).flatMap(([name, value]) => (value ? [[name, value] as const] : []));

/** Asks a reading operation. Throws FhirError. */
export async function ask(
  operation: string,
  asked: Record<string, string | undefined> = {},
  signal?: AbortSignal,
): Promise<Told> {
  const query = new URLSearchParams(filled(asked).map(([name, value]) => [name, value])).toString();
  const answer = await fhir<Parameters>(`${operation}${query ? `?${query}` : ''}`, { signal });
  return told((answer.parameter ?? []) as unknown as Part[]);
}

/** Has an operation carried out. Throws FhirError. */
export async function carryOut(operation: string, asked: Record<string, string | undefined>): Promise<Told> {
  const parameter = filled(asked).map(([name, valueString]) => ({ name, valueString }));
  const answer = await fhir<Parameters>(operation, {
    method: 'POST',
    body: { resourceType: 'Parameters', parameter },
  });
  return told((answer.parameter ?? []) as unknown as Part[]);
}
