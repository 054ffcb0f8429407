import { compile } from './compile.ts';
import { Env, type EvaluateOptions } from './env.ts';
import { type Expression, truthOf } from './expression.ts';
import { type Item, itemOf, itemsOf, Node, plain, typeNameOf, type Value } from './node.ts';
import { parse } from './parser.ts';
import { ownText } from '../own-text.ts';

/** A FHIRPath expression made ready. Evaluation throws OutcomeError 'processing' where FHIRPath faults, 'too-costly' where it would not end soon. */
export type CompiledFhirPath = {
  readonly text: string;
  /** What it gives: JSON of the resource as it stands (the very objects), texts, numbers (Decimal where digits count), booleans. */
  evaluate(focus: unknown, options?: EvaluateOptions): unknown[];
  /** Whether it is true: one item that is no boolean, and several items, are; nothing is not. */
  test(focus: unknown, options?: EvaluateOptions): boolean;
  /** Whether it is definitely false, as an invariant that is violated: one that gives nothing is not. */
  refutes(focus: unknown, options?: EvaluateOptions): boolean;
  /** What it gives with the type of each (`code`, `System.Integer`) and, for elements, where they stand. */
  nodes(focus: unknown, options?: EvaluateOptions): EvaluatedNode[];
};

export type EvaluatedNode = {
  type: string;
  value: unknown;
  /** For an element of the focus: keys and indexes from there. */
  path?: (string | number)[];
};

/** Characters of the texts that are kept compiled: those that clients invent must not fill the memory. */
const maxKept = 200_000;
let keptCharacters = 0;
const kept = new Map<string, CompiledFhirPath>();

/**
 * Compiles an expression; the same text gives the same object. Throws OutcomeError 'invalid' that names line and
 * column. Source: https://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html
 */
export function compileFhirPath(text: string): CompiledFhirPath {
  let compiled = kept.get(text);
  if (!compiled) {
    const own = ownText(text);
    compiled = make(own);
    keptCharacters += text.length;
    if (keptCharacters > maxKept) {
      kept.clear();
      keptCharacters = text.length;
    }
    kept.set(own, compiled);
  }
  return compiled;
}

function make(text: string): CompiledFhirPath {
  const expression = compile(parse(text), text);
  return {
    text,
    evaluate: (focus, options = none) => plainValues(run(expression, focus, options)),
    test: (focus, options = none) => isTrue(run(expression, focus, options)),
    refutes: (focus, options = none) => isFalse(run(expression, focus, options)),
    nodes: (focus, options = none) => itemsOf(run(expression, focus, options)).map(evaluated),
  };
}

const none: EvaluateOptions = {};

const isTrue = (value: Value) => Array.isArray(value) || truthOf(value, 'the expression') === true;
const isFalse = (value: Value) => !Array.isArray(value) && truthOf(value, 'the expression') === false;

function run({ evaluate }: Expression, focus: unknown, options: EvaluateOptions): Value {
  const item = itemOf(focus, options.type, options.sibling);
  return evaluate(item, new Env(options, item));
}

/** The values of a collection; a primitive that has extensions only gives none. */
function plainValues(value: Value): unknown[] {
  const values: unknown[] = [];
  for (const item of itemsOf(value)) {
    const own = plain(item);
    if (own !== undefined) values.push(own);
  }
  return values;
}

function evaluated(item: Item): EvaluatedNode {
  const { namespace, name } = typeNameOf(item);
  const type = namespace === 'FHIR' ? name : `${namespace}.${name}`;
  const value = plain(item);
  return item instanceof Node ? { type, value, path: pathOf(item) } : { type, value };
}

function pathOf(node: Node): (string | number)[] {
  const path: (string | number)[] = [];
  for (let own: Node | undefined = node; own?.parent; own = own.parent) {
    if (own.index >= 0) path.push(own.index);
    path.push(own.property);
  }
  return path.reverse();
}
