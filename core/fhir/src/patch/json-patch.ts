import type { Resource } from '../interactions.ts';
import { Decimal } from '../json/decimal.ts';
import { maxDepth } from '../json/parse-json.ts';
import { compareExact, exactOf } from '../ucum/exact.ts';
import { Draft, isContainer, isDeeperThan, type Json } from './draft.ts';
import { malformed, notApplicable, testFailed, tooMuch } from './fault.ts';

const maxOperations = 2000;

/** One operation as it is carried out; `at` names it in the patch, as `[2]`. */
type Operation = { at: string; fields: Json; draft: Draft };

/**
 * A resource changed by a JSON Patch; the one given stays as it is. A list or element that the patch leaves without
 * content goes too, because FHIR has none such. Throws OutcomeError that names the
 * operation and its part (`[2].path`): 'invalid' for a patch that is malformed, 'processing' for one that
 * does not fit the resource, 'business-rule' for a `test` that fails.
 * Source: https://hl7.org/fhir/R4/http.html#patch, https://www.rfc-editor.org/rfc/rfc6902
 */
export function applyJsonPatch(resource: Resource, operations: unknown): Resource {
  const draft = patchDraft(resource, operations);
  draft.prune();
  const patched = draft.root;
  if (!isContainer(patched) || Array.isArray(patched) || patched['resourceType'] !== resource.resourceType)
    throw notApplicable('resourceType', `the result must still be a ${resource.resourceType}`);
  if (isDeeperThan(patched, maxDepth))
    throw notApplicable('resourceType', `the result is nested deeper than ${maxDepth} levels`);
  return patched as Resource;
}

/** Any JSON document changed by a JSON Patch, exactly as RFC 6902 has it. */
export const patchDocument = (document: unknown, operations: unknown): unknown =>
  patchDraft(document, operations).root;

function patchDraft(document: unknown, operations: unknown): Draft {
  if (!Array.isArray(operations)) throw malformed('[0]', 'a JSON Patch is an array of operations');
  if (operations.length > maxOperations)
    throw tooMuch(`[${maxOperations}]`, `a JSON Patch has at most ${maxOperations} operations`);
  const draft = new Draft(document);
  for (const [index, fields] of (operations as unknown[]).entries()) {
    const at = `[${index}]`;
    if (!isContainer(fields) || Array.isArray(fields)) throw malformed(at, 'an operation is an object');
    const { op } = fields;
    const carryOut = typeof op === 'string' && Object.hasOwn(carryOuts, op) ? carryOuts[op] : undefined;
    if (!carryOut)
      throw malformed(`${at}.op`, `must be one of ${Object.keys(carryOuts).join(', ')}, found ${shown(op)}`);
    carryOut({ at, fields, draft });
  }
  return draft;
}

const carryOuts: Record<string, (operation: Operation) => void> = {
  add: (operation) => add(operation, pointer(operation, 'path'), valueOf(operation)),
  remove: (operation) => {
    remove(operation, pointer(operation, 'path'), 'path');
  },
  replace: (operation) => {
    const keys = pointer(operation, 'path');
    const value = valueOf(operation);
    if (keys.length === 0) operation.draft.root = value;
    else put(operation, keys, value, 'path');
  },
  move: (operation) => {
    const from = pointer(operation, 'from');
    const to = pointer(operation, 'path');
    if (from.length < to.length && from.every((key, index) => key === to[index]))
      throw malformed(`${operation.at}.from`, 'a value cannot be moved into itself');
    const value = lookUp(operation, from, 'from');
    if (from.length === to.length && from.every((key, index) => key === to[index])) return;
    remove(operation, from, 'from');
    add(operation, to, value);
  },
  copy: (operation) => {
    const to = pointer(operation, 'path');
    const copied = operation.draft.copy(lookUp(operation, pointer(operation, 'from'), 'from'));
    if (!copied) throw tooMuch(`${operation.at}.from`, 'the patch copies too much');
    add(operation, to, copied.value);
  },
  test: (operation) => {
    const wanted = valueOf(operation);
    const found = lookUp(operation, pointer(operation, 'path'), 'path');
    if (!equal(found, wanted))
      throw testFailed(`${operation.at}.value`, `the value at ${shown(operation.fields['path'])} is another`);
  },
};

/** The keys of a JSON Pointer. Source: https://www.rfc-editor.org/rfc/rfc6901 */
function pointer({ at, fields }: Operation, name: 'path' | 'from'): string[] {
  const text = fields[name];
  if (typeof text !== 'string') throw malformed(`${at}.${name}`, 'must be a JSON Pointer, as /name/0/family');
  if (text === '') return [];
  if (!text.startsWith('/'))
    throw malformed(`${at}.${name}`, `a JSON Pointer starts with /, found ${shown(text)}`);
  if (/~(?![01])/.test(text))
    throw malformed(`${at}.${name}`, 'write ~0 for ~ and ~1 for / in a JSON Pointer');
  const keys = text
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keys.includes('__proto__')) throw malformed(`${at}.${name}`, "there is no element '__proto__'");
  return keys;
}

function valueOf({ at, fields }: Operation): unknown {
  if (!Object.hasOwn(fields, 'value') || fields['value'] === undefined)
    throw malformed(`${at}.value`, `the operation ${shown(fields['op'])} needs a value`);
  return fields['value'];
}

function lookUp(operation: Operation, keys: readonly string[], name: 'path' | 'from'): unknown {
  let value = operation.draft.root;
  for (const [index, key] of keys.entries()) {
    if (!isContainer(value) || !hasKey(value, key))
      throw nothingAt(operation, keys.slice(0, index + 1), name);
    value = (value as Json)[key];
  }
  return value;
}

const hasKey = (container: Json | unknown[], key: string) =>
  Object.hasOwn(container, key) && (!Array.isArray(container) || isIndex(key));

const isIndex = (key: string) => /^(?:0|[1-9]\d{0,9})$/.test(key);

const nothingAt = ({ at }: Operation, keys: readonly string[], name: string) =>
  notApplicable(`${at}.${name}`, `there is nothing at ${shown(pointerText(keys))}`);

const pointerText = (keys: readonly string[]) =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The container that holds the last key, made changeable. */
function parentOf(operation: Operation, keys: readonly string[], name: 'path' | 'from'): Json | unknown[] {
  const way = keys.slice(0, -1);
  if (!isContainer(lookUp(operation, way, name))) throw nothingAt(operation, keys, name);
  return operation.draft.containerAt(way)!;
}

function add(operation: Operation, keys: readonly string[], value: unknown): void {
  if (keys.length === 0) {
    operation.draft.root = value;
    return;
  }
  const parent = parentOf(operation, keys, 'path');
  const key = keys.at(-1)!;
  if (!Array.isArray(parent)) {
    parent[key] = value;
    return;
  }
  const index = key === '-' ? parent.length : isIndex(key) ? Number(key) : -1;
  if (index < 0)
    throw malformed(
      `${operation.at}.path`,
      `${shown(key)} is no index of an array. Use 0, 1, … or - for its end`,
    );
  if (index > parent.length)
    throw notApplicable(
      `${operation.at}.path`,
      `the array has ${parent.length} items, so ${index} is beyond its end`,
    );
  parent.splice(index, 0, value);
}

function remove(operation: Operation, keys: readonly string[], name: 'path' | 'from'): void {
  if (keys.length === 0) throw malformed(`${operation.at}.${name}`, 'the whole resource cannot be removed');
  lookUp(operation, keys, name);
  const parent = parentOf(operation, keys, name);
  const key = keys.at(-1)!;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function put(operation: Operation, keys: readonly string[], value: unknown, name: 'path'): void {
  lookUp(operation, keys, name);
  const parent = parentOf(operation, keys, name);
  (parent as Json)[keys.at(-1)!] = value;
}

/** Equal as RFC 6902 4.6 has it: numbers by value, objects whatever their order. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumber(a) || isNumber(b)) return isNumber(a) && isNumber(b) && sameNumber(a, b);
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal((a as Json)[key], (b as Json)[key]))
  );
}

const isNumber = (value: unknown): value is number | Decimal =>
  typeof value === 'number' || value instanceof Decimal;

function sameNumber(a: number | Decimal, b: number | Decimal): boolean {
  const [left, right] = [exactOf(String(a)), exactOf(String(b))];
  return left && right ? compareExact(left, right) === 0 : String(a) === String(b);
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === undefined) return 'nothing';
  return `'${text.length > 80 ? `${text.slice(0, 77)}…` : text}'`;
}
