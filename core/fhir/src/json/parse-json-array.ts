import { outcomeError } from '../outcome.ts';
import { refuseDuplicateNames } from './duplicate-name.ts';
import { parseJson } from './parse-json.ts';

/**
 * Reads a JSON array as `parseJson` reads an object: numbers keep their digits, names occur once in an object.
 * Throws OutcomeError 'invalid' when the text is not JSON or not an array.
 */
export function parseJsonArray(text: string): unknown[] {
  const wrapped = `{"array":${text}}`;
  const object = parseJson(wrapped);
  refuseDuplicateNames(wrapped, object);
  const { array, ...more } = object as Record<string, unknown>;
  if (Array.isArray(array) && Object.keys(more).length === 0) return array;
  throw outcomeError('invalid', 'The body must be one JSON array.');
}
