import { compileFhirPath, parseFhirPath } from '../fhirpath/index.ts';
import type { Resource } from '../interactions.ts';
import { maxDepth } from '../json/parse-json.ts';
import { model } from '../model/model.ts';
import { OutcomeError } from '../outcome.ts';
import { Draft, isDeeperThan } from './draft.ts';
import { besideAt, childElement, type ElementList, listAt, prune, setElement } from './element-list.ts';
import { malformed, notApplicable, tooMuch } from './fault.ts';
import { elementValue, type ElementValue, type Part, partsOf } from './part-value.ts';

const maxOperations = 1000;

/** One operation; `at` names it as `Parameters.parameter[2]`. */
type Operation = { at: string; parts: Map<string, { part: Part; at: string }>; draft: Draft };

/**
 * A resource changed by a FHIRPath Patch; the one given stays as it is. Throws OutcomeError that names the
 * operation and its part (`Parameters.parameter[2].part[1]`): 'invalid' for a patch that is malformed,
 * 'processing' for one that does not fit the resource. Source: https://hl7.org/fhir/R4/fhirpatch.html
 */
export function applyFhirPathPatch(resource: Resource, parameters: Resource): Resource {
  if (parameters?.resourceType !== 'Parameters')
    throw malformed('Parameters', 'a FHIRPath Patch is a Parameters resource');
  const operations = partsOf(parameters['parameter'], 'Parameters.parameter');
  if (operations.length > maxOperations)
    throw tooMuch('Parameters.parameter', `a FHIRPath Patch has at most ${maxOperations} operations`);
  const draft = new Draft(resource);
  for (const { part, at } of operations) {
    if (part.name !== 'operation') throw malformed(`${at}.name`, "every parameter is named 'operation'");
    const parts = new Map<string, { part: Part; at: string }>();
    for (const one of partsOf(part.part, `${at}.part`)) {
      const { name } = one.part;
      if (parts.has(name)) throw malformed(one.at, `the part '${name.slice(0, 40)}' is given twice`);
      parts.set(name, one);
    }
    carryOut({ at, parts, draft });
  }
  const patched = draft.root as Resource;
  if (patched.resourceType !== resource.resourceType)
    throw notApplicable('Parameters', `the result must still be a ${resource.resourceType}`);
  if (isDeeperThan(patched, maxDepth))
    throw notApplicable('Parameters', `the result is nested deeper than ${maxDepth} levels`);
  return patched;
}

const carryOuts: Record<string, (operation: Operation) => void> = {
  add: (operation) => {
    const path = text(operation, 'path');
    const parent = only(operation, path, 'add to');
    const name = text(operation, 'name');
    const primitive = model.types[parent.type]?.kind === 'primitive';
    const element = childElement(primitive ? 'Element' : parent.type, name);
    if (!element) throw notApplicable(operation.at, `${parent.type} has no element '${name}'`);
    const value = valueIn(operation, element.type);
    const place = primitive ? besideAt(operation.draft, parent.path) : parent.path;
    const fault = setElement(operation.draft, place, element, value);
    if (fault) throw notApplicable(operation.at, fault);
  },
  insert: (operation) => {
    const list = listNamed(operation);
    const index = wholeNumber(operation, 'index');
    if (index > list.length)
      throw notApplicable(
        operation.at,
        `the list has ${list.length} items, so index ${index} is beyond its end`,
      );
    list.insert(index, valueIn(operation, list.element.type));
  },
  delete: (operation) => {
    const path = text(operation, 'path');
    const found = matches(operation, path);
    if (found.length > 1)
      throw notApplicable(operation.at, `${path} finds ${found.length} elements, delete takes one`);
    if (found.length === 0) return;
    const keys = rooted(operation, found[0]!.path);
    listAt(operation.draft, keys).remove();
    prune(operation.draft, keys);
  },
  replace: (operation) => {
    const path = text(operation, 'path');
    const found = only(operation, path, 'replace');
    const place = listAt(operation.draft, rooted(operation, found.path));
    const fault = place.replace(valueIn(operation, () => found.type));
    if (fault) throw notApplicable(operation.at, fault);
  },
  move: (operation) => {
    const list = listNamed(operation);
    const [from, to] = [wholeNumber(operation, 'source'), wholeNumber(operation, 'destination')];
    for (const [name, index] of [['source', from] as const, ['destination', to] as const])
      if (index >= list.length)
        throw notApplicable(
          operation.at,
          `the list has ${list.length} items, so ${name} ${index} is beyond its end`,
        );
    list.move(from, to);
  },
};

function carryOut(operation: Operation): void {
  const type = text(operation, 'type');
  const action = Object.hasOwn(carryOuts, type) ? carryOuts[type] : undefined;
  if (!action)
    throw malformed(
      `${operation.at}.part`,
      `type must be one of ${Object.keys(carryOuts).join(', ')}, found '${type.slice(0, 40)}'`,
    );
  action(operation);
}

/** The primitive that a part carries. */
function primitive({ at, parts }: Operation, name: string): unknown {
  const own = parts.get(name);
  if (!own) throw malformed(at, `the part '${name}' is missing`);
  const key = Object.keys(own.part).find((one) => one.startsWith('value'));
  return key === undefined ? undefined : own.part[key];
}

function text(operation: Operation, name: string): string {
  const value = primitive(operation, name);
  if (typeof value !== 'string' || value === '')
    throw malformed(operation.parts.get(name)!.at, `${name} must be a text that is not empty`);
  return value;
}

function wholeNumber(operation: Operation, name: string): number {
  const value = primitive(operation, name);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw malformed(operation.parts.get(name)!.at, `${name} must be a valueInteger of 0 or more`);
  return value;
}

function valueIn({ at, parts }: Operation, type: () => string | undefined): ElementValue {
  const own = parts.get('value');
  if (!own) throw malformed(at, "the part 'value' is missing");
  return elementValue(own.part, own.at, type());
}

type Match = { type: string; path: (string | number)[] };

/** The elements a path finds in the draft as it is now. */
function matches(operation: Operation, path: string): Match[] {
  const { at } = operation.parts.get('path')!;
  const found = understood(at, () => compileFhirPath(path).nodes(operation.draft.root));
  return found.map(({ type, path: keys }) => {
    if (!keys) throw notApplicable(at, `${path} gives a value that is no element of the resource`);
    return { type, path: keys };
  });
}

/** What reading or evaluating a path gives; its faults name the part of the patch. */
function understood<T>(at: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    if (error.code === 'invalid') throw malformed(at, error.message);
    throw error.code === 'too-costly' ? tooMuch(at, error.message) : notApplicable(at, error.message);
  }
}

function only(operation: Operation, path: string, what: string): Match {
  const found = matches(operation, path);
  const { at } = operation.parts.get('path')!;
  if (found.length === 0) throw notApplicable(at, `there is nothing at ${path} to ${what}`);
  if (found.length > 1) throw notApplicable(at, `${path} finds ${found.length} elements, ${what} takes one`);
  return found[0]!;
}

function rooted(operation: Operation, path: (string | number)[]): [string, ...(string | number)[]] {
  if (path.length === 0)
    throw notApplicable(operation.parts.get('path')!.at, 'the whole resource cannot be deleted or replaced');
  return path as [string, ...(string | number)[]];
}

/** The list that a path names by its last step, which may still be empty. */
function listNamed(operation: Operation): ElementList {
  const path = text(operation, 'path');
  const { at } = operation.parts.get('path')!;
  const ast = understood(at, () => parseFhirPath(path));
  if (ast.kind !== 'name') throw malformed(at, `${path} must end in the name of a list`);
  const parentPath = ast.of ? path.slice(0, lastPoint(path, ast.at)) : '$this';
  const parent = only(operation, parentPath, 'change a list of');
  const element = childElement(parent.type, ast.name);
  if (!element) throw notApplicable(at, `${parent.type} has no element '${ast.name}'`);
  if (!element.many) throw notApplicable(at, `${path} is no list. Use add or replace`);
  return listAt(operation.draft, [...parent.path, element.property()] as [string], element);
}

/** Where the point before the last step is. */
const lastPoint = (path: string, at: number) => path.lastIndexOf('.', at);
