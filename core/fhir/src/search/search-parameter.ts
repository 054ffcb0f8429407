export type SearchParameterType =
  'number' | 'date' | 'string' | 'token' | 'reference' | 'composite' | 'quantity' | 'uri' | 'special';

/** A search parameter as it applies to one resource type. Source: https://hl7.org/fhir/R4/searchparameter.html */
export type SearchParameter = {
  code: string;
  type: SearchParameterType;
  /** Canonical URL of its definition. */
  url: string;
  description: string;
  /** FHIRPath, already reduced to the branches of the resource type; absent for `_text`, `_content`, `_query`, `_filter`. */
  expression?: string;
  /** Resource types a reference parameter may point to. */
  targets: readonly string[];
  /** Components of a composite, each with the parameter that defines its type. */
  components: readonly { expression: string; type: SearchParameterType; code: string }[];
  /** Of a parameter that was added: the FHIR types of what it leads to, where the expression alone tells them. */
  nodeTypes?: readonly string[];
  /** Of a SearchParameter resource that was written here: its id, whose rows carry its terms, from which revision of extraction on. */
  custom?: { id?: string; facility: number; since: number };
  /** Of a parameter that several types have in common: each type's own, by which its resources are read. */
  byType?: Readonly<Record<string, SearchParameter>>;
};

/** The parameter as resources of a type are read by it. */
export const ownParameter = (param: SearchParameter, type: string): SearchParameter =>
  param.byType?.[type] ?? param;
