import type { SearchParameter } from './search-parameter.ts';

/** Comparators of number, date and quantity. Source: https://hl7.org/fhir/R4/search.html#prefix */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

export type Modifier =
  'exact' | 'contains' | 'not' | 'text' | 'in' | 'not-in' | 'identifier' | 'of-type' | 'above' | 'below';

/** One value of a filter, parsed by the parameter's type. */
export type SearchValue =
  | TokenSearch
  | ReferenceSearch
  | { kind: 'string'; text: string }
  | { kind: 'date'; prefix: Prefix; from: number; to: number }
  | QuantitySearch
  | UriSearch
  | { kind: 'composite'; parts: readonly SearchValue[] }
  | WordsSearch
  | NearSearch;

/** `system` absent = any, '' = none (`|code`); `code` absent = any of the system (`system|`). */
export type TokenSearch = {
  kind: 'token';
  system?: string;
  code?: string;
  /** With `:of-type`: the identifier's value; system and code are then those of its type. */
  value?: string;
  /** With `:text`. */
  text?: string;
  /** With `:in`, `:not-in`, `:below` and `:above`: the codes meant, as a test and, where they can be listed, as a list. */
  covers?: (system: string | undefined, code: string, implied: boolean) => boolean;
  listed?: readonly string[];
};

/** `version`: of the definition that the uri names, when the value is `url|version`. */
export type UriSearch = { kind: 'uri'; uri: string; version?: string };

/** Words of `_text` and `_content`: each phrase, one or more words side by side, must be there. */
export type WordsSearch = { kind: 'words'; phrases: readonly (readonly string[])[] };

/** `near=latitude|longitude|distance|unit`. */
export type NearSearch = { kind: 'near'; latitude: number; longitude: number; metres: number };

/** Either type and id (without `type`: any target type of the parameter), or url, or identifier. */
export type ReferenceSearch = {
  kind: 'reference';
  type?: string;
  id?: string;
  version?: string;
  url?: string;
  identifier?: TokenSearch;
  /** Any resource contained in the one that refers: which of them a chain means is looked at there. */
  contained?: true;
};

/** `low` and `high` are the bounds implied by the digits given: 5.40 = [5.395, 5.405). */
export type QuantitySearch = {
  kind: 'quantity';
  prefix: Prefix;
  value: number;
  low: number;
  high: number;
  /** The digits as given, where a number would round them. */
  exact?: string;
  system?: string;
  code?: string;
};

/** One repetition of a parameter; the filters of a request are ANDed. */
export type SearchFilter = ValueFilter | MissingFilter | ChainFilter | HasFilter | AnyFilter | ListFilter;

/** True when any of `values` matches (with `:not`: when none does). */
export type ValueFilter = {
  kind: 'value';
  param: SearchParameter;
  modifier?: Modifier;
  values: readonly SearchValue[];
};

export type MissingFilter = { kind: 'missing'; param: SearchParameter; missing: boolean };

/** `subject:Patient.name=x`: a resource referred to by `param` that is of one of the types and matches that type's filter. */
export type ChainFilter = {
  kind: 'chain';
  param: SearchParameter;
  targets: readonly { type: string; filter: SearchFilter }[];
};

/** `_has:Observation:patient:code=x`: some `type` refers here by `param` and matches `filter`. */
export type HasFilter = { kind: 'has'; type: string; param: SearchParameter; filter: SearchFilter };

/** True when one of the filters is: a compartment, to which a resource belongs by any of several parameters. */
export type AnyFilter = { kind: 'any'; filters: readonly ValueFilter[] };

/** `_list=id`: what the List names as its items. Source: https://hl7.org/fhir/R4/search.html#list */
export type ListFilter = { kind: 'list'; ids: readonly string[] };

/** `_include=Type:param[:target]`; `param` absent = `*`, all reference parameters of the type. */
export type IncludeDirective = { type: string; param?: SearchParameter; target?: string; iterate: boolean };

export type SearchRequest = {
  /** Absent for a search over the whole system; then `types` narrows it (`_type`). */
  type?: string;
  types?: readonly string[];
  filters: SearchFilter[];
  /** `param` may be `_lastUpdated`, `_id` or any other parameter of the type. */
  sort: { param: SearchParameter; descending: boolean }[];
  /** Page size, 0 to 1000; 20 unless asked otherwise. */
  count: number;
  summary?: 'true' | 'text' | 'data' | 'count' | 'false';
  elements?: readonly string[];
  include: IncludeDirective[];
  revinclude: IncludeDirective[];
  total: 'none' | 'estimate' | 'accurate';
  /** `_page`: the cursor of a next link, opaque here. */
  page?: string;
  /** Parameters that were not understood and, by lenient handling, not applied. */
  ignored: string[];
  /** The parameters as applied, for the self link: without the ignored ones and without `_page`. */
  selfParams: URLSearchParams;
};
