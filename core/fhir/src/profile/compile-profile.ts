import type { Resource } from '../interactions.ts';
import { model, type Constraint } from '../model/model.ts';
import { OutcomeError } from '../outcome.ts';
import { propertyOf } from '../path/compile-path.ts';
import { bindingCheck } from '../validate/binding.ts';
import { checkInvariant, compileInvariant } from '../validate/invariant.ts';
import { report, type Run } from '../validate/run.ts';
import { cachedBySource } from './cached-by-source.ts';
import { compareValues, equalsFixed, matchesPattern } from './fixed-value.ts';
import { findProfile } from './library.ts';
import type { ProfileSource } from './profile-source.ts';
import { meetsProfile } from './meets-profile.ts';
import { compileSlices, type SlicesCheck } from './slices.ts';
import {
  baseType,
  buildSnapshot,
  type ProfileProblem,
  type Snapshot,
  type SnapshotNode,
} from './snapshot.ts';
import type { ElementDefinition, StructureDefinition } from './structure-definition.ts';
import { targetCheck } from './target-profile.ts';

/** Checks one value at the place the run is at; `sibling` is the `_name` object of a primitive. */
export type ItemCheck = (value: unknown, sibling: unknown, type: string, run: Run) => void;

/** A profile as code: what it asks beyond its base type. */
export type CompiledProfile = {
  definition: StructureDefinition;
  check: ItemCheck;
  problems: ProfileProblem[];
  /** Ids of slices that are not checked, because no discriminator tells them apart. */
  unclear: string[];
};

type Fields = Record<string, unknown>;

/** What one compilation needs at every element. */
export type Compilation = {
  source: ProfileSource | undefined;
  /** Ids of slices that no discriminator tells apart. */
  unclear: string[];
};

/** The profile by canonical, compiled once; undefined when it is not known. */
export const compiledProfile: (canonical: string, source?: ProfileSource) => CompiledProfile | undefined =
  cachedBySource((canonical, source) => {
    const builtIn = source && compiledProfile(canonical);
    if (builtIn) return builtIn;
    const definition = findProfile(canonical, source);
    return definition && compileProfile(definition, source);
  });

/** Compiles a profile: its snapshot, of which every element that asks more than the base becomes a check. */
export function compileProfile(definition: StructureDefinition, source?: ProfileSource): CompiledProfile {
  const snapshot: Snapshot = buildSnapshot(definition, source);
  const compilation: Compilation = { source, unclear: [] };
  const name = definition.name ?? definition.url;
  const check = itemCheck(snapshot.root, compilation);
  return {
    definition,
    problems: snapshot.problems,
    unclear: compilation.unclear,
    check: (value, sibling, type, run) => {
      if (!check) return;
      const outer = run.profile;
      run.profile = outer === undefined ? name : `${outer} / ${name}`;
      check(value, sibling, type, run);
      run.profile = outer;
    },
  };
}

/** What an element asks of each of its values, beyond what they are held to anyway; undefined when nothing. */
export function itemCheck(node: SnapshotNode, compilation: Compilation): ItemCheck | undefined {
  const below = (node.children ?? []).flatMap((child) => elementCheck(child, compilation) ?? []);
  const isResource = node.element?.types[0] === 'Resource';
  const checks: ItemCheck[] = [
    ...valueChecks(node, compilation),
    ...(isResource ? below.map((check) => insideResource(check, node.name === 'contained')) : below),
    ...invariants(node),
  ];
  if (checks.length === 0) return undefined;
  if (checks.length === 1) return checks[0];
  return (value, sibling, type, run) => {
    for (const check of checks) check(value, sibling, type, run);
  };
}

/** What is below a contained resource or one in a Bundle sees that resource as its own. */
function insideResource(check: ItemCheck, contained: boolean): ItemCheck {
  return (value, sibling, type, run) => {
    const { resource, rootResource } = run;
    run.resource = value as Resource;
    if (!contained) run.rootResource = run.resource;
    check(value, sibling, type, run);
    run.resource = resource;
    run.rootResource = rootResource;
  };
}

function valueChecks({ definition, origin }: SnapshotNode, { source }: Compilation): ItemCheck[] {
  const { fixed, pattern, minValue, maxValue, maxLength, binding, type: types = [] } = definition;
  const checks: ItemCheck[] = [];
  if (fixed !== undefined && fixed !== origin.fixed)
    checks.push((value, _sibling, _type, run) => {
      if (value !== undefined && !equalsFixed(value, fixed))
        report(run, 'value', `must be exactly ${spelt(fixed)}.`);
    });
  if (pattern !== undefined && pattern !== origin.pattern)
    checks.push((value, _sibling, _type, run) => {
      if (value !== undefined && !matchesPattern(value, pattern))
        report(run, 'value', `must hold ${spelt(pattern)}.`);
    });
  if (minValue !== undefined)
    checks.push((value, _sibling, _type, run) => {
      if ((compareValues(value, minValue) ?? 0) < 0)
        report(run, 'value', `must be at least ${spelt(minValue)}.`);
    });
  if (maxValue !== undefined)
    checks.push((value, _sibling, _type, run) => {
      if ((compareValues(value, maxValue) ?? 0) > 0)
        report(run, 'value', `must be at most ${spelt(maxValue)}.`);
    });
  if (maxLength !== undefined)
    checks.push((value, _sibling, _type, run) => {
      if (typeof value === 'string' && [...value].length > maxLength)
        report(run, 'too-long', `must have at most ${maxLength} characters.`);
    });
  if (binding && !sameBinding(binding, origin.binding)) {
    const byType = new Map(types.map(({ code }) => [code, bindingCheck(binding, code, true)]));
    checks.push((value, _sibling, type, run) => {
      if (value === undefined) return;
      const found = byType.get(type)?.(value, run.source);
      if (found) report(run, found.code, found.why, found.child, found.severity);
    });
  }
  return [...checks, ...typeChecks(definition, origin, source)];
}

const sameBinding = (a: ElementDefinition['binding'], b: ElementDefinition['binding']) =>
  a === b || (a?.strength === b?.strength && a?.valueSet?.split('|')[0] === b?.valueSet && a?.max === b?.max);

/** Fixed and pattern values are the profile's, not the patient's: they may be shown. */
const spelt = (value: unknown) => {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 197)}…` : text;
};

/** Profiles that values of a type must meet, and resource types that references may point to. */
function typeChecks(
  { type: types = [] }: ElementDefinition,
  origin: ElementDefinition,
  source: ProfileSource | undefined,
): ItemCheck[] {
  const checks: ItemCheck[] = [];
  for (const { code, profile = [], targetProfile = [] } of types) {
    const before = origin.type?.find((one) => one.code === code);
    // an extension is checked by its url wherever it stands
    const asked = profile.filter((url) => !before?.profile?.includes(url) && baseType(url) === undefined);
    if (asked.length > 0 && code !== 'Extension')
      checks.push((value, sibling, type, run) => {
        if (type !== code && (value as { resourceType?: string } | null)?.resourceType !== code) return;
        const known = asked.flatMap((url) => compiledProfile(url, run.source) ?? []);
        if (known.length < asked.length) return;
        if (known.length === 1) known[0]!.check(value, sibling, type, run);
        else if (asked.every((url) => meetsProfile(url, value, type, run) === false))
          report(run, 'structure', `must meet one of the profiles ${asked.join(', ')}.`);
      });
    if (
      code === 'Reference' &&
      targetProfile.length > 0 &&
      !sameTargets(targetProfile, before?.targetProfile)
    )
      checks.push(targetCheck(targetProfile, source));
  }
  if (
    types.length > 0 &&
    origin.type?.some(({ code }) => code === 'Resource') &&
    !types.some(({ code }) => code === 'Resource')
  ) {
    const allowed = new Set(types.map(({ code }) => code));
    checks.push((value, _sibling, _type, run) => {
      const { resourceType = '' } = (value ?? {}) as { resourceType?: string };
      if (!allowed.has(resourceType))
        report(run, 'structure', `must be a resource of type ${[...allowed].join(' or ')}.`);
    });
  }
  return checks;
}

const sameTargets = (a: readonly string[], b: readonly string[] | undefined) =>
  b !== undefined && a.length === b.length && a.every((one) => b.includes(one));

/** Invariants of the base definitions, which its own check evaluates. */
const baseConstraints = new Set(
  Object.values(model.types).flatMap(({ constraints = [], elements }) =>
    [...constraints, ...elements.flatMap((element) => element.constraints ?? [])].map(({ key }) => key),
  ),
);
for (const key of ['ele-1', 'ext-1', 'txt-1', 'txt-2']) baseConstraints.add(key);

function invariants({ definition, origin, nested }: SnapshotNode): ItemCheck[] {
  const known = new Set(origin.constraint?.map(({ key, expression }) => `${key} ${expression}`));
  const own = (definition.constraint ?? []).filter(
    ({ key, expression }) => !known.has(`${key} ${expression}`) && !baseConstraints.has(key),
  );
  return own.flatMap((constraint) => perType(constraint, nested, definition) ?? []);
}

/** An invariant compiled for each type its element may have. */
function perType(
  constraint: Constraint,
  nested: string | undefined,
  { type: types = [] }: ElementDefinition,
): ItemCheck | undefined {
  const names = nested === undefined ? types.map(({ code }) => code) : [nested];
  try {
    const compiled = new Map(names.map((name) => [name, compileInvariant(constraint, name)]));
    return (value, sibling, type, run) => {
      const check =
        compiled.get(nested ?? type) ?? (names.length === 1 ? compiled.get(names[0]!) : undefined);
      if (check) checkInvariant(check, value, sibling, run);
    };
  } catch (cause) {
    if (!(cause instanceof OutcomeError)) throw cause;
    return undefined; // the snapshot names it among the problems
  }
}

type Property = { name: string; type: string; primitive: boolean };

/** What a profile asks of an element within its parent: how often, of which types, what of each value, which slices. */
function elementCheck(node: SnapshotNode, compilation: Compilation): ItemCheck | undefined {
  const { definition, origin, element } = node;
  if (!element) return undefined;
  const stem = element.name;
  const min = (definition.min ?? 0) > (origin.min ?? 0) ? definition.min! : 0;
  const max =
    definition.max !== undefined && definition.max !== origin.max ? toCount(definition.max) : Infinity;
  const properties: Property[] = element.types.map((type) => ({
    name: propertyOf(element, type),
    type,
    primitive: model.types[type]!.kind === 'primitive',
  }));
  const allowed = element.choice ? allowedTypes(definition, origin) : undefined;
  const item = itemCheck(node, compilation);
  const slices = compileSlices(node, compilation);
  if (min === 0 && max === Infinity && !allowed && !item && !slices) return undefined;
  const many = element.many === true;
  return (value, _sibling, _type, run) => {
    if (typeof value !== 'object' || value === null) return;
    const fields = value as Fields;
    let count = 0;
    const state = slices?.begin();
    for (const property of properties) {
      const own = fields[property.name];
      const beside = property.primitive ? fields[`_${property.name}`] : undefined;
      if (own === undefined && beside === undefined) continue;
      run.path.push(element.choice ? `${stem}.ofType(${property.type})` : stem);
      if (allowed && !allowed.has(property.type))
        report(run, 'structure', `must be of type ${[...allowed].join(' or ')}.`);
      if (many) count += checkItems(own, beside, property.type, item, slices, state, run);
      else {
        count++;
        item?.(own, beside, property.type, run);
        if (state) slices!.item(state, own, beside, property.type, run);
      }
      run.path.pop();
    }
    if (count < min)
      report(
        run,
        'required',
        min === 1 ? 'is required. Add it.' : `must occur at least ${min} times, found ${count}.`,
        stem,
      );
    if (count > max)
      report(
        run,
        'structure',
        max === 0 ? 'is not allowed. Remove it.' : `must occur at most ${max} times, found ${count}.`,
        stem,
      );
    if (state) {
      run.path.push(stem);
      slices!.end(state, run);
      run.path.pop();
    }
  };
}

export const toCount = (max: string) => (max === '*' ? Infinity : Number(max));

function allowedTypes({ type = [] }: ElementDefinition, origin: ElementDefinition): Set<string> | undefined {
  const now = new Set(type.map(({ code }) => code));
  return origin.type?.every(({ code }) => now.has(code)) ? undefined : now;
}

function checkItems(
  values: unknown,
  siblings: unknown,
  type: string,
  item: ItemCheck | undefined,
  slices: SlicesCheck | undefined,
  state: ReturnType<SlicesCheck['begin']> | undefined,
  run: Run,
): number {
  const [own, beside] = [values ?? [], siblings ?? []] as unknown[][];
  if (!Array.isArray(own) || !Array.isArray(beside)) return 0;
  const count = Math.max(own.length, beside.length);
  for (let at = 0; at < count; at++) {
    run.path.push(at);
    const [one, next] = [own[at] ?? undefined, beside[at] ?? undefined];
    item?.(one, next, type, run);
    if (state) slices!.item(state, one, next, type, run);
    run.path.pop();
  }
  return count;
}
