import { outcomeError, parseJson } from '@yba/fhir';
import type { Context, Interactions, Page, PageEntry, Resource } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { given } from './parameters.ts';

/** Results read at a time, and at most. */
const PAGE = 1000;
const MOST = 100_000;

type Coding = { system?: string; code?: string };

/**
 * `Observation/$lastn`: the newest `max` (1 unless told) results of each kind that a patient has, newest first.
 * Kinds are codes; two are one kind when they share a coding. Parameters: patient or subject, category, code, max.
 * Source: https://hl7.org/fhir/R4/observation-operation-lastn.html
 */
export function lastnOperation(interactions: Interactions, baseUrl: string): Operation {
  return {
    code: 'lastn',
    forApps: true,
    on: { type: 'Observation' },
    methods: ['GET', 'POST'],
    definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn',
    async handle({ context, query, body }) {
      const parameters = given(query, body, ['patient', 'subject', 'category', 'code', 'max']);
      const search = new URLSearchParams();
      for (const name of ['patient', 'subject', 'category', 'code'])
        for (const value of parameters.all(name)) search.append(name, value);
      if (!search.has('patient') && !search.has('subject'))
        throw outcomeError('required', 'Say whose results are asked for: patient or subject', 'patient');
      const groups = new Groups(maxOf(parameters.one('max')));
      await readAll(interactions, context, search, (entry) => groups.add(entry));
      return { text: bundle(groups.entries(), `${baseUrl}/Observation/$lastn?${search.toString()}`) };
    },
  };
}

function maxOf(text: string | undefined): number {
  if (text === undefined) return 1;
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text);
  throw outcomeError('invalid', `max is a whole number from 1 to 9999, not “${text}”`, 'max');
}

/** Goes through all results of a search, newest first. */
async function readAll(
  interactions: Interactions,
  context: Context,
  search: URLSearchParams,
  take: (entry: PageEntry) => void,
): Promise<void> {
  let query: URLSearchParams | undefined = new URLSearchParams([
    ...search,
    ['_sort', '-date'],
    ['_count', String(PAGE)],
  ]);
  for (let read = 0; query; read += PAGE) {
    if (read >= MOST)
      throw outcomeError('too-costly', 'There are too many results; narrow by category or code', 'code');
    const page: Page = await interactions.search(context, 'Observation', query, { handling: 'strict' });
    for (const entry of page.entries) if (entry.mode === 'match') take(entry);
    query =
      page.next === undefined ? undefined : new URLSearchParams(page.next.slice(page.next.indexOf('?') + 1));
  }
}

/** The newest results of each kind. */
class Groups {
  readonly #most: number;
  readonly #byCode = new Map<string, PageEntry[]>();

  constructor(most: number) {
    this.#most = most;
  }

  add(entry: PageEntry): void {
    const codes = codesOf(parseJson(entry.text!));
    const group = codes.map((code) => this.#byCode.get(code)).find((known) => known !== undefined) ?? [];
    for (const code of codes) if (!this.#byCode.has(code)) this.#byCode.set(code, group);
    if (group.length < this.#most) group.push(entry);
  }

  entries(): PageEntry[] {
    return [...new Set(this.#byCode.values())].flat();
  }
}

function codesOf({ code }: Resource): string[] {
  const { coding = [], text } = (code ?? {}) as { coding?: Coding[]; text?: string };
  const codes = coding.filter((each) => each.code).map((each) => `${each.system ?? ''}|${each.code}`);
  return codes.length > 0 ? codes : [`text|${text ?? ''}`];
}

function bundle(entries: readonly PageEntry[], self: string): string {
  const list = entries.map(
    ({ fullUrl, text }) =>
      `{"fullUrl":${JSON.stringify(fullUrl)},"resource":${text},"search":{"mode":"match"}}`,
  );
  const link = JSON.stringify([{ relation: 'self', url: self }]);
  const entry = list.length > 0 ? `,"entry":[${list.join(',')}]` : '';
  return `{"resourceType":"Bundle","type":"searchset","total":${list.length},"link":${link}${entry}}`;
}
