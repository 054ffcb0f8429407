import {
  foldedNameWords,
  isClinicalDate,
  isSearchedByWords,
  longestPrefix,
  shortestPrefix,
  WIDE,
} from '@yba/fhir';
import type { Extracted, IndexValue, SearchParameter } from '@yba/fhir';
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
  code: HashState;
  word: HashState;
  identifier: Beginnings | undefined;
  /** By system, or by the type of a reference. */
  within: Map<string, HashState>;
};

const byType = new Map<string, Map<SearchParameter, Beginnings>>();
const mostSystems = 1000;
const wide = termHash(WIDE);
const dayMs = 86_400_000;

/**
 * The hashes of `terms(extracted)` and WIDE without making the terms: on the path of every write. `everywhere`: all
 * are found without a person, as those of rows that belong to nobody.
 */
export function rowHashes(type: string, extracted: readonly Extracted[], everywhere: boolean): RowHashes {
  const first: number[] = [];
  const second: number[] = [];
  let isWide = false;
  for (const { param, values } of extracted) {
    if (param.code === '_id') continue;
    const beginnings = beginningsOf(type, param);
    const into = everywhere || beginnings.indexed ? first : second;
    for (const value of values) addValue(beginnings, value, into);
    if (beginnings.clinical)
      isWide ||= values.some((value) => value.kind === 'date' && !(value.to - value.from <= dayMs));
  }
  const indexed = distinct(first);
  const others = distinct(second);
  if (isWide) (everywhere ? indexed : others).push(wide);
  return { terms: [...indexed, ...others], indexed: indexed.length };
}

function beginningsOf(type: string, param: SearchParameter): Beginnings {
  let known = byType.get(type);
  if (!known) byType.set(type, (known = new Map()));
  let beginnings = known.get(param);
  if (!beginnings) {
    const { code } = param;
    const indexed = !param.custom && isIndexed(type, code);
    beginnings = {
      indexed,
      words: param.type === 'string' && isSearchedByWords(param),
      clinical: isClinicalDate(type, param),
      code: hashStart(`${code}|`),
      word: hashStart(`${code}^`),
      within: new Map(),
      identifier:
        param.type === 'reference'
          ? {
              indexed,
              words: false,
              clinical: false,
              code: hashStart(`${code}:identifier|`),
              word: hashStart(''),
              within: new Map(),
              identifier: undefined,
            }
          : undefined,
    };
    if (!param.custom || known.size < mostSystems) known.set(param, beginnings);
  }
  return beginnings;
}

function addValue(beginnings: Beginnings, value: IndexValue, into: number[]): void {
  switch (value.kind) {
    case 'token':
      addCode(beginnings, value.system, value.code, into);
      break;
    case 'reference':
      if (value.url !== undefined) into.push(hashFrom(beginnings.code, value.url));
      else if (value.type !== undefined && value.id !== undefined)
        into.push(hashFrom(after(beginnings, value.type, '/'), value.id));
      if (value.identifier?.value !== undefined && beginnings.identifier)
        addCode(beginnings.identifier, value.identifier.system, value.identifier.value, into);
      break;
    case 'uri':
      into.push(hashFrom(beginnings.code, value.uri));
      break;
    case 'string':
      if (beginnings.words)
        for (const word of foldedNameWords(value.text))
          hashPrefixes(beginnings.word, word, shortestPrefix, longestPrefix, into);
      break;
    default: // dates, numbers, composites and positions have no terms
  }
}

function addCode(
  beginnings: Beginnings,
  system: string | undefined,
  code: string | undefined,
  into: number[],
): void {
  if (code === undefined) return;
  into.push(hashFrom(beginnings.code, code));
  if (system !== undefined) into.push(hashFrom(after(beginnings, system, '|'), code));
}

function after({ code, within }: Beginnings, part: string, separator: string): HashState {
  let state = within.get(part);
  if (!state) {
    state = hashStart(part + separator, code);
    if (within.size < mostSystems) within.set(part, state);
  }
  return state;
}

function distinct(hashes: number[]): number[] {
  if (hashes.length > 24) return [...new Set(hashes)];
  const kept: number[] = [];
  for (const hash of hashes) if (!kept.includes(hash)) kept.push(hash);
  return kept;
}
