import type { ProfileSource } from '../profile/profile-source.ts';
import { cachedBySource } from '../profile/cached-by-source.ts';
import { codeSystem, ignoresCase } from './code-system.ts';
import type { CompactInclude } from './compact.ts';
import { findValueSet } from './library.ts';

/** A concept of an expansion. */
export type ExpandedConcept = { system: string; code: string; display?: string };

/** A value set made ready: both answers are undefined when it depends on content that is not ours. */
export type ValueSet = {
  readonly url: string;
  /** Without a system: whether any of its systems has the code in it. */
  has(system: string | undefined, code: string): boolean | undefined;
  /** Every concept in it. */
  expand(): ExpandedConcept[] | undefined;
  /** Whether it can be said of every code if it is in it. */
  decides(): boolean;
};

type Part = {
  decides(): boolean;
  has(system: string | undefined, code: string): boolean | undefined;
  expand(): ExpandedConcept[] | undefined;
};

/** How deep we are in sets made of sets, and how deep we go. */
let depth = 0;
const maxDepth = 40;

/** The value set by canonical: R4's, the platform's own, or the source's. */
export const valueSet: (canonical: string, source?: ProfileSource) => ValueSet | undefined = cachedBySource(
  (canonical, source) => {
    const compact = depth < maxDepth ? findValueSet(canonical, source) : undefined;
    if (!compact) return undefined;
    depth++;
    const includes = compact.include.map((include) => part(include, source, compact.active));
    const excludes = (compact.exclude ?? []).map((exclude) => part(exclude, source));
    depth--;
    const answers = new Map<string | undefined, Map<string, boolean | undefined>>();
    let kept = 0;
    const decide = (system: string | undefined, code: string) => {
      const inside = anyOf(includes.map((one) => one.has(system, code)));
      if (!inside || excludes.length === 0) return inside;
      const outside = anyOf(excludes.map((one) => one.has(system, code)));
      return outside === undefined ? undefined : !outside;
    };
    return {
      url: compact.url,
      decides: () => [...includes, ...excludes].every((one) => one.decides()),
      has: (system, code) => {
        let ofSystem = answers.get(system);
        const known = ofSystem?.get(code);
        if (known !== undefined || ofSystem?.has(code)) return known;
        const answer = decide(system, code);
        if (code.length > longestKept || (system?.length ?? 0) > longestKept) return answer;
        if (kept++ >= maxAnswers) answers.clear();
        if (kept > maxAnswers) kept = 0;
        ofSystem = answers.get(system) ?? new Map<string, boolean | undefined>();
        answers.set(system, ofSystem.set(code, answer));
        return answer;
      },
      expand: () => {
        const concepts = allOf(includes.map((one) => one.expand()));
        const without = allOf(excludes.map((one) => one.expand()));
        if (!concepts || !without) return undefined;
        const gone = new Set(without.map(keyOf));
        return [
          ...new Map(
            concepts.filter((one) => !gone.has(keyOf(one))).map((one) => [keyOf(one), one] as const),
          ).values(),
        ];
      },
    };
  },
);

/** Answers kept of one value set. */
const maxAnswers = 500;
/** Longest code or system an answer is kept for. */
const longestKept = 200;

const keyOf = ({ system, code }: ExpandedConcept) => `${system}|${code}`;

/** True when one is, else undefined when one is, else false. */
const anyOf = (answers: (boolean | undefined)[]) =>
  answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;

/** False when one is, else undefined when one is, else true. */
const every = (answers: (boolean | undefined)[]) =>
  answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;

const allOf = (parts: (ExpandedConcept[] | undefined)[]) =>
  parts.includes(undefined) ? undefined : (parts as ExpandedConcept[][]).flat();

/** Those that pass; nothing when that cannot be said of one of them: a list that lacks it would be taken for all. */
function passing<One>(
  all: readonly One[] | undefined,
  test: (one: One) => boolean | undefined,
): One[] | undefined {
  const answers = all?.map(test);
  return answers?.includes(undefined) ? undefined : all?.filter((_, at) => answers![at]);
}

/** One include or exclude: concepts of a system that are also in every value set it names. */
function part(include: CompactInclude, source: ProfileSource | undefined, active = false): Part {
  const sets = (include.valueSets ?? []).map((canonical) => valueSet(canonical, source));
  const inSets = (system: string | undefined, code: string) =>
    every(sets.map((set) => set?.has(system, code)));
  const own = include.system === undefined ? undefined : ofSystem(include.system, include, source, active);
  const setsDecide = () => sets.every((set) => set?.decides() === true);
  if (!own)
    return {
      decides: setsDecide,
      has: inSets,
      expand: () => passing(sets[0]?.expand(), ({ system, code }) => inSets(system, code)),
    };
  if (sets.length === 0) return own;
  return {
    decides: () => own.decides() && setsDecide(),
    has: (system, code) => every([own.has(system, code), inSets(system ?? include.system, code)]),
    expand: () => passing(own.expand(), ({ system, code }) => inSets(system, code)),
  };
}

function ofSystem(
  canonical: string,
  { codes, filters = [] }: CompactInclude,
  source: ProfileSource | undefined,
  active: boolean,
): Part {
  const url = canonical.split('|')[0]!;
  const isOf = (system: string | undefined) => system === undefined || system === url;
  const inUse = (code: string) => !active || !isInactive(codeSystem(url, source), code);
  if (codes) {
    const known = new Set(codes.map(([code]) => code));
    const isListed = (code: string) =>
      known.has(code) ||
      (ignoresCase(url, source) && codes.some(([one]) => one.toLowerCase() === code.toLowerCase()));
    return {
      decides: () => true,
      has: (system, code) => isOf(system) && isListed(code) && inUse(code),
      expand: () =>
        codes
          .filter(([code]) => inUse(code))
          .map(([code, display = codeSystem(url, source)?.display(code)]) => concept(url, code, display)),
    };
  }
  const content = codeSystem(canonical, source) ?? codeSystem(url, source);
  const passes = (code: string) =>
    every([content?.has(code), inUse(code), ...filters.map((one) => filterHas(content, one, code))]);
  return {
    decides: () =>
      [anyCode, ...(content?.codes() ?? [])].every(
        (code) =>
          content?.has(code) !== undefined &&
          filters.every((one) => filterHas(content, one, code) !== undefined),
      ),
    has: (system, code) => (isOf(system) ? (content ? passes(code) : undefined) : false),
    expand: () =>
      passing(content?.codes(), passes)?.map((code) => concept(url, code, content!.display(code))),
  };
}

/** Stands for the codes of a system that is no list. */
const anyCode = 'x';

const concept = (system: string, code: string, display: string | undefined): ExpandedConcept => ({
  system,
  code,
  ...(display ? { display } : {}),
});

/** Source: https://hl7.org/fhir/R4/codesystem-concept-properties.html */
const isInactive = (content: ReturnType<typeof codeSystem>, code: string) =>
  content?.property(code, 'inactive')?.includes('true') === true ||
  content?.property(code, 'status')?.some((status) => status === 'retired' || status === 'inactive') === true;

/** Source: https://hl7.org/fhir/R4/valueset-filter-operator.html */
function filterHas(
  content: ReturnType<typeof codeSystem>,
  { property, op, value }: { property: string; op: string; value: string },
  code: string,
): boolean | undefined {
  if (!content) return undefined;
  const values = property === 'code' ? [code] : undefined;
  const propertyValues = () =>
    values ?? (property === 'display' ? [content.display(code) ?? ''] : content.property(code, property));
  switch (op) {
    case 'is-a':
      return content.isBelow(code, value);
    case 'descendent-of':
      return code === value ? false : content.isBelow(code, value);
    case 'is-not-a':
      return negated(content.isBelow(code, value));
    case 'generalizes':
      return content.isBelow(value, code);
    case '=':
      return property === 'concept' ? code === value : propertyValues()?.includes(value);
    case 'in': {
      const allowed = value.split(',').map((one) => one.trim());
      return property === 'concept'
        ? allowed.includes(code)
        : propertyValues()?.some((one) => allowed.includes(one));
    }
    case 'not-in': {
      const banned = value.split(',').map((one) => one.trim());
      const own = property === 'concept' ? [code] : propertyValues();
      return own && !own.some((one) => banned.includes(one));
    }
    case 'regex':
      return anyOf(propertyValues()?.map((one) => matchesWhole(value, one)) ?? [undefined]);
    case 'exists':
      return propertyValues() && propertyValues()!.length > 0 === (value === 'true');
    default:
      return undefined;
  }
}

const negated = (answer: boolean | undefined) => (answer === undefined ? undefined : !answer);

const longestTested = 200;

/** Undefined for what is no pattern, and for one that could take long: this text comes from outside. */
function matchesWhole(pattern: string, text: string): boolean | undefined {
  if (text.length > longestTested) return false;
  if (mayTakeLong(pattern)) return undefined;
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(text);
  } catch {
    return undefined;
  }
}

/** A repeated group that repeats or chooses inside, more than two open repetitions, a look around or back. */
function mayTakeLong(pattern: string): boolean {
  const plain = pattern.replace(/\\[^\d]|\[(?:[^\]\\]|\\.)*\]/g, 'x');
  return (
    /\\|\(\?/.test(plain) ||
    /\([^)]*[|*+{(][^)]*\)[*+{]/.test(plain) ||
    (plain.match(/[*+]|\{\d+,\}/g)?.length ?? 0) > 2
  );
}
