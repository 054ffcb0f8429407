import type { Env } from './env.ts';
import type { Expression } from './expression.ts';
import { evaluationFault } from './fault.ts';
import { itemOf, type Value, valueOf } from './node.ts';

/** What an expression is evaluated on: `$this`. */
export const self: Expression = { evaluate: (focus) => focus, exists: (focus) => focus !== undefined };

/** An expression that gives the same everywhere. */
export const constant = (value: Value): Expression => ({ evaluate: () => value, constant: { value } });

export function special(name: '$this' | '$index' | '$total'): Expression {
  if (name === '$this') return self;
  return name === '$index'
    ? { evaluate: (_, env) => env.index }
    : { evaluate: (_, env) => fetched(env.total, env) };
}

/** Names that stand for a text. Source: https://hl7.org/fhir/R4/fhirpath.html#variables */
const known: Record<string, string> = {
  ucum: 'http://unitsofmeasure.org',
  sct: 'http://snomed.info/sct',
  loinc: 'http://loinc.org',
};

/** `%name`. */
export function variable(name: string): Expression {
  if (known[name] !== undefined) return constant(known[name]);
  if (name.startsWith('vs-')) return constant(`http://hl7.org/fhir/ValueSet/${name.slice(3)}`);
  if (name.startsWith('ext-')) return constant(`http://hl7.org/fhir/StructureDefinition/${name.slice(4)}`);
  switch (name) {
    case 'resource':
      return { evaluate: (_, env) => env.resource };
    case 'rootResource':
      return { evaluate: (_, env) => env.rootResource };
    case 'context':
      return { evaluate: (_, env) => env.context };
    default:
      return { evaluate: (_, env) => given(name, env) };
  }
}

/** A collection that is used again is paid for again. */
function fetched(value: Value, env: Env): Value {
  if (Array.isArray(value)) env.spend(value.length);
  return value;
}

function given(name: string, env: Env): Value {
  if (env.defined?.has(name)) return fetched(env.defined.get(name), env);
  const { variables } = env.options;
  if (!variables || !Object.hasOwn(variables, name)) throw evaluationFault(`there is no variable %${name}`);
  const value = variables[name];
  return Array.isArray(value)
    ? fetched(valueOf(value.flatMap((one) => itemOf(one) ?? [])), env)
    : itemOf(value);
}
