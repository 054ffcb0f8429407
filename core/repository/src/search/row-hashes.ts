import {
  containedTerm,
  extractParameter,
  foldedNameWords,
  isClinicalDate,
  isContactToken,
  isSearchedByWords,
  longestPrefix,
  ownText,
  parseReference,
  shortestPrefix,
  tellTermValues,
  termPlan,
  WIDE,
} from '@yba/fhir';
import type {
  DateValue,
  IndexValue,
  ReferenceValue,
  Resource,
  SearchParameter,
  TermPlan,
  TermSink,
} from '@yba/fhir';
import { hashFrom, hashPrefixes, hashStart, termHash } from '../rows/term-hash.ts';
import type { HashState } from '../rows/term-hash.ts';
import { isIndexed } from './indexed-terms.ts';

/** The hashes of a row's search terms: those that are found without a person, then the others. */
export type RowHashes = { terms: readonly number[]; indexed: number };

/** What never changes of a parameter's terms: their beginnings, hashed once. */
type Beginnings = {
  indexed: boolean;
  words: boolean;
  clinical: boolean;
  contact: boolean;
  code: HashState;
  word: HashState;
  contained: number;
  identifier: Beginnings | undefined;
  /** By system, or by the type of a reference. */
  within: Map<string, HashState>;
};

const plans = new Map<string, TermPlan<Beginnings>>();
const custom = new WeakMap<SearchParameter, Beginnings>();
const mostSystems = 1000;
const wide = termHash(WIDE);
const dayMs = 86_400_000;

/**
 * The hashes of `terms(extract(resource, more))` and WIDE without making values or terms: on the path of every write.
 * `everywhere`: all are found without a person, as those of rows that belong to nobody. Undefined where they are more
 * than `most`, or so many times as many before those found twice are put together: each letter of a name's word makes one.
 */
export function rowHashes(
  resource: Resource,
  more: readonly SearchParameter[],
  everywhere: boolean,
): RowHashes;
export function rowHashes(
  resource: Resource,
  more: readonly SearchParameter[],
  everywhere: boolean,
  most: number,
): RowHashes | undefined;
export function rowHashes(
  resource: Resource,
  more: readonly SearchParameter[],
  everywhere: boolean,
  most = Infinity,
): RowHashes | undefined {
  const { resourceType } = resource;
  let plan = plans.get(resourceType);
  if (!plan)
    plans.set(resourceType, (plan = termPlan(resourceType, (param) => beginningsOf(resourceType, param))));
  const hashes = new TermHashes(everywhere, most);
  tellTermValues(plan, resource, hashes);
  for (const param of more) {
    let beginnings = custom.get(param);
    if (!beginnings) custom.set(param, (beginnings = beginningsOf(resourceType, param)));
    hashes.begin(beginnings);
    for (const value of extractParameter(param, resource)) tell(hashes, value);
  }
  return hashes.all();
}

function beginningsOf(type: string, param: SearchParameter): Beginnings {
  const { code } = param;
  const indexed = !param.custom && isIndexed(type, code);
  return {
    indexed,
    words: param.type === 'string' && isSearchedByWords(param),
    clinical: isClinicalDate(type, param),
    contact: isContactToken(param),
    code: hashStart(`${code}|`),
    word: hashStart(`${code}^`),
    contained: termHash(containedTerm(code)),
    within: new Map(),
    identifier:
      param.type === 'reference'
        ? {
            indexed,
            words: false,
            clinical: false,
            contact: false,
            code: hashStart(`${code}:identifier|`),
            word: hashStart(''),
            contained: 0,
            within: new Map(),
            identifier: undefined,
          }
        : undefined,
  };
}

/** A literal reference to a resource here: `Type/id`, whose term is the text itself. */
const isPlainReference = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/;

/** How often a term may be told on the average. */
const TOLD_AGAIN = 8;

/** Hashes values as they are told. */
class TermHashes implements TermSink<Beginnings> {
  readonly #everywhere: boolean;
  readonly #most: number;
  readonly #mostTold: number;
  readonly #first: number[] = [];
  readonly #second: number[] = [];
  #isWide = false;
  #beginnings!: Beginnings;
  #into: number[] = this.#first;

  constructor(everywhere: boolean, most: number) {
    this.#everywhere = everywhere;
    this.#most = most;
    this.#mostTold = TOLD_AGAIN * most;
  }

  begin(beginnings: Beginnings): void {
    this.#beginnings = beginnings;
    this.#into = this.#everywhere || beginnings.indexed ? this.#first : this.#second;
  }

  all(): RowHashes | undefined {
    if (this.#first.length + this.#second.length > this.#mostTold) return undefined;
    const indexed = distinct(this.#first);
    const others = distinct(this.#second);
    if (indexed.length + others.length > this.#most) return undefined;
    if (this.#isWide) (this.#everywhere ? indexed : others).push(wide);
    const count = indexed.length;
    for (let at = 0; at < others.length; at++) indexed.push(others[at]!);
    return { terms: indexed, indexed: count };
  }

  token(system: string | undefined, code: string | undefined): void {
    this.#addCode(this.#beginnings, system, this.#beginnings.contact ? code?.toLowerCase() : code);
  }

  literal(text: string): void {
    if (isPlainReference.test(text)) this.#into.push(hashFrom(this.#beginnings.code, text));
    else this.reference(parseReference(text));
  }

  reference({ type, id, url, fragment, identifier }: ReferenceValue): void {
    const beginnings = this.#beginnings;
    // few have it, and it is looked for beside other rows: always in the index
    if (fragment !== undefined) this.#first.push(beginnings.contained);
    else if (url !== undefined) this.#into.push(hashFrom(beginnings.code, url));
    else if (type !== undefined && id !== undefined)
      this.#into.push(hashFrom(after(beginnings, type, '/'), id));
    if (identifier?.value !== undefined && beginnings.identifier)
      this.#addCode(beginnings.identifier, identifier.system, identifier.value);
  }

  uri(uri: string): void {
    this.#into.push(hashFrom(this.#beginnings.code, uri));
  }

  string(text: string): void {
    if (!this.#beginnings.words || this.#into.length > this.#mostTold) return;
    for (const word of foldedNameWords(text)) {
      if (this.#into.length > this.#mostTold) return;
      hashPrefixes(this.#beginnings.word, word, shortestPrefix, longestPrefix, this.#into);
    }
  }

  date({ from, to }: DateValue): void {
    if (this.#beginnings.clinical && !(to - from <= dayMs)) this.#isWide = true;
  }

  // these have no terms
  quantity(): void {}
  composite(): void {}
  position(): void {}

  #addCode(beginnings: Beginnings, system: string | undefined, code: string | undefined): void {
    if (code === undefined) return;
    this.#into.push(hashFrom(beginnings.code, code));
    if (system !== undefined) this.#into.push(hashFrom(after(beginnings, system, '|'), code));
  }
}

function tell(sink: TermHashes, value: IndexValue): void {
  if (value.kind === 'token') sink.token(value.system, value.code);
  else if (value.kind === 'reference') sink.reference(value);
  else if (value.kind === 'uri') sink.uri(value.uri);
  else if (value.kind === 'string') sink.string(value.text);
  else if (value.kind === 'date') sink.date(value);
}

function after({ code, within }: Beginnings, part: string, separator: string): HashState {
  let state = within.get(part);
  if (!state) {
    state = hashStart(part + separator, code);
    if (within.size < mostSystems) within.set(ownText(part), state);
  }
  return state;
}

/** By index: an iterator would hand each of these numbers out in an object of its own. */
function distinct(hashes: number[]): number[] {
  if (hashes.length > 24) return [...new Set(hashes)];
  const kept: number[] = [];
  for (let at = 0; at < hashes.length; at++) if (!kept.includes(hashes[at]!)) kept.push(hashes[at]!);
  return kept;
}
