import { invalid, outcomeError, type Resource } from '@yba/fhir';

type Parameter = { name?: string; resource?: Resource; [value: string]: unknown };

/** The parameters of a call, of its query and of its Parameters body alike. */
export type Given = {
  text(name: string): string | undefined;
  /** Throws `required` when it is missing or blank. */
  needed(name: string): string;
  /** A day `2025-07-01` that the calendar has, of the years 1000 to 9999; throws `invalid` otherwise. */
  day(name: string): string | undefined;
  resource(name: string): Resource | undefined;
};

const DAY = /^[1-9]\d{3}-\d{2}-\d{2}$/;

/** Reads them. Throws `not-supported` for one that `known` does not list. */
export function given(
  known: readonly string[],
  { query, body }: { query: URLSearchParams; body?: Resource | undefined },
): Given {
  const values = new Map<string, string>();
  const resources = new Map<string, Resource>();
  const keep = (name: string, value: string) => {
    if (!known.includes(name))
      throw outcomeError(
        'not-supported',
        `${name.slice(0, 60)} is not known here; known are ${known.join(', ')}`,
        name.slice(0, 60),
      );
    values.set(name, value.trim());
  };
  for (const [name, value] of query) if (name !== '_format' && name !== '_pretty') keep(name, value);
  for (const parameter of (body?.['parameter'] ?? []) as Parameter[]) {
    const name = parameter.name ?? '';
    const value = Object.entries(parameter).find(([key]) => key.startsWith('value'))?.[1];
    if (parameter.resource) resources.set(name, parameter.resource);
    if (parameter.resource && known.includes(name)) continue;
    keep(name, typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''));
  }
  const text = (name: string) => values.get(name) || undefined;
  return {
    text,
    needed(name) {
      const value = text(name);
      if (value === undefined)
        throw outcomeError('required', { en: `Say ${name}`, vi: `Còn thiếu: ${name}.` }, at(name));
      return value;
    },
    day(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!DAY.test(value) || new Date(`${value}T00:00:00Z`).toJSON()?.slice(0, 10) !== value)
        throw invalid(at(name), {
          en: `${name} is a day of the calendar, such as 2025-07-01`,
          vi: `Ngày chưa đúng (${name}): viết như 2025-07-01.`,
        });
      return value;
    },
    resource: (name) => resources.get(name),
  };
}

const at = (name: string) => `Parameters.parameter.where(name='${name}').value`;

export const MOST_WORDS = 2_000;

/** A reason in words: two at least, 2,000 characters at most. Throws `value`. */
export function wordsIn(of: Given, name: string): string {
  const words = of.text(name) ?? '';
  if (words.split(/\s+/).length < 2 || words.length > MOST_WORDS)
    throw invalid(at(name), {
      en: `Say in two words or more why: ${name}`,
      vi: 'Hãy ghi căn cứ hoặc lý do, từ hai từ trở lên.',
    });
  return words;
}

type Part = { name: string; [value: string]: unknown };

/** A part whose value is a string, left out when there is none. */
export const stringPart = (name: string, value: string | null | undefined): Part[] =>
  value === null || value === undefined || value === '' ? [] : [{ name, valueString: value }];
export const codePart = (name: string, value: string | null | undefined): Part[] =>
  value === null || value === undefined || value === '' ? [] : [{ name, valueCode: value }];
export const datePart = (name: string, value: string | null | undefined): Part[] =>
  value === null || value === undefined ? [] : [{ name, valueDate: value }];
export const instantPart = (name: string, value: Date | null | undefined): Part[] =>
  value === null || value === undefined ? [] : [{ name, valueInstant: value.toISOString() }];

/** An answer that is never kept by a cache. */
export const parametersAnswer = (parameter: readonly object[]) => ({
  resource: { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) },
  headers: { 'cache-control': 'no-store' },
});

/** The day in Viet Nam, which keeps UTC+7 all year. */
export const localDay = (at: Date): string =>
  new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 10);

/** The day before. */
export const dayBefore = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
