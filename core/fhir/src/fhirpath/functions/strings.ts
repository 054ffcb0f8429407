import type { Env } from '../env.ts';
import { type Expression, type FunctionCall, type FunctionTable, integerOf, textOf } from '../expression.ts';
import { evaluationFault, tooCostly } from '../fault.ts';
import { type Item, itemsOf, systemValue, type Value, valueOf } from '../node.ts';
import { OutcomeError } from '../../outcome.ts';
import { type Matcher, matcherOf } from '../regex/matcher.ts';
import { decode, encode, escape, unescape } from './encoding.ts';

/** A function of one text and further texts; nothing when one of them is nothing. */
function ofText(
  name: string,
  count: number,
  apply: (text: string, args: string[], env: Env) => Value,
): FunctionTable[string] {
  return {
    args: [count, count],
    compile: ({ of: { evaluate }, arg }) => {
      const args = Array.from({ length: count }, (_, index) => arg(index).evaluate);
      return {
        evaluate: (focus, env) => {
          const text = textOf(evaluate(focus, env), name);
          if (text === undefined) return undefined;
          const given: string[] = [];
          for (const one of args) {
            const value = textOf(one(focus, env), name);
            if (value === undefined) return undefined;
            given.push(value);
          }
          return apply(text, given, env);
        },
      };
    },
  };
}

/** matches() and matchesFull(): a pattern known beforehand is compiled once, and its fault found at once. */
function matching(name: string, whole: boolean): FunctionTable[string] {
  return {
    args: [1, 2],
    compile: ({ of: { evaluate }, arg, hasArg, fault }: FunctionCall): Expression => {
      const pattern = arg(0);
      const flags = arg(1).evaluate;
      const source = pattern.constant?.value;
      const known = typeof source === 'string' && !hasArg(1) ? knownMatcher(source, fault) : undefined;
      if (known)
        return {
          evaluate: (focus, env) => {
            const text = textOf(evaluate(focus, env), name);
            return text === undefined ? undefined : known.test(text, whole);
          },
        };
      return {
        evaluate: (focus, env) => {
          const text = textOf(evaluate(focus, env), name);
          const given = textOf(pattern.evaluate(focus, env), name);
          if (text === undefined || given === undefined) return undefined;
          return matcherOf(given, textOf(flags(focus, env), name) ?? '').test(text, whole);
        },
      };
    },
  };
}

function knownMatcher(source: string, fault: FunctionCall['fault']): Matcher {
  try {
    return matcherOf(source, '');
  } catch (error) {
    throw error instanceof OutcomeError ? fault(error.message.replace(/^FHIRPath: /, '')) : error;
  }
}

/** substring(start, length): outside the text nothing. */
const substring: FunctionTable[string] = {
  args: [1, 2],
  compile: ({ of: { evaluate }, arg, hasArg }) => {
    const [start, length] = [arg(0).evaluate, arg(1).evaluate];
    return {
      evaluate: (focus, env) => {
        const text = textOf(evaluate(focus, env), 'substring()');
        const from = integerOf(start(focus, env), 'substring()');
        if (text === undefined || from === undefined || from < 0 || from >= text.length) return undefined;
        const count = hasArg(1) ? integerOf(length(focus, env), 'substring()') : undefined;
        return count === undefined ? text.slice(from) : text.slice(from, from + Math.max(count, 0));
      },
    };
  },
};

const join: FunctionTable[string] = {
  args: [0, 1],
  compile: ({ of: { evaluate }, arg }) => {
    const separator = arg(0).evaluate;
    return {
      evaluate: (focus, env) => {
        const between = textOf(separator(focus, env), 'join()') ?? '';
        const texts = itemsOf(evaluate(focus, env)).flatMap((item) => textIn(item) ?? []);
        return texts.length === 0 ? undefined : env.text(texts.join(between));
      },
    };
  },
};

function textIn(item: Item): string | undefined {
  const value = systemValue(item);
  if (value === undefined || typeof value === 'string') return value;
  throw evaluationFault('join() needs strings');
}

const maxReplaced = 10_000_000;

/** Source: https://hl7.org/fhirpath/N1/#string-manipulation */
export const stringFunctions: FunctionTable = {
  indexOf: ofText('indexOf()', 1, (text, [part]) => text.indexOf(part!)),
  lastIndexOf: ofText('lastIndexOf()', 1, (text, [part]) => text.lastIndexOf(part!)),
  substring,
  startsWith: ofText('startsWith()', 1, (text, [part]) => text.startsWith(part!)),
  endsWith: ofText('endsWith()', 1, (text, [part]) => text.endsWith(part!)),
  contains: ofText('contains()', 1, (text, [part]) => text.includes(part!)),
  upper: ofText('upper()', 0, (text) => text.toUpperCase()),
  lower: ofText('lower()', 0, (text) => text.toLowerCase()),
  replace: ofText('replace()', 2, (text, [pattern, by]) => {
    if ((text.length + 1) * (by!.length + 1) > maxReplaced)
      throw tooCostly('the text made would be too long');
    return text.replaceAll(pattern!, () => by!);
  }),
  matches: matching('matches()', false),
  matchesFull: matching('matchesFull()', true),
  replaceMatches: ofText('replaceMatches()', 2, (text, [pattern, by]) =>
    pattern === '' ? text : matcherOf(pattern!, '').replace(text, by!),
  ),
  length: ofText('length()', 0, (text) => text.length),
  toChars: ofText('toChars()', 0, (text, _, env) => {
    env.spend(text.length);
    return valueOf([...text]);
  }),
  trim: ofText('trim()', 0, (text) => text.trim()),
  split: ofText('split()', 1, (text, [separator], env) => {
    const parts = separator === '' ? [...text] : text.split(separator!);
    env.spend(parts.length);
    return valueOf(parts);
  }),
  join,
  encode: ofText('encode()', 1, (text, [format]) => encode(text, format!)),
  decode: ofText('decode()', 1, (text, [format]) => decode(text, format!)),
  escape: ofText('escape()', 1, (text, [target], env) => env.text(escape(text, target!))),
  unescape: ofText('unescape()', 1, (text, [target]) => unescape(text, target!)),
};
