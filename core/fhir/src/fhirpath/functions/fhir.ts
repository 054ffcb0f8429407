import type { Resource } from '../../interactions.ts';
import { narrativeFault } from '../../validate/narrative.ts';
import { type FunctionTable, single, textOf } from '../expression.ts';
import { evaluationFault } from '../fault.ts';
import { Step } from '../navigate.ts';
import type { Env } from '../env.ts';
import { type Item, itemOf, itemsOf, Node, systemValue, type Value, valueOf } from '../node.ts';
import { QuantityValue } from '../quantity.ts';
import { isFhirType } from '../types.ts';

type Json = Record<string, unknown>;

const jsonOf = (item: Item | undefined): Json | undefined =>
  item instanceof Node && typeof item.value === 'object' && item.value !== null
    ? (item.value as Json)
    : undefined;

/** The codings an item holds: a code by itself has no system. */
function codingsOf(item: Item): { system?: string; code: string }[] {
  const text = systemValue(item);
  if (typeof text === 'string') return [{ code: text }];
  const json = jsonOf(item);
  const codings = Array.isArray(json?.['coding']) ? (json['coding'] as Json[]) : json ? [json] : [];
  return codings.flatMap((coding) =>
    typeof coding?.['code'] === 'string'
      ? [
          {
            code: coding['code'],
            ...(typeof coding['system'] === 'string' ? { system: coding['system'] } : {}),
          },
        ]
      : [],
  );
}

/** True when one is, unknown when one may be. */
function anyOf(answers: readonly (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

/** The resource a reference leads to, with its type; nothing when it is not at hand. */
function resolve(item: Item, env: Env): Item | undefined {
  const reference = typeof systemValue(item) === 'string' ? systemValue(item) : jsonOf(item)?.['reference'];
  if (typeof reference !== 'string') return undefined;
  const root = jsonOf(env.rootResource);
  if (reference === '#') return env.rootResource;
  if (reference.startsWith('#')) {
    const contained = Array.isArray(root?.['contained']) ? (root['contained'] as Json[]) : [];
    env.spend(contained.length);
    return itemOf(contained.find((one) => one?.['id'] === reference.slice(1)));
  }
  return itemOf(inBundle(reference, root, env) ?? env.options.resolve?.(reference));
}

/** The entry of a Bundle with that fullUrl, also by its relative form. Source: https://hl7.org/fhir/R4/bundle.html#references */
function inBundle(reference: string, root: Json | undefined, env: Env): unknown {
  if (root?.['resourceType'] !== 'Bundle' || !Array.isArray(root['entry'])) return undefined;
  env.spend(root['entry'].length);
  const relative = /^[A-Za-z]+\/[^/]+$/.test(reference);
  const entry = (root['entry'] as { fullUrl?: string; resource?: Resource }[]).find(
    (one) => one?.fullUrl === reference || (relative && one?.fullUrl?.endsWith(`/${reference}`)),
  );
  return entry?.resource;
}

/** The functions FHIR adds. Source: https://hl7.org/fhir/R4/fhirpath.html#functions */
export const fhirFunctions: FunctionTable = {
  extension: {
    args: [1, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const extensions = new Step('extension');
      const url = arg(0).evaluate;
      const find = (value: Value, wanted: string | undefined, env: Env): Item[] =>
        itemsOf(value).flatMap((item) =>
          itemsOf(extensions.from(item, env)).filter((one) => jsonOf(one)?.['url'] === wanted),
        );
      return {
        evaluate: (focus, env) => {
          const value = evaluate(focus, env);
          if (value === undefined) return undefined;
          const wanted = textOf(url(focus, env), 'extension()');
          return wanted === undefined ? undefined : valueOf(find(value, wanted, env));
        },
      };
    },
  },
  hasValue: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) => {
        const value = evaluate(focus, env);
        if (value === undefined || Array.isArray(value)) return false;
        return value instanceof Node
          ? value.type.reads !== undefined && value.value !== undefined
          : !(value instanceof QuantityValue);
      },
    }),
  },
  getValue: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) => {
        const value = evaluate(focus, env);
        if (value === undefined || Array.isArray(value)) return undefined;
        return value instanceof Node && value.type.reads === undefined ? undefined : systemValue(value);
      },
    }),
  },
  resolve: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) =>
        valueOf(itemsOf(evaluate(focus, env)).flatMap((item) => resolve(item, env) ?? [])),
    }),
  },
  memberOf: {
    args: [1, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const valueSet = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const item = single(evaluate(focus, env), 'memberOf()');
          const url = textOf(valueSet(focus, env), 'memberOf()');
          if (item === undefined || url === undefined) return undefined;
          return anyOf(codingsOf(item).map(({ system, code }) => env.options.memberOf?.(url, system, code)));
        },
      };
    },
  },
  subsumes: subsumption('subsumes()', (own, other) => [own, other]),
  subsumedBy: subsumption('subsumedBy()', (own, other) => [other, own]),
  conformsTo: {
    args: [1, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const profile = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const item = single(evaluate(focus, env), 'conformsTo()');
          const url = textOf(profile(focus, env), 'conformsTo()');
          if (!(item instanceof Node) || url === undefined) return undefined;
          return conforms(item, url, env);
        },
      };
    },
  },
  htmlChecks: {
    args: [0, 0],
    compile: ({ of: { evaluate } }) => ({
      evaluate: (focus, env) => {
        const text = textOf(evaluate(focus, env), 'htmlChecks()');
        return text === undefined ? undefined : narrativeFault(text) === undefined;
      },
    }),
  },
  /** Faults when an item has a modifierExtension that is not among those named. */
  checkModifiers: {
    args: [1, 30],
    compile: ({ call, of: { evaluate }, arg }) => {
      const allowed = call.args.map((_, index) => arg(index).evaluate);
      return {
        evaluate: (focus, env) => {
          const value = evaluate(focus, env);
          const known = new Set(allowed.map((one) => textOf(one(focus, env), 'checkModifiers()')));
          for (const item of itemsOf(value)) {
            const modifiers = jsonOf(item)?.['modifierExtension'];
            const other =
              Array.isArray(modifiers) && (modifiers as Json[]).find(({ url }) => !known.has(url as string));
            if (other)
              throw evaluationFault(
                `a modifierExtension is not understood: ${String(other['url']).slice(0, 200)}`,
              );
          }
          return value;
        },
      };
    },
  },
};

function conforms(item: Node, url: string, env: Env): boolean | undefined {
  const answer = env.options.conformsTo?.(item.value, url);
  if (answer !== undefined) return answer;
  const type = url.startsWith(baseProfile) ? url.slice(baseProfile.length) : '';
  if (isFhirType(type)) return item.type.lineage.has(type);
  throw evaluationFault(`the profile ${url} is not known here`);
}

const baseProfile = 'http://hl7.org/fhir/StructureDefinition/';

function subsumption(
  name: string,
  order: (own: string, other: string) => [string, string],
): FunctionTable[string] {
  return {
    args: [1, 1],
    compile: ({ of: { evaluate }, arg }) => {
      const argument = arg(0).evaluate;
      return {
        evaluate: (focus, env) => {
          const own = single(evaluate(focus, env), name);
          const other = single(argument(focus, env), name);
          if (own === undefined || other === undefined) return undefined;
          const pairs = codingsOf(own).flatMap((a) =>
            codingsOf(other).flatMap((b) => {
              const system = a.system ?? b.system;
              return system === undefined || (b.system ?? system) !== system
                ? []
                : [[system, ...order(a.code, b.code)] as const];
            }),
          );
          return anyOf(
            pairs.map(([system, ancestor, code]) =>
              ancestor === code ? true : env.options.subsumes?.(system, ancestor, code),
            ),
          );
        },
      };
    },
  };
}
