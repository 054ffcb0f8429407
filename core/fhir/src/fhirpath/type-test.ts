import type { Ast, TypeName } from './ast.ts';
import { type Item, Node, typeNameOf } from './node.ts';
import { isFhirType } from './types.ts';

const systemTypes = new Set([
  'Boolean',
  'String',
  'Integer',
  'Long',
  'Decimal',
  'Date',
  'DateTime',
  'Time',
  'Quantity',
  'Any',
]);

/** What a type name means for `is` (its subtypes too) and for `as` and `ofType` (of a primitive, itself only). */
export type TypeTest = { is: (item: Item) => boolean; selects: (item: Item) => boolean };

/**
 * The test for a type name; undefined when there is no such type. Without a namespace a FHIR type is meant
 * before a System type. `code` is a `string`, yet `ofType(string)` does not select codes: FHIR's invariants
 * name each primitive they mean.
 */
export function typeTest({ namespace, name }: TypeName): TypeTest | undefined {
  const fhir = namespace !== 'System' && isFhirType(name);
  const system = namespace !== 'FHIR' && systemTypes.has(name);
  if (!fhir && !system && !(namespace === 'System')) return undefined;
  const isSystem = (item: Item) => {
    if (!system || item instanceof Node) return false;
    return name === 'Any' || typeNameOf(item).name === name;
  };
  return {
    is: (item) => (item instanceof Node ? fhir && item.type.lineage.has(name) : isSystem(item)),
    selects: (item) => {
      if (!(item instanceof Node)) return isSystem(item);
      if (!fhir) return false;
      return item.type.kind === 'primitive' ? item.type.name === name : item.type.lineage.has(name);
    },
  };
}

/** The type an argument names: `Patient`, `System.String`. */
export function typeNameIn(ast: Ast): TypeName | undefined {
  if (ast.kind !== 'name') return undefined;
  if (!ast.of) return { name: ast.name };
  return ast.of.kind === 'name' && !ast.of.of ? { namespace: ast.of.name, name: ast.name } : undefined;
}
