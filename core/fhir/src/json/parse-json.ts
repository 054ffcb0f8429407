import type { Resource } from '../interactions.ts';
import { outcomeError } from '../outcome.ts';
import { findDuplicateName } from './duplicate-name.ts';
import { JsonReader, Refused } from './json-reader.ts';
import { findSyntaxFault } from './syntax-error.ts';

/** Deepest nesting of objects and arrays accepted; official examples stay under 20. */
export const maxDepth = 100;

/**
 * How many values a body may hold. An empty object is two letters and takes thirty times as much memory: 16 MiB of them
 * are more than the whole server has. Resources have one value in 20 to 25 bytes, and 16 MiB of them 800,000.
 */
const maxValues = 1_000_000;

/**
 * Reads a JSON object as `JSON.parse` does, but numbers whose digits would change become `Decimal`. Bytes must be UTF-8.
 * Throws OutcomeError 'invalid': not JSON or a name twice in one object (with line and column), not an object, or
 * nested too deep.
 */
export function parseJson(source: string | Buffer): Resource {
  return objectOf(parseValue(source));
}

/** The same of what somebody sent. Throws 'too-long' also where it holds more than `maxValues`. */
export function parseJsonSent(source: string | Buffer): Resource {
  return objectOf(parseValue(source, maxValues));
}

function objectOf(value: unknown): Resource {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw outcomeError(
      'invalid',
      `The body must be one JSON object, found ${describe(value)}. Send a FHIR resource.`,
    );
  return value as Resource;
}

/** Reads a JSON array as `parseJsonSent` reads an object. Throws OutcomeError 'invalid' also when it is none. */
export function parseJsonArray(source: string | Buffer): unknown[] {
  const value = parseValue(source, maxValues);
  if (!Array.isArray(value)) throw outcomeError('invalid', 'The body must be one JSON array.');
  return value;
}

function parseValue(source: string | Buffer, most?: number): unknown {
  const unmarked = withoutMark(source);
  try {
    return new JsonReader(unmarked, maxDepth, most).read();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.refusal === 'values')
      throw outcomeError(
        'too-long',
        `The JSON holds more than ${String(most)} values (objects, lists, texts, numbers). Send it in parts.`,
      );
    throw outcomeError('invalid', wordsFor(error, unmarked.toString()));
  }
}

/** Without the byte order mark that some editors put in front. */
function withoutMark(source: string | Buffer): string | Buffer {
  if (typeof source === 'string') return source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
  return source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf ? source.subarray(3) : source;
}

function wordsFor({ refusal }: Refused, text: string): string {
  if (refusal === 'depth')
    return `The JSON is nested deeper than ${maxDepth} levels. Flatten it or send parts.`;
  if (refusal === 'duplicate-name') {
    const { line, column, name } = findDuplicateName(text)!;
    return `The property '${name}' stands twice in one object, again at line ${line}, column ${column}. Send it once.`;
  }
  const { line, column, why } = findSyntaxFault(text);
  return `Not valid JSON at line ${line}, column ${column}: ${why}.`;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
