import { evaluationFault, tooCostly } from '../fault.ts';
import { ownText } from '../../own-text.ts';
import { Automaton } from './automaton.ts';
import { waysOf } from './cost.ts';
import { parseRegex, type RegexNode } from './syntax.ts';

/** A regular expression that cannot hold up the server, whoever wrote it. */
export type Matcher = {
  /** Whether it is found in the text, or is the whole of it. */
  test(text: string, whole: boolean): boolean;
  /** The text with every match replaced; in `by`, `$1` is the first group and `${day}` the group of that name. */
  replace(text: string, by: string): string;
};

const maxSource = 2000;
/** Steps that a match may take: some tens of milliseconds. */
const maxSteps = 20_000_000;
const maxText = 10_000_000;

const maxKept = 200;
const kept = new Map<string, Matcher>();

/**
 * The matcher for a pattern. JavaScript's own engine runs where the shape of the pattern bounds its
 * backtracking for a text of that length; else an automaton reads each character once. Throws OutcomeError
 * for what is no regular expression, and for look-around and back-references, which neither can bound.
 * `.` matches line ends too. Source: https://hl7.org/fhirpath/N1/#matchesregex--string--boolean
 */
export function matcherOf(source: string, flags: string): Matcher {
  if (!/^[im]*$/.test(flags)) throw evaluationFault(`'${shown(flags)}' are no flags. Use i and m`);
  const key = `${flags}/${source}`;
  let matcher = kept.get(key);
  if (!matcher) {
    matcher = make(ownText(source), flags);
    if (kept.size >= maxKept) kept.clear();
    kept.set(ownText(key), matcher);
  }
  return matcher;
}

function make(source: string, flags: string): Matcher {
  // \p{…} means a class of characters in Unicode mode only, where some escapes are not allowed.
  if (/\\[pP]\{/.test(source)) flags += 'u';
  if (source.length > maxSource) throw tooCostly(`a regular expression has at most ${maxSource} characters`);
  const [found, whole] = [compiled(source, `s${flags}`), compiled(`^(?:${source})$`, `s${flags}`)];
  const tree = parseRegex(source);
  if (!tree)
    throw evaluationFault(
      `the regular expression '${shown(source)}' looks around or back, which has no bound. Write it without (?= (?! (?< and \\1`,
    );
  const { factor, degree } = waysOf(tree);
  const stepsFor = (length: number) => factor * (length + 1) ** (degree + 1);
  let automaton: Automaton | undefined;
  return {
    test: (text, asWhole) => {
      if (stepsFor(text.length) <= maxSteps) return (asWhole ? whole : found).test(text);
      automaton ??= automatonOf(tree, flags, source);
      if (automaton.size * (text.length + 1) > 10 * maxSteps) throw costly(source);
      return automaton.test(text, asWhole);
    },
    replace: (text, by) => {
      if (stepsFor(text.length) * (text.length + 1) > 10 * maxSteps) throw costly(source);
      if ((text.length + 1) * (by.length + 1) > maxText) throw tooCostly('the text made would be too long');
      return text.replace(new RegExp(found, `g${found.flags}`), substitution(by, source));
    },
  };
}

/**
 * A substitution whose `${day}` and `${1}` are written as JavaScript writes them: `$<day>`, `$01`. What names no group
 * of the pattern stands for itself.
 * Source: https://hl7.org/fhirpath/N1/#replacematchesregex--string-substitution-string--string
 */
function substitution(by: string, source: string): string {
  return by.replace(/\$\$|\$\{(\w+)\}/g, (whole, name: string | undefined) => {
    if (name === undefined) return whole;
    if (/^\d{1,2}$/.test(name)) return `$${name.padStart(2, '0')}`;
    return source.includes(`(?<${name}>`) ? `$<${name}>` : whole;
  });
}

function compiled(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    throw evaluationFault(`'${shown(source)}' is no regular expression`);
  }
}

function automatonOf(tree: RegexNode, flags: string, source: string): Automaton {
  try {
    return new Automaton(tree, flags);
  } catch (error) {
    if (error instanceof RangeError) throw costly(source);
    throw error;
  }
}

const costly = (source: string) =>
  tooCostly(`the regular expression '${shown(source)}' takes too long on this text`);
const shown = (source: string) => (source.length > 80 ? `${source.slice(0, 77)}…` : source);
