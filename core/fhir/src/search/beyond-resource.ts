import { type FhirPathNode, parseFhirPath } from '../fhirpath/index.ts';

/** Functions whose answer does not lie in the resource, and what to do instead. */
const elsewhere: Readonly<Record<string, string>> = {
  now: 'what it finds would change with the clock; compare with a date in the search',
  today: 'what it finds would change with the clock; compare with a date in the search',
  timeOfDay: 'what it finds would change with the clock; compare with a date in the search',
  memberOf: 'value sets are asked for in the search, by the modifier :in',
  subsumes: 'code systems are asked for in the search, by the modifiers :below and :above',
  subsumedBy: 'code systems are asked for in the search, by the modifiers :below and :above',
  conformsTo: 'profiles are asked for in the search, by _profile',
};

/**
 * Why an expression cannot be what a search goes by, one text for each function that asks for more than the resource:
 * the search would pass over what it asks for without a word. A Bundle has the resources that it refers to; elsewhere
 * `resolve()` tells of which type a target is, and no more. Nothing of what is no FHIRPath.
 * Source: https://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.expression
 */
export function beyondResource(expression: string, bases: readonly string[]): string[] {
  const faults = new Set<string>();
  const isBundle = bases.every((base) => base === 'Bundle');
  const look = (node: FhirPathNode) => {
    if (node.kind === 'call') {
      const why = elsewhere[node.name];
      if (why) faults.add(`${node.name}() asks for more than the resource: ${why}`);
      if (node.name === 'resolve' && !isBundle)
        faults.add(
          'resolve() may ask for the type of what is referred to, as in resolve() is Patient; what stands in there is found by a chain',
        );
    }
    for (const child of childrenOf(node)) look(child);
  };
  look(parseFhirPath(expression));
  return [...faults];
}

/** What a node is made of; of `x.resolve() is Patient` no more than x. */
function childrenOf(node: FhirPathNode): FhirPathNode[] {
  switch (node.kind) {
    case 'name':
      return present(node.of);
    case 'call':
      return [...present(node.name === 'is' ? behindResolve(node.of) : node.of), ...node.args];
    case 'index':
      return [node.of, node.index];
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'type':
      return present(node.operator === 'is' ? behindResolve(node.of) : node.of);
    default:
      return [];
  }
}

const behindResolve = (node: FhirPathNode | undefined) =>
  node?.kind === 'call' && node.name === 'resolve' ? node.of : node;

const present = (node: FhirPathNode | undefined): FhirPathNode[] => (node ? [node] : []);
