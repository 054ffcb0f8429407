import { referencedType } from '../path/referenced-type.ts';
import type { Run } from '../validate/run.ts';
import { resolveReference } from '../validate/resolve-reference.ts';
import { valueSetHas } from '../terminology/index.ts';
import { canonicalParts, type ProfileSource } from './profile-source.ts';
import { equalsFixed, matchesPattern } from './fixed-value.ts';
import { findProfile } from './library.ts';
import { baseType, childrenOf, type SnapshotNode } from './snapshot.ts';
import type { Discriminator } from './structure-definition.ts';

/** Undefined where it cannot be told here: what a reference leads to, a profile or a value set is not known. */
type Verdict = boolean | undefined;

/** Whether an item of the given type belongs to a slice. */
export type SliceTest = (value: unknown, type: string, run: Run) => Verdict;

/** Runs a profile on a value and says whether it meets it. */
export type MeetsProfile = (canonical: string, value: unknown, type: string, run: Run) => Verdict;

/** A step of a discriminator's path. */
type Step = { name: string } | { extension: string } | { resolve: true } | { ofType: string };

/**
 * Compiles the test for one slice: every discriminator of the slicing must hold. Undefined when one of them says
 * nothing about this slice. Source: https://hl7.org/fhir/R4/profiling.html#discriminator
 */
export function sliceTest(
  slice: SnapshotNode,
  discriminators: readonly Discriminator[],
  source: ProfileSource | undefined,
  meets: MeetsProfile,
): SliceTest | undefined {
  const tests: SliceTest[] = [];
  for (const { type, path } of discriminators) {
    const steps = stepsOf(path);
    const test = steps && discriminatorTest(type, steps, slice, source, meets);
    if (!test) return undefined;
    tests.push(test);
  }
  if (tests.length === 0) return undefined;
  return (value, type, run) => {
    let verdict: Verdict = true;
    for (const test of tests) {
      const one = test(value, type, run);
      if (one === false) return false;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
}

/** True for one that is true; else undefined for one that cannot be told. */
function anyOf<T>(all: readonly T[], test: (one: T) => Verdict): Verdict {
  let verdict: Verdict = false;
  for (const one of all) {
    const own = test(one);
    if (own) return true;
    if (own === undefined) verdict = undefined;
  }
  return verdict;
}

const not = (verdict: Verdict) => (verdict === undefined ? undefined : !verdict);

function discriminatorTest(
  kind: Discriminator['type'],
  steps: Step[],
  slice: SnapshotNode,
  source: ProfileSource | undefined,
  meets: MeetsProfile,
): SliceTest | undefined {
  const all = locate({ node: slice, ...expectedOf(valueOf(slice)) }, steps, source);
  const found = all[0]!;
  if (kind === 'exists') {
    const { node } = found;
    if (!node) return undefined;
    const wanted = node.definition.max !== '0';
    if (wanted && !node.definition.min) return undefined;
    return (value, type, run) => {
      const found = some(value, type, steps, run, anything);
      return wanted ? found : not(found);
    };
  }
  if (kind === 'type') {
    const types = found.node?.definition.type?.map(({ code }) => code) ?? [];
    const targets = found.node?.definition.type?.flatMap(({ targetProfile = [] }) => targetProfile) ?? [];
    const resolving = steps.some((step) => 'resolve' in step);
    const allowed = new Set(
      resolving && targets.length > 0
        ? targets.map((target) => baseType(target) ?? findProfile(target, source)?.type ?? target)
        : types,
    );
    if (allowed.size === 0) return undefined;
    return (value, type, run) =>
      some(value, type, steps, run, (one, of) => allowed.has(of) || allowed.has(resourceTypeOf(one) ?? ''));
  }
  if (kind === 'profile') {
    const resolving = steps.some((step) => 'resolve' in step);
    const profiles =
      found.node?.definition.type?.flatMap(({ profile = [], targetProfile = [] }) =>
        resolving && profile.length === 0 ? targetProfile : profile,
      ) ?? [];
    if (profiles.length === 0) return undefined;
    return (value, type, run) =>
      some(value, type, steps, run, (one, of) =>
        anyOf(profiles, (canonical) => meets(canonical, one, of, run)),
      );
  }
  const expected = all.flatMap((one) => one.expected ?? []);
  if (expected.length > 0) {
    const rule: Rule = (one) =>
      expected.some(({ exact, value }) => (exact ? equalsFixed : matchesPattern)(one, value));
    return (value, type, run) => some(value, type, steps, run, rule);
  }
  const { binding, min = 0, max } = found.node?.definition ?? {};
  if (max === '0') return (value, type, run) => not(some(value, type, steps, run, anything));
  if (binding?.strength === 'required' && binding.valueSet) {
    const set = binding.valueSet;
    return (value, type, run) => some(value, type, steps, run, (one) => hasCode(one, set, run));
  }
  // what every item has anyway, as an extension its url, tells nothing apart
  if (min > (found.node?.origin.min ?? 0))
    return (value, type, run) => some(value, type, steps, run, anything);
  return undefined;
}

function hasCode(value: unknown, set: string, { source }: Run): Verdict {
  if (typeof value === 'string') return valueSetHas(set, undefined, value, source);
  if (typeof value !== 'object' || value === null) return false;
  const { system, code, coding } = value as { system?: string; code?: string; coding?: unknown[] };
  if (Array.isArray(coding)) return anyOf(coding, (one) => hasCode(one, set, { source } as Run));
  return typeof code === 'string' && valueSetHas(set, system ?? '', code, source);
}

const anything: Rule = () => true;

type Located = { node?: SnapshotNode; expected?: { value: unknown; exact: boolean } };

const expectedOf = (expected: Located['expected']) => (expected ? { expected } : {});

/**
 * The element of a slice a discriminator speaks of, and the value it is fixed to there or above. Several where the
 * way leads through an element that is sliced in turn and only its slices have values, as the codings of R4's blood
 * pressure.
 */
function locate(from: Located, steps: readonly Step[], source: ProfileSource | undefined): Located[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [from];
  if ('resolve' in step || 'ofType' in step) return locate(from, rest, source);
  const name = 'name' in step ? step.name : 'extension';
  const profile = from.node?.definition.type?.[0]?.profile?.[0];
  const below = from.node ? childrenOf(from.node, source) : [];
  const child = below.find((one) => one.name === name || one.name === `${name}[x]`);
  const inside: unknown = from.expected && partOf(from.expected.value, name);
  const inherited: Located['expected'] =
    inside !== undefined && from.expected
      ? { value: inside, exact: from.expected.exact }
      : name === 'url' && profile
        ? { value: canonicalParts(profile).url, exact: true }
        : undefined;
  const at = (node: SnapshotNode | undefined): Located => ({
    ...(node ? { node } : {}),
    ...expectedOf((node && valueOf(node)) ?? inherited),
  });
  if ('extension' in step)
    return locate(at(child?.slices.find((one) => isExtension(one, step.extension, source))), rest, source);
  const straight = locate(at(child), rest, source);
  if (!child || straight.some(({ expected }) => expected)) return straight;
  const within = child.slices.flatMap((one) => locate(at(one), rest, source)).filter((one) => one.expected);
  return within.length > 0 ? within : straight;
}

function isExtension(slice: SnapshotNode, url: string, source: ProfileSource | undefined): boolean {
  const profile = slice.definition.type?.[0]?.profile?.[0];
  if (profile) return canonicalParts(profile).url === url;
  const own = childrenOf(slice, source).find(({ name }) => name === 'url');
  return own?.definition.fixed === url;
}

function valueOf({ definition: { fixed, pattern } }: SnapshotNode): Located['expected'] {
  if (fixed !== undefined) return { value: fixed, exact: true };
  return pattern === undefined ? undefined : { value: pattern, exact: false };
}

function partOf(value: unknown, name: string): unknown {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'object' && one !== null ? (one as Record<string, unknown>)[name] : undefined;
}

const stepText =
  /\s*(?:(\$this)|extension\('([^']*)'\)|(resolve)\(\)|ofType\((\w+)\)|([A-Za-z_]\w*))\s*(?:\.|$)/y;

/** The steps of a restricted FHIRPath; undefined when it is none. Source: https://hl7.org/fhir/R4/profiling.html#discriminator */
function stepsOf(path: string): Step[] | undefined {
  const steps: Step[] = [];
  stepText.lastIndex = 0;
  while (stepText.lastIndex < path.length) {
    const match = stepText.exec(path);
    if (!match) return undefined;
    const [, self, extension, resolve, ofType, name] = match;
    if (extension !== undefined) steps.push({ extension });
    else if (resolve) steps.push({ resolve: true });
    else if (ofType) steps.push({ ofType });
    else if (name && !self) steps.push({ name });
  }
  return steps;
}

/** What a rule asks of one value that a path leads to. */
type Rule = (value: unknown, type: string) => Verdict;

/** Whether a discriminator's path leads from an item to a value that the rule accepts. */
function some(value: unknown, type: string, steps: readonly Step[], run: Run, rule: Rule, at = 0): Verdict {
  const step = steps[at];
  if (step === undefined) return rule(value, type);
  const on = (next: unknown, of: string) => some(next, of, steps, run, rule, at + 1);
  if ('ofType' in step) return type === step.ofType && on(value, type);
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  if ('resolve' in step) {
    const { reference } = fields as { reference?: unknown };
    const target = typeof reference === 'string' ? resolveReference(reference, run) : undefined;
    const of = target?.resourceType ?? referencedType(fields, run.rootResource);
    if (of === undefined || (target === undefined && at + 1 < steps.length)) return undefined;
    return on(target, of);
  }
  if ('extension' in step) {
    const list = fields['extension'];
    if (!Array.isArray(list)) return false;
    return anyOf(
      list as ({ url?: unknown } | null)[],
      (one) => one?.url === step.extension && on(one, 'Extension'),
    );
  }
  const own = fields[step.name];
  if (own !== undefined) return Array.isArray(own) ? anyOf(own, (one) => on(one, '')) : on(own, '');
  for (const key in fields)
    if (key.startsWith(step.name) && /^[A-Z]/.test(key.slice(step.name.length)))
      return on(fields[key], typeNamed(key.slice(step.name.length)));
  return fields[`_${step.name}`] !== undefined && on(undefined, '');
}

const primitives = new Set(
  'Boolean Integer Decimal String Uri Url Canonical Code Oid Id Uuid Markdown Base64Binary Instant Date DateTime Time UnsignedInt PositiveInt'.split(
    ' ',
  ),
);

const typeNamed = (name: string) => (primitives.has(name) ? name[0]!.toLowerCase() + name.slice(1) : name);

const resourceTypeOf = (value: unknown) =>
  (value as { resourceType?: string } | null | undefined)?.resourceType;
