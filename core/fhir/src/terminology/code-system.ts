import type { ProfileSource } from '../profile/profile-source.ts';
import { cachedBySource } from '../profile/cached-by-source.ts';
import type { CompactCodeSystem, CompactConcept } from './compact.ts';
import { findCodeSystem } from './library.ts';

/** A code system made ready for questions; every answer is undefined when its content is not ours. */
export type CodeSystem = {
  readonly url: string;
  /** Whether codes that differ by case alone are one code. */
  readonly ignoresCase: boolean;
  /** Whether the code exists. */
  has(code: string): boolean | undefined;
  display(code: string): string | undefined;
  /** Whether `code` is `ancestor` or a descendant of it. */
  isBelow(code: string, ancestor: string): boolean | undefined;
  /** Every code; undefined for systems that are not a list. */
  codes(): readonly string[] | undefined;
  /** Values of a property of a code; its parents by `parent`. */
  property(code: string, name: string): readonly string[] | undefined;
};

/** The code system by its url: those without a list of codes (languages, media types, currencies, ICD-10) by their grammar. */
export const codeSystem: (url: string, source?: ProfileSource) => CodeSystem | undefined = cachedBySource(
  (url, source) => {
    const grammar = grammars[url];
    if (grammar) return grammar;
    const compact = findCodeSystem(url, source);
    return compact && compact.concepts.length > 0 ? listedSystem(compact) : undefined;
  },
);

/** Whether codes of a system that differ by case alone are one code; false when that is not known here. */
export function ignoresCase(system: string, source?: ProfileSource): boolean {
  return codeSystem(system, source)?.ignoresCase === true;
}

function listedSystem({ url, complete, ignoresCase, concepts }: CompactCodeSystem): CodeSystem {
  const key = ignoresCase ? (code: string) => code.toLowerCase() : (code: string) => code;
  const index = new Map(concepts.map(([code], at) => [key(code), at]));
  const concept = (code: string) => concepts[index.get(key(code)) ?? -1];
  const unlisted = complete ? false : undefined;
  return {
    url,
    ignoresCase: ignoresCase === true,
    has: (code) => (index.has(key(code)) ? true : unlisted),
    display: (code) => concept(code)?.[1] || undefined,
    isBelow: (code, ancestor) => {
      const [at, above] = [index.get(key(code)), index.get(key(ancestor))];
      return at === undefined || above === undefined ? unlisted : stands(concepts, at, above);
    },
    codes: () => (complete ? concepts.map(([code]) => code) : undefined),
    property: (code, name) => {
      const [, , parents, properties] = concept(code) ?? [];
      if (name === 'parent') return (parents || []).map((at) => concepts[at]![0]);
      return properties?.[name] ?? [];
    },
  };
}

/** Whether a concept is another or has it among its ancestors. */
function stands(concepts: readonly CompactConcept[], at: number, ancestor: number): boolean {
  const seen = new Set([at]); // in order of finding; a set may grow while it is walked
  for (const one of seen) {
    if (one === ancestor) return true;
    for (const parent of concepts[one]![2] || []) seen.add(parent);
  }
  return false;
}

function grammar(
  url: string,
  isCode: RegExp,
  isBelow: (code: string, ancestor: string) => boolean | undefined = (code, ancestor) => code === ancestor,
): CodeSystem {
  return {
    url,
    ignoresCase: false,
    has: (code) => isCode.test(code),
    display: () => undefined,
    isBelow,
    codes: () => undefined,
    property: () => undefined,
  };
}

/** A code, `A00-B99` a block or chapter; `E11` stands above `E11.9` and `E119`. */
function icdBelow(code: string, ancestor: string): boolean {
  const [low = '', high] = ancestor.replaceAll('.', '').toUpperCase().split('-');
  const own = code.replaceAll('.', '').toUpperCase();
  if (high === undefined) return own.startsWith(low);
  const [from, to = from!] = own.split('-');
  return from!.slice(0, low.length) >= low && to.slice(0, high.length) <= high;
}

const icdCode = /^[A-Z]\d\d(?:\.?[0-9A-Z]{1,4}[†*]?|[†*])?(?:-[A-Z]\d\d)?$/i;
const icd = (url: string) => [url, grammar(url, icdCode, icdBelow)] as const;

const grammars: Readonly<Record<string, CodeSystem>> = Object.fromEntries([
  [
    'urn:ietf:bcp:47',
    grammar('urn:ietf:bcp:47', /^(?:[A-Za-z]{2,8}|i|x)(?:-[A-Za-z0-9]{1,8})*$/, (code, ancestor) =>
      `${code.toLowerCase()}-`.startsWith(`${ancestor.toLowerCase()}-`),
    ),
  ],
  // the short names stand for FHIR's own formats: https://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.format
  [
    'urn:ietf:bcp:13',
    grammar('urn:ietf:bcp:13', /^(?:xml|json|ttl|[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;.*)?)$/),
  ],
  // three letters, the withdrawn ones too; required of Money: https://hl7.org/fhir/R4/datatypes-definitions.html#Money.currency
  ['urn:iso:std:iso:4217', grammar('urn:iso:std:iso:4217', /^[A-Z]{3}$/)],
  icd('http://hl7.org/fhir/sid/icd-10'),
  icd('https://yba.vn/fhir/CodeSystem/icd-10-vn'),
]);
