import assert from 'node:assert/strict';
import { test } from 'node:test';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { readDefinitions, unionBranches } from '../../scripts/build-model.ts';
import { type Resource, searchParameters } from '../index.ts';
import { officialExamples } from '../testing.ts';
import { compilePath, follow } from './compile-path.ts';

type Reference = { reference?: string; type?: string };

/** What `resolve()` would say of a reference, written apart from the code under test. */
function typeBehind({ reference = '', type }: Reference, root: Resource): string | undefined {
  const contained = (root['contained'] ?? []) as Resource[];
  if (reference.startsWith('#')) return contained.find(({ id }) => `#${id}` === reference)?.resourceType;
  const parts = reference.replace(/\/_history\/.*$/, '').split('/');
  return parts.length > 1 && !reference.startsWith('urn:') ? parts.at(-2) : type;
}

let root: Resource;
const userInvocationTable = {
  refersTo: {
    fn: (inputs: Reference[], type: string) => inputs.map((input) => typeBehind(input, root) === type),
    arity: { 1: ['String'] },
  },
  hasExtension: {
    fn: (inputs: { extension?: { url: string }[] }[], url: string) =>
      inputs.map(({ extension = [] }) => extension.some((one) => one.url === url)),
    arity: { 1: ['String'] },
  },
};

const compiled = new Map<string, (resource: Resource, env: object) => unknown[]>();

/** The official expression, evaluated by the reference implementation, its union branch by branch. */
function byOracle(expression: string, resource: Resource, component?: string): unknown[] {
  const branches = unionBranches(expression);
  if (component === undefined) return branches.flatMap((branch) => evaluate(branch, resource));
  return branches.flatMap((branch) =>
    unionBranches(component).flatMap((part) => evaluate(`(${branch}).select(${part})`, resource)),
  );
}

function evaluate(expression: string, resource: Resource): unknown[] {
  let evaluator = compiled.get(expression);
  if (!evaluator) {
    // `as` takes one item only; R4 means all items of the type. `resolve()` would ask a server.
    const runnable = expression
      .replaceAll(/resolve\(\) is (\w+)/g, "refersTo('$1')")
      .replaceAll(/([\w.]+) as (\w+)/g, '$1.ofType($2)')
      .replaceAll('.as(', '.ofType(')
      .replaceAll('DateTime', 'dateTime');
    evaluator = fhirpath.compile(runnable, r4, { userInvocationTable } as never) as NonNullable<
      typeof evaluator
    >;
    compiled.set(expression, evaluator);
  }
  root = resource;
  return evaluator(resource, { resource });
}

function byOurs(expression: string, resource: Resource, component?: string): unknown[] {
  const found: unknown[] = [];
  for (const route of compilePath(expression, resource.resourceType)) {
    const nodes: unknown[] = [];
    follow(route, resource, resource, nodes);
    if (component === undefined) found.push(...nodes);
    else
      for (const inner of compilePath(component, route.type))
        for (const node of nodes) follow(inner, node, resource, found);
  }
  return found;
}

/** Values as a set of JSON, for a union of FHIRPath drops repetitions. */
const asSet = (values: unknown[]) =>
  [
    ...new Set(
      values
        .filter((value) => value !== null && value !== undefined)
        .map((value) => JSON.stringify(sortKeys(value))),
    ),
  ].sort();

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortKeys(item)]),
  );
}

test('finds what the reference implementation of FHIRPath finds, for every parameter on every official example', (t) => {
  const official = new Map(
    readDefinitions().flatMap((one) =>
      one.resourceType === 'SearchParameter' ? [[one.url, one] as const] : [],
    ),
  );
  const different: string[] = [];
  let evaluations = 0;
  let nodes = 0;
  const compare = (name: string, ours: unknown[], oracle: unknown[]) => {
    evaluations++;
    nodes += oracle.length;
    if (asSet(ours).join() !== asSet(oracle).join())
      different.push(`${name}: ${asSet(ours).join()} instead of ${asSet(oracle).join()}`);
  };
  for (const example of officialExamples()) {
    const plain = JSON.parse(JSON.stringify(example)) as Resource;
    for (const { code, url, expression, components } of searchParameters(plain.resourceType)) {
      if (expression === undefined) continue; // _text and _content look at words, whatever element they stand in
      const name = `${plain.resourceType}/${plain.id} ${code}`;
      const whole = official.get(url)!.expression!;
      compare(name, byOurs(expression, plain), byOracle(whole, plain));
      for (const part of components)
        compare(name, byOurs(expression, plain, part.expression), byOracle(whole, plain, part.expression));
    }
  }
  t.diagnostic(`${evaluations} evaluations, ${nodes} nodes, ${different.length} different`);
  assert.deepEqual(different, []);
});
