import { clinicalDate, outcomeError, parseJson } from '@yba/fhir';
import type { Context, Interactions, Page, PageEntry, Resource } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { PAGE_BYTES } from '../rows/page-bytes.ts';
import { given } from './parameters.ts';

/** Results read at a time, and at most. */
const PAGE = 1000;
const MOST = 100_000;

type Coding = { system?: string; code?: string };

/**
 * `Observation/$lastn`: the newest `max` (1 unless told) results of each kind that a patient has, newest first.
 * Kinds are codes; two are one kind when they share a coding. A result without any time is newest only where none has
 * one. Parameters: patient or subject, max, whatever else narrows a search, and what is to be shown beside those found.
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
      const names = [...namesOf(query, body)];
      const shows = names.find((name) => SHOWING.has(name));
      if (shows !== undefined)
        throw outcomeError(
          'invalid',
          `$lastn has no parameter “${shows}”: it takes max, and what narrows a search of Observations`,
          shows,
        );
      const parameters = given(query, body, names);
      const search = new URLSearchParams();
      const includes = new URLSearchParams();
      for (const name of names) {
        const its = /^_(?:rev)?include(?::|$)/.test(name) ? includes : search;
        if (name !== 'max') for (const value of parameters.all(name)) its.append(name, value);
      }
      if (![...search.keys()].some((name) => /^(patient|subject)(?:[:.]|$)/.test(name)))
        throw outcomeError('required', 'Say whose results are asked for: patient or subject', 'patient');
      const max = parameters.one('max');
      const groups = new Groups(maxOf(max));
      const timeless: Kept[] = [];
      let waiting = 0;
      await readAll(interactions, context, search, (entry) => {
        const resource = parseJson(entry.text!);
        const kept = { entry, codes: codesOf(resource) };
        if (clinicalDate(resource) === undefined) {
          timeless.push(kept);
          waiting += entry.text!.length;
        } else groups.add(kept);
        if (groups.characters + waiting > PAGE_BYTES) throw tooMuch();
      });
      for (const kept of timeless) groups.add(kept);
      const self = new URLSearchParams([
        ...search,
        ...includes,
        ...(max === undefined ? [] : [['max', max]]),
      ]);
      const newest = groups.entries();
      const beside = includes.size > 0 ? await besideThem(interactions, context, newest, includes) : [];
      return {
        text: bundle(newest, beside, `${baseUrl}/Observation/$lastn?${self.toString()}`),
      };
    },
  };
}

/** How a search shows what it finds, which is not for the caller to say here. */
const SHOWING: ReadonlySet<string> = new Set(['_count', '_sort', '_page', '_total', '_summary', '_elements']);

/** The names of all parameters, of the URL and the body. */
function namesOf(query: URLSearchParams, body: Resource | undefined): Set<string> {
  const inBody = (body?.['parameter'] ?? []) as { name?: string }[];
  return new Set([...query.keys(), ...inBody.flatMap(({ name }) => name ?? [])]);
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
    query = behind(page);
  }
}

const behind = ({ next }: Page): URLSearchParams | undefined =>
  next === undefined ? undefined : new URLSearchParams(next.slice(next.indexOf('?') + 1));

/** Results whose includes are read at a time. */
const TOGETHER = 500;

/** An id that no result has: what is to be included is judged where nothing is found, too. */
const NO_RESULT = '-';

/** What a search of the results shows beside them, each once. */
async function besideThem(
  interactions: Interactions,
  context: Context,
  results: readonly PageEntry[],
  includes: URLSearchParams,
): Promise<PageEntry[]> {
  const shown = new Set(results.map(({ fullUrl }) => fullUrl));
  let characters = results.reduce((sum, { text }) => sum + text!.length, 0);
  const beside: PageEntry[] = [];
  for (let at = 0; at === 0 || at < results.length; at += TOGETHER) {
    const ids = results.slice(at, at + TOGETHER).map(({ fullUrl }) => /[^/]*$/.exec(fullUrl)![0]);
    let query: URLSearchParams | undefined = new URLSearchParams([
      ['_id', ids.join(',') || NO_RESULT],
      ...includes,
      ['_count', String(TOGETHER)],
    ]);
    while (query) {
      const page: Page = await interactions.search(context, 'Observation', query, { handling: 'strict' });
      for (const entry of page.entries) {
        if (entry.mode !== 'include' || shown.has(entry.fullUrl)) continue;
        shown.add(entry.fullUrl);
        beside.push(entry);
        characters += entry.text!.length;
        if (characters > PAGE_BYTES) throw tooMuch();
      }
      query = behind(page);
    }
  }
  return beside;
}

const tooMuch = () =>
  outcomeError(
    'too-costly',
    `The newest results of all kinds are more than ${PAGE_BYTES / 1024 / 1024} MiB; narrow by category or code, or ask for a smaller max`,
    'code',
  );

/** A result and the codes that say of which kind it is. */
type Kept = { entry: PageEntry; codes: readonly string[] };

/** The newest results of each kind. */
class Groups {
  readonly #most: number;
  readonly #byCode = new Map<string, PageEntry[]>();
  /** Length of what is kept. */
  characters = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add({ entry, codes }: Kept): void {
    const group = codes.map((code) => this.#byCode.get(code)).find((known) => known !== undefined) ?? [];
    for (const code of codes) if (!this.#byCode.has(code)) this.#byCode.set(code, group);
    if (group.length >= this.#most) return;
    group.push(entry);
    this.characters += entry.text!.length;
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

function bundle(entries: readonly PageEntry[], beside: readonly PageEntry[], self: string): string {
  const list = [...entries, ...beside].map(
    ({ fullUrl, text, mode }) =>
      `{"fullUrl":${JSON.stringify(fullUrl)},"resource":${text},"search":{"mode":"${mode}"}}`,
  );
  const link = JSON.stringify([{ relation: 'self', url: self }]);
  const entry = list.length > 0 ? `,"entry":[${list.join(',')}]` : '';
  return `{"resourceType":"Bundle","type":"searchset","total":${entries.length},"link":${link}${entry}}`;
}
