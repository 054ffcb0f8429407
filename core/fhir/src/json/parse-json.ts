import type { Resource } from '../interactions.ts';
import { outcomeError } from '../outcome.ts';
import { Decimal } from './decimal.ts';
import { findSyntaxFault } from './syntax-error.ts';

/** Deepest nesting of objects and arrays accepted; official examples stay under 20. */
export const maxDepth = 100;

/**
 * A number that JSON might not write back as it was read: a fraction ending in 0, an exponent, a negative
 * zero, or 16 and more digits. After `":` it may also hit inside a string; after a whole key it cannot,
 * because the characters between its two quotes are those of a name.
 */
const number = String.raw`(-?(?:\d+\.\d*0|\d[\d.]*[eE][-+\d]+|[\d.]{16,})|-0)(?=[\s,}\]])`;
const riskyNumber = new RegExp(String.raw`"\s*:\s*${number}`, 'g');
const riskyNumberOfKey = new RegExp(String.raw`("\w+"\s*:\s*)${number}`, 'g');
/** R4 repeats whole numbers only, so an array with a risky one may take the slow way. */
const numberArray = /\[\s*-?\d/;
const riskyItem = new RegExp(String.raw`[[,]\s*${number}`);

/**
 * Reads a JSON object as `JSON.parse` does, but numbers whose digits would change become `Decimal`.
 * Throws OutcomeError 'invalid': not JSON (with line and column), not an object, or nested too deep.
 */
export function parseJson(text: string): Resource {
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const value = parse(source);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw outcomeError(
      'invalid',
      `The body must be one JSON object, found ${describe(value)}. Send a FHIR resource.`,
    );
  if (mayBeDeep(source) && isDeeper(value, maxDepth))
    throw outcomeError(
      'invalid',
      `The JSON is nested deeper than ${maxDepth} levels. Flatten it or send parts.`,
    );
  return value as Resource;
}

function parse(text: string): unknown {
  try {
    return parseKeepingDigits(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const { line, column, why } = findSyntaxFault(text);
    throw outcomeError('invalid', `Not valid JSON at line ${line}, column ${column}: ${why}.`);
  }
}

/** Most texts have no such number; of the rest nearly all have them only behind plain keys. */
function parseKeepingDigits(text: string): unknown {
  if (numberArray.test(text) && riskyItem.test(text)) return JSON.parse(text, keepDigits);
  const losing = countLosing(text);
  if (losing === 0) return JSON.parse(text);
  if (text.includes(escapedMark)) return JSON.parse(text, keepDigits);
  let marked = 0;
  const markedText = text.replace(riskyNumberOfKey, (whole, key: string, digits: string) => {
    if (!losesDigits(digits)) return whole;
    marked++;
    return `${key}"${escapedMark}${digits}"`;
  });
  return marked === losing ? unmark(JSON.parse(markedText)) : JSON.parse(text, keepDigits);
}

function countLosing(text: string): number {
  let losing = 0;
  riskyNumber.lastIndex = 0;
  for (let hit = riskyNumber.exec(text); hit; hit = riskyNumber.exec(text))
    if (losesDigits(hit[1]!)) losing++;
  return losing;
}

const losesDigits = (digits: string) => String(Number(digits)) !== digits;

const mark = '\u0000';
const escapedMark = '\\u0000';

/** Turns the marked strings of a parsed text into Decimals. */
function unmark(node: unknown): unknown {
  const object = node as Record<string, unknown>;
  for (const key in object) {
    const value = object[key];
    if (typeof value === 'object' && value !== null) unmark(value);
    else if (typeof value === 'string' && value.charCodeAt(0) === 0 && value.length > 1)
      object[key] = decimal(value.slice(mark.length));
  }
  return node;
}

function decimal(digits: string): Decimal {
  JSON.parse(digits); // refuses what is no JSON number, as 1.2.30
  return new Decimal(digits);
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const digits = context?.source;
  return typeof value === 'number' && digits !== undefined && losesDigits(digits)
    ? new Decimal(digits)
    : value;
}

function mayBeDeep(text: string): boolean {
  let openers = 0;
  for (const opener of ['{', '[']) {
    for (let at = text.indexOf(opener); at >= 0; at = text.indexOf(opener, at + 1))
      if (++openers > maxDepth) return true;
  }
  return false;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
