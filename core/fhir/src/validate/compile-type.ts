import { model, type Constraint, type ElementModel } from '../model/model.ts';
import { propertyOf } from '../path/compile-path.ts';
import { compiledProfile } from '../profile/compile-profile.ts';
import { nearNames } from '../search/near-names.ts';
import { boundCheck, type Finding } from './binding.ts';
import { checkExtension, checkExtensionRepeats } from './extension.ts';
import { checkInvariant, compileInvariant, type Invariant } from './invariant.ts';
import { primitiveChecks } from './primitives.ts';
import { blankFinding } from './narrative.ts';
import { quantities, unitFinding } from './quantity-unit.ts';
import { referenceFinding } from './reference-target.ts';
import { containedIn } from './resolve-reference.ts';
import { isFull, report, type Run, shown } from './run.ts';

/** Checks one value (an item, when the element repeats) at the place the run is at. */
type ValueCheck = (value: unknown, run: Run) => void;

/** One JSON property of a type. A primitive has two: `birthDate` and `_birthDate`. */
type Property = {
  /** Its part of the FHIRPath. */
  segment: string;
  many: boolean;
  check: ValueCheck;
  /** The other property of a primitive: where a null of this one must have its extension, or the reverse. */
  sibling?: string;
  isExtension: boolean;
  /** Set for `extension` and `modifierExtension`. */
  ofExtensions: boolean;
  /** Bit of its element among those to be kept count of: mandatory ones, choices, those that decide invariants. */
  bit: number;
  choice: boolean;
};

type ObjectCheck = {
  type: string;
  properties: Map<string, Property>;
  /** Mandatory elements. */
  required: { bit: number; name: string; types: readonly string[] }[];
  requiredBits: number;
  /** The JSON properties of each choice, by bit. */
  choices: Map<number, { name: string; properties: string[] }>;
  isResource: boolean;
  invariants: GuardedInvariant[];
};

/** An invariant that holds unless all elements of `needed` and none of `sparing` are there, by their bits. */
type GuardedInvariant = Pick<Invariant, 'check'> & { needed: number; sparing: number };

const compiled = new Map<string, ObjectCheck>();

/** How a resource inside another is checked; set by `validate`, which knows all types. */
type ResourceCheck = (value: unknown, run: Run, contained?: boolean) => void;
let checkResource: ResourceCheck = () => {};
export function setResourceCheck(check: ResourceCheck): void {
  checkResource = check;
}

/** The compiled check of a type: a resource, a data type or a nested element such as `Patient.contact`. */
export function objectCheck(type: string): ObjectCheck {
  return compiled.get(type) ?? compile(type);
}

function compile(type: string): ObjectCheck {
  const check: ObjectCheck = {
    type,
    properties: new Map(),
    required: [],
    requiredBits: 0,
    choices: new Map(),
    isResource: model.types[type]!.kind === 'resource',
    invariants: [],
  };
  compiled.set(type, check); // before the elements: types refer to each other
  const { elements } = model.types[type]!;
  const invariants = compileAll(constraintsOf(type), type);
  const bits = bitsOf(elements, invariants);
  for (const element of elements) addElement(check, element, bits.get(element.name) ?? 0);
  const mask = (guards: Invariant['skip']['absent']) =>
    guards.reduce((sum, { name }) => sum | (bits.get(name) ?? 0), 0);
  check.invariants = invariants.map(({ skip, check: look }) => ({
    check: look,
    needed: mask(skip.absent),
    sparing: mask(skip.present),
  }));
  return check;
}

/** A bit for each element to keep count of; those that only spare an invariant come last and may go without. */
function bitsOf(elements: readonly ElementModel[], invariants: readonly Invariant[]): Map<string, number> {
  const guards = new Set(
    invariants.flatMap(({ skip }) => [...skip.absent, ...skip.present].map(({ name }) => name)),
  );
  const counted = elements.filter(({ min, choice }) => min !== undefined || choice);
  if (counted.length > maxBits) throw new Error('more mandatory and choice elements than fit');
  const more = elements.filter((element) => guards.has(element.name) && !counted.includes(element));
  return new Map([...counted, ...more].slice(0, maxBits).map(({ name }, at) => [name, 1 << at]));
}

const maxBits = 30;

/** Its own; a resource that may hold a narrative has those of DomainResource too. */
function constraintsOf(type: string): Constraint[] {
  const { base, constraints = [] } = model.types[type]!;
  return base === 'DomainResource' ? [...constraints, ...constraintsOf(base)] : constraints;
}

const compileAll = (constraints: readonly Constraint[], type: string): Invariant[] =>
  constraints.flatMap((constraint) => compileInvariant(constraint, type) ?? []);

function addElement(check: ObjectCheck, element: ElementModel, bit: number): void {
  const { name, min, many = false, choice = false, types } = element;
  if (min) {
    check.required.push({ bit, name, types });
    check.requiredBits |= bit;
  }
  if (choice) check.choices.set(bit, { name, properties: types.map((type) => propertyOf(element, type)) });
  for (const type of types) {
    const property = propertyOf(element, type);
    const segment = choice ? `${name}.ofType(${type})` : name;
    const primitive = model.types[type]!.kind === 'primitive';
    const common = { segment, many, bit, choice, ofExtensions: type === 'Extension' };
    check.properties.set(property, {
      ...common,
      isExtension: false,
      check: valueCheck(element, type, check.isResource),
      ...(primitive ? { sibling: `_${property}` } : {}),
    });
    if (primitive)
      check.properties.set(`_${property}`, {
        ...common,
        isExtension: true,
        check: complexCheck('Element'),
        sibling: property,
      });
  }
}

function valueCheck(element: ElementModel, type: string, ofResource: boolean): ValueCheck {
  if (type === 'Resource')
    return element.name === 'contained' ? checkContained : (value, run) => checkResource(value, run);
  const binding = boundCheck(element.bound, type);
  const primitive = model.types[type]!.kind === 'primitive';
  let check = primitive ? primitiveCheck(type) : complexCheck(type);
  if (element.name === 'id' && !ofResource) check = andAlso(check, elementIdFinding);
  if (type === 'xhtml') check = andAlso(check, blankFinding);
  if (quantities.has(type)) check = andAlso(check, unitFinding);
  if (type === 'Extension') {
    const isModifier = element.name === 'modifierExtension';
    check = andAlso(andAlso(check, extensionFinding), (value, run) => checkExtension(value, isModifier, run));
  }
  if (binding) check = andAlso(check, (value, run) => binding(value, run.source));
  const { targets } = element;
  if (type === 'Reference') check = andAlso(check, (value, run) => referenceFinding(value, targets, run));
  const invariants = compileAll(element.constraints ?? [], type);
  if (invariants.length > 0)
    check = andAlso(check, (value, run) => {
      for (const invariant of invariants) checkInvariant(invariant, value, undefined, run);
    });
  const profile = element.profiles?.[type];
  if (profile)
    check = andAlso(check, (value, run) => compiledProfile(profile)?.check(value, undefined, type, run));
  return check;
}

/** Source: https://hl7.org/fhir/R4/element-definitions.html#Element.id */
const elementIdFinding = (value: unknown): Finding | undefined =>
  /\s/.test(value as string)
    ? { severity: 'error', code: 'value', why: 'the id of an element has no spaces.' }
    : undefined;

/**
 * A contained resource contains none itself (invariant dom-2), and has an id that no other of the same container has:
 * references lead to it by nothing else. Source: https://hl7.org/fhir/R4/references.html#contained
 */
function checkContained(value: unknown, run: Run): void {
  checkResource(value, run, true);
  if (typeof value !== 'object' || value === null) return;
  if ('contained' in value)
    report(
      run,
      'structure',
      'a contained resource must not contain others. Contain them in the outer one.',
      'contained',
    );
  if (run.resource !== run.rootResource) return; // within a contained one: told already
  const { id } = value as { id?: unknown };
  if (id === undefined)
    report(run, 'required', 'is required of a contained resource (id): references lead to it by #id.', 'id');
  else if (typeof id === 'string' && containedIn(run).get(id) !== value)
    report(run, 'value', `another contained resource has the id ${shown(id)} too. Give each its own.`, 'id');
}

/** Invariant ext-1. */
function extensionFinding(value: unknown): Finding | undefined {
  let values = 0;
  for (const key in value as object) if (key.startsWith('value') || key.startsWith('_value')) values = 1;
  if (values + Number('extension' in (value as object)) === 1) return undefined;
  const why = 'an extension has either a value or extensions of its own, not both and not neither.';
  return { severity: 'error', code: 'invariant', why };
}

function primitiveCheck(type: string): ValueCheck {
  const fault = primitiveChecks[type];
  if (!fault) throw new Error(`no check for the primitive type ${type}`);
  return (value, run) => {
    const why = fault(value);
    if (why !== undefined) report(run, 'value', `${shown(value)} is not a valid ${type}. ${why}`);
  };
}

function complexCheck(type: string): ValueCheck {
  let check: ObjectCheck | undefined;
  return (value, run) => checkObject((check ??= objectCheck(type)), value, run);
}

/** A further rule for a value that is well formed: it returns what it finds, or reports it itself. */
function andAlso(
  check: ValueCheck,
  rule: (value: unknown, run: Run) => Finding | undefined | void,
): ValueCheck {
  return (value, run) => {
    const before = run.misshapen;
    check(value, run);
    if (run.misshapen > before) return;
    const found = rule(value, run);
    if (found) report(run, found.code, found.why, found.child, found.severity);
  };
}

/** Checks an object of a compiled type at the place the run is at. */
export function checkObject(check: ObjectCheck, value: unknown, run: Run): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report(run, 'structure', `must be an object of type ${check.type}, found ${shown(value)}.`);
    return;
  }
  const fields = value as Record<string, unknown>;
  const before = run.misshapen;
  let seen = 0;
  let empty = true;
  let bare = true;
  let doubtful = 0;
  for (const key in fields) {
    const one = fields[key];
    if (one === undefined) continue; // JSON will not write it
    if (isFull(run)) return;
    const property = check.properties.get(key);
    if (property === undefined) {
      if (key === 'resourceType' && check.isResource) continue;
      empty = bare = false;
      reportUnknown(check, key, run);
      continue;
    }
    empty = false;
    if (key !== 'id') bare = false;
    if (property.choice && (seen & property.bit) !== 0) doubtful |= property.bit;
    seen |= property.bit;
    checkProperty(property, one, fields, run);
  }
  if (doubtful !== 0) checkChoices(check, doubtful, fields, run);
  if ((seen & check.requiredBits) !== check.requiredBits) reportMissing(check, seen, run);
  else if (empty && !check.isResource)
    report(run, 'structure', 'must not be an empty object. Leave the element out instead.');
  else if (bare && !check.isResource && check.type !== 'Element') reportBare(run);
  if (run.misshapen > before) return;
  for (const { needed, sparing, check: look } of check.invariants)
    if ((seen & needed) === needed && (seen & sparing) === 0) look(fields, undefined, run);
}

/** Invariant ele-1, which every element has. Source: https://hl7.org/fhir/R4/element.html */
function reportBare(run: Run): void {
  report(
    run,
    'invariant',
    'ele-1: an element has a value or parts of its own beside its id. Leave it out instead.',
  );
}

/** What stands under `_name` may be an id alone where the value itself is there. */
function checkBeside(there: boolean, beside: unknown, run: Run): void {
  if (there || typeof beside !== 'object' || beside === null) return;
  const keys = Object.keys(beside);
  if (keys.length === 1 && keys[0] === 'id') reportBare(run);
}

function checkProperty(property: Property, value: unknown, fields: Record<string, unknown>, run: Run): void {
  const { path } = run;
  path.push(property.segment);
  if (property.many) {
    if (!Array.isArray(value))
      report(run, 'structure', `repeats, so it must be an array: [${shown(value)}].`);
    else if (value.length === 0)
      report(run, 'structure', 'must not be an empty array. Leave the element out instead.');
    else {
      checkItems(property, value, fields, run);
      if (property.ofExtensions && value.length > 1) checkExtensionRepeats(value, run);
    }
  } else if (Array.isArray(value))
    report(run, 'structure', 'occurs at most once, so it must not be an array.');
  else if (value === null) report(run, 'structure', 'must not be null. Leave the element out instead.');
  else {
    property.check(value, run);
    if (property.isExtension) checkBeside(fields[property.sibling!] !== undefined, value, run);
  }
  path.pop();
}

function checkItems(property: Property, items: unknown[], fields: Record<string, unknown>, run: Run): void {
  const { path } = run;
  for (let at = 0; at < items.length && !isFull(run); at++) {
    path.push(at);
    const item = items[at];
    if (item !== null && item !== undefined) {
      property.check(item, run);
      if (property.isExtension) checkBeside(hasItem(fields[property.sibling!], at), item, run);
    } else if (property.sibling === undefined || !hasItem(fields[property.sibling], at))
      report(
        run,
        'structure',
        `null is allowed in an array only where ${property.isExtension ? 'the value' : 'an extension in the array with _'} stands at the same place.`,
      );
    path.pop();
  }
}

const hasItem = (items: unknown, at: number) =>
  Array.isArray(items) && items[at] !== null && items[at] !== undefined;

/** Of a choice only one type may be there; a primitive and its extension count as one. */
function checkChoices(check: ObjectCheck, doubtful: number, fields: Record<string, unknown>, run: Run): void {
  for (const [bit, { name, properties }] of check.choices) {
    if ((doubtful & bit) === 0) continue;
    const present = properties.filter(
      (property) => fields[property] !== undefined || fields[`_${property}`] !== undefined,
    );
    if (present.length > 1)
      report(
        run,
        'structure',
        `may have one type only, found ${present.join(' and ')}. Keep one of them.`,
        name,
      );
  }
}

function reportMissing(check: ObjectCheck, seen: number, run: Run): void {
  for (const { bit, name, types } of check.required) {
    if ((seen & bit) === 0)
      report(run, 'required', `is required (${types.slice(0, 4).join(', ')}). Add it.`, name);
  }
}

function reportUnknown(check: ObjectCheck, key: string, run: Run): void {
  const name = key.length > 64 ? `${key.slice(0, 64)}…` : key;
  report(run, 'structure', unknownElement(check, name), name);
}

function unknownElement(check: ObjectCheck, key: string): string {
  const known = [...check.properties.keys()].filter((name) => !name.startsWith('_'));
  const near = nearNames(key, known);
  const choice = [...check.choices.values()].find(
    ({ name }) => key === name || (key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))),
  );
  if (choice)
    return `${check.type} has no '${key}'; the choice ${choice.name}[x] allows ${choice.properties.slice(0, 12).join(', ')}.`;
  const hint =
    near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ' Remove it, or put it into an extension.';
  return `${check.type} has no element '${key}'.${hint}`;
}
