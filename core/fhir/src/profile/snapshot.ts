import { compileFhirPath } from '../fhirpath/index.ts';
import { model, type ElementModel } from '../model/model.ts';
import { OutcomeError } from '../outcome.ts';
import { equalsFixed } from './fixed-value.ts';
import { findProfile } from './library.ts';
import { canonicalParts, type ProfileSource } from './profile-source.ts';
import {
  type ElementDefinition,
  type ElementType,
  pathOfId,
  type StructureDefinition,
} from './structure-definition.ts';

/** One element of a snapshot, with those below it and its slices. */
export type SnapshotNode = {
  /** Last part of its path: `identifier`, `value[x]`. */
  name: string;
  definition: ElementDefinition;
  /** What it is held to anyway, without this profile: by its type, or as one of the unsliced. */
  origin: ElementDefinition;
  /** Type in the model whose elements its children are, when that is a nested one such as `Patient.contact`. */
  nested?: string;
  /** The element of the model it comes from; the root has none. */
  element?: ElementModel;
  /** Undefined until a profile speaks of them. */
  children?: SnapshotNode[];
  slices: SnapshotNode[];
};

/** What is wrong with a StructureDefinition: at which element of its differential, at which child of it. */
export type ProfileProblem = { element?: number; child: string; why: string; unknown?: true };

export type Snapshot = { profile: StructureDefinition; root: SnapshotNode; problems: ProfileProblem[] };

const baseUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** The R4 type a canonical names, when it names one. */
export function baseType(canonical: string): string | undefined {
  const { url } = canonicalParts(canonical);
  const type = url.startsWith(baseUrl) ? url.slice(baseUrl.length) : undefined;
  return type !== undefined && model.types[type] ? type : undefined;
}

/**
 * Builds the snapshot of a profile: its differential laid over its base, which may be a profile in turn.
 * Source: https://hl7.org/fhir/R4/profiling.html#snapshot
 */
export function buildSnapshot(profile: StructureDefinition, source?: ProfileSource): Snapshot {
  return new Builder(source).snapshot(profile);
}

/** Children of a node, entered on demand: those of its type, nested element, or the one profile of its type. */
export function childrenOf(node: SnapshotNode, source?: ProfileSource): SnapshotNode[] {
  return new Builder(source).enter(node);
}

/** Longest line of profiles of profiles. */
const maxDerivations = 40;

/** The profile rests, directly or by its base, on one that is not known. */
export const isOfBase = ({ child }: ProfileProblem): boolean => child === 'baseDefinition';

class Builder {
  readonly #source: ProfileSource | undefined;
  /** Profiles being built, to end cycles. */
  readonly #open = new Set<string>();

  constructor(source: ProfileSource | undefined) {
    this.#source = source;
  }

  snapshot(profile: StructureDefinition): Snapshot {
    const problems: ProfileProblem[] = [];
    const root = this.#rootOf(profile, problems);
    this.#open.add(profile.url);
    profile.element.forEach((element, at) => {
      problems.push(...expressionProblems(element, at));
      const found = this.#place(root, element, at, problems);
      if (found) merge(found, element, at, problems);
    });
    this.#open.delete(profile.url);
    return { profile, root, problems };
  }

  #mayOpen(canonical: string): boolean {
    return this.#open.size < maxDerivations && !this.#open.has(canonical);
  }

  #rootOf({ url, type, baseDefinition }: StructureDefinition, problems: ProfileProblem[]): SnapshotNode {
    const known = baseDefinition === undefined ? undefined : baseType(baseDefinition);
    if (known === undefined && baseDefinition !== undefined && baseDefinition !== url) {
      const base = this.#mayOpen(baseDefinition) ? findProfile(baseDefinition, this.#source) : undefined;
      if (base) {
        if (base.type !== type)
          problems.push({ child: 'type', why: `is ${type}, but the base is about ${base.type}.` });
        const { root, problems: ofBase } = this.snapshot(base);
        problems.push(...ofBase.filter(isOfBase));
        return root;
      }
    }
    if (known === undefined)
      problems.push({
        child: 'baseDefinition',
        why: `${baseDefinition ?? 'nothing'} is not known here. Name an R4 type or a profile that is stored first.`,
        unknown: true,
      });
    else if (known !== type)
      problems.push({ child: 'type', why: `is ${type}, but baseDefinition is about ${known}.` });
    return rootNode(known ?? (model.types[type] ? type : 'Element'));
  }

  /** The node an element of a differential speaks of, with slices made on the way. */
  #place(
    root: SnapshotNode,
    { id, path }: ElementDefinition,
    at: number,
    problems: ProfileProblem[],
  ): SnapshotNode | undefined {
    const fault = (why: string) => void problems.push({ element: at, child: 'path', why });
    const [first = '', ...segments] = splitId(id);
    // some authors name the whole as a slice: `Extension:birthsex.url`
    if (first.split(':')[0] !== root.definition.path.split('.')[0] || !fits(path, pathOfId(id)))
      return fault(`${path} does not start at ${root.name} or does not fit its id.`);
    let node = root;
    for (const segment of segments) {
      const colon = segment.indexOf(':');
      const name = colon < 0 ? segment : segment.slice(0, colon);
      const children = this.enter(node);
      let next = children.find((child) => child.name === name || child.name === `${name}[x]`);
      let slice = colon < 0 ? undefined : segment.slice(colon + 1);
      if (!next) {
        // `valueQuantity` stands for the slice of value[x] that has this type
        next = children.find(
          (child) => child.name.endsWith('[x]') && typeOfShortcut(child, name) !== undefined,
        );
        if (next && slice === undefined) {
          closeTo(next, typeOfShortcut(next, name)!);
          slice = name;
        }
      }
      if (!next) return fault(`${name} is no element of ${node.definition.path}.`);
      node = slice === undefined ? next : sliceOf(next, slice);
    }
    return node;
  }

  enter(node: SnapshotNode): SnapshotNode[] {
    if (node.children) return node.children;
    const { type: types = [], path } = node.definition;
    const [type] = types;
    const profile = types.length === 1 && type?.profile?.length === 1 ? type.profile[0]! : undefined;
    const known =
      profile === undefined || baseType(profile) !== undefined || !this.#mayOpen(profile)
        ? undefined
        : findProfile(profile, this.#source);
    if (known && known.type === type?.code)
      node.children = (this.snapshot(known).root.children ?? []).map((child) => adopted(child, path));
    node.children ??= baseChildren(node.nested ?? (types.length === 1 && type ? type.code : 'Element'), path);
    return node.children;
  }
}

/** The invariants of an element that are no FHIRPath. */
function expressionProblems({ constraint = [] }: ElementDefinition, element: number): ProfileProblem[] {
  return constraint.flatMap(({ expression }, at) => {
    try {
      compileFhirPath(expression);
      return [];
    } catch (cause) {
      if (!(cause instanceof OutcomeError)) throw cause;
      return [{ element, child: `constraint[${at}].expression`, why: cause.message }];
    }
  });
}

/** Whether a path is that of the id; `valueQuantity` may stand for `value[x]`. */
function fits(path: string, ofId: string): boolean {
  const [parts, others] = [path.split('.'), ofId.split('.')];
  return (
    parts.length === others.length &&
    parts.every((part, at) => {
      const other = others[at]!;
      const stem = other.endsWith('[x]') ? other.slice(0, -3) : undefined;
      return part === other || (stem !== undefined && part.startsWith(stem));
    })
  );
}

/** Parts of an id, split at dots outside of slice names such as `extension:a.b` would have. */
const splitId = (id: string) => id.split('.');

function rootNode(type: string): SnapshotNode {
  const definition: ElementDefinition = {
    id: type,
    path: type,
    min: 0,
    max: '*',
    ...constraintsOf(type),
  };
  return { name: type, definition, origin: definition, nested: type, slices: [] };
}

function constraintsOf(type: string): Pick<ElementDefinition, 'constraint'> {
  const constraint = model.types[type]?.constraints;
  return constraint ? { constraint } : {};
}

function baseChildren(type: string, path: string): SnapshotNode[] {
  const known = model.types[type];
  const elements = known?.kind === 'primitive' ? model.types['Element']!.elements : (known?.elements ?? []);
  return elements.map((element) => baseNode(element, type, path));
}

function baseNode(element: ElementModel, within: string, parent: string): SnapshotNode {
  const { name, types, choice, min = 0, many, targets, bound, profiles, constraints } = element;
  const own = choice ? `${name}[x]` : name;
  const nested = types.length === 1 && types[0]!.includes('.') ? types[0]! : undefined;
  const definition: ElementDefinition = {
    id: `${parent}.${own}`,
    path: `${parent}.${own}`,
    min,
    max: many ? '*' : '1',
    ...(nested && nested !== `${within}.${name}` ? { contentReference: `#${nested}` } : {}),
    type: nested
      ? [{ code: model.types[nested]!.base ?? 'BackboneElement' }]
      : types.map((code) => ({
          code,
          ...(profiles?.[code] ? { profile: [profiles[code]] } : {}),
          ...(targets && (code === 'Reference' || code === 'canonical')
            ? { targetProfile: targets.map((target) => baseUrl + target) }
            : {}),
        })),
    ...(bound ? { binding: bound } : {}),
    ...(constraints ? { constraint: constraints } : {}),
  };
  return { name: own, definition, origin: definition, element, ...(nested ? { nested } : {}), slices: [] };
}

/** The slice of that name, made when new: optional, otherwise as the unsliced. `A/B` lies within `A`. */
function sliceOf(node: SnapshotNode, name: string): SnapshotNode {
  const found = node.slices.find(({ definition }) => definition.sliceName === name);
  if (found) return found;
  const outer = node.slices.find(({ definition }) => name.startsWith(`${definition.sliceName}/`));
  if (outer) return sliceOf(outer, name);
  const type = typeOfShortcut(node, name);
  const slice: SnapshotNode = {
    ...node,
    definition: {
      ...node.definition,
      sliceName: name,
      min: 0,
      ...(type ? { type: [type] } : {}),
    },
    origin: node.definition,
    slices: [],
  };
  delete slice.definition.slicing;
  if (node.children) slice.children = node.children.map((child) => adopted(child));
  node.slices.push(slice);
  return slice;
}

/** A path such as `valueQuantity` leaves the choice only the types that are named so; the official snapshots do. */
function closeTo(node: SnapshotNode, type: ElementType): void {
  const { slicing, type: types = [] } = node.definition;
  if (slicing) return;
  const named = node.slices.length > 0 ? types.filter(({ code }) => code !== type.code) : [];
  node.definition = { ...node.definition, type: [...named, type] };
}

/** The type that `valueQuantity` means for `value[x]`. */
function typeOfShortcut(
  { name, definition, origin }: SnapshotNode,
  shortcut: string,
): ElementType | undefined {
  if (!name.endsWith('[x]')) return undefined;
  const stem = name.slice(0, -3);
  if (!shortcut.startsWith(stem)) return undefined;
  const isMeant = ({ code }: ElementType) => stem + code[0]!.toUpperCase() + code.slice(1) === shortcut;
  return definition.type?.find(isMeant) ?? origin.type?.find(isMeant);
}

/** A copy that is held to what it says already; below another path when one is given. */
function adopted(node: SnapshotNode, parent?: string): SnapshotNode {
  const path = parent === undefined ? node.definition.path : `${parent}.${node.name}`;
  const definition = { ...node.definition, path };
  return {
    ...node,
    definition,
    origin: definition,
    ...(node.children ? { children: node.children.map((child) => adopted(child, path)) } : {}),
    slices: node.slices.map((slice) => adopted(slice, parent)),
  };
}

/** Lays an element of a differential over the node, and says where it allows what the base forbids. */
function merge(node: SnapshotNode, element: ElementDefinition, at: number, problems: ProfileProblem[]): void {
  const { path: _path, constraint, type, slicing, ...rest } = element;
  const before = node.definition;
  const fault = (child: string, why: string) => void problems.push({ element: at, child, why });
  if (before.fixed !== undefined && rest.fixed !== undefined && !equalsFixed(rest.fixed, before.fixed))
    fault('fixed', 'differs from the value the base fixes.');
  const isRoot = !before.path.includes('.');
  if (
    !isRoot &&
    rest.sliceName === undefined &&
    rest.max !== undefined &&
    before.max !== '*' &&
    isMore(rest.max, before.max ?? '1')
  )
    fault('max', `${rest.max} is more than the ${before.max} of the base.`);
  if (!isRoot && rest.sliceName === undefined && rest.min !== undefined && rest.min < (before.min ?? 0))
    fault('min', `${rest.min} is less than the ${before.min} of the base.`);
  node.definition = {
    ...before,
    ...rest,
    ...(slicing ? { slicing: { ...before.slicing, ...slicing } } : {}),
    ...(constraint ? { constraint: withConstraints(before.constraint, constraint) } : {}),
  };
  // R4's own snapshots give ids, a part of every element, as texts
  if (type && node.name !== 'id') {
    const allowed = type.filter(({ code }) => allows(before.type, code));
    for (const { code } of type)
      if (before.type && !allows(before.type, code))
        fault(
          'type',
          `${code} is not among the types of the base: ${before.type.map((one) => one.code).join(', ')}.`,
        );
    node.definition.type = (before.type ? allowed : type).map((one) => inherited(one, before.type));
  }
}

/** A type named alone keeps the targets and profiles that the base gives it. */
function inherited(type: ElementType, before: ElementType[] | undefined): ElementType {
  const own = before?.find(({ code }) => code === type.code);
  return own ? { ...own, ...type } : type;
}

/** Resource and Element stand for anything below them. */
const allows = (types: ElementType[] | undefined, code: string) =>
  !types ||
  types.some(
    (one) =>
      one.code === code || open.has(one.code) || (one.code === 'BackboneElement' && code === 'Element'),
  );

const open = new Set(['Resource', 'DomainResource', 'Element']);

const isMore = (a: string, b: string) => (a === '*' ? b !== '*' : b !== '*' && Number(a) > Number(b));

function withConstraints(
  before: ElementDefinition['constraint'] = [],
  own: NonNullable<ElementDefinition['constraint']>,
) {
  const keys = new Set(own.map(({ key }) => key));
  return [...before.filter(({ key }) => !keys.has(key)), ...own];
}
