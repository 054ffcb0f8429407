export type {
  AccessAction,
  AccessBasis,
  AccessEvent,
  BundleAnswer,
  Caller,
  Context,
  FeedEntry,
  Interactions,
  OperationAnswer,
  OperationCall,
  Page,
  PageEntry,
  Patience,
  Patch,
  Reads,
  Resource,
  Role,
  SearchOptions,
  Stored,
  Room,
  TransactionOptions,
  Preconditions,
  WriteOptions,
  Written,
} from './interactions.ts';
export { readETags, writeETags } from './etags.ts';
export { Decimal } from './json/decimal.ts';
export { ownText } from './own-text.ts';
export { applyFhirPathPatch, applyJsonPatch } from './patch/index.ts';
export { parseJson, parseJsonArray, parseJsonSent } from './json/parse-json.ts';
export { dateInterval } from './search/date-interval.ts';
export { compartmentParameters, compartmentTypes } from './compartment.ts';
export { clinicalDate, clinicalInterval, isClinicalDate } from './clinical-date.ts';
export { resourceTypes } from './model/model.ts';
export {
  isPatientCompartmentType,
  isPatientOfCompartment,
  firstPatient,
  patientCompartment,
} from './patient-compartment.ts';
export type { ReferencePlace } from './references.ts';
export { references, serverOf } from './references.ts';
export { isResourceId } from './resource-id.ts';
export type { Extracted, TermPlan, TermSink } from './search/extract.ts';
export { extract, extractParameter, tellTermValues, termPlan } from './search/extract.ts';
export { matches } from './search/matches.ts';
export { namedResource, parseReference } from './search/reference-value.ts';
export type { ParseSearchOptions } from './search/parse-search.ts';
export { parseSearch } from './search/parse-search.ts';
export type { Subset } from './subset.ts';
export { subsetOf, subsetOfStatement, subsetText } from './subset.ts';
export { takeOnlyType } from './search/only-type.ts';
export { SUBSETTED, summarise } from './search/summarise.ts';
export { summaryElements } from './search/summary-elements.ts';
export { fold, foldedWords } from './search/fold.ts';
export { searchParameter, searchParameters } from './search/search-parameters.ts';
export { foldedNameWords, foldName } from './search/fold-name.ts';
export {
  containedTerm,
  filterTerms,
  longestPrefix,
  rowTerms,
  shortestPrefix,
  terms,
} from './search/terms.ts';
export { readCondition, readQuery } from './search/read-query.ts';
export { isContactToken, isTextToken } from './search/text-token.ts';
export { isSearchedByWords } from './search/word-search.ts';
export type { OccurredRange, TimeRange } from './search/occurred-range.ts';
export { occurredRange, updatedRange, WIDE } from './search/occurred-range.ts';
export { customParameters, findStandard, searchParameterIssues } from './search/custom-parameter.ts';
export { typesFound } from './search/index-values.ts';
export type { FindParameter } from './search/custom-parameter.ts';
export { hierarchyParameter } from './search/hierarchy.ts';
export { isHierarchySearch, looksElsewhere } from './search/parse-filter.ts';
export type { MoreParameters } from './search/parse-filter.ts';
export type { Issue, IssueType, Sentence } from './outcome.ts';
export {
  addIssues,
  beyondScope,
  conflict,
  deleted,
  forbidden,
  foreignRow,
  invalid,
  isBeyondScope,
  isFullOfIssues,
  isRefusal,
  notFound,
  notSupported,
  operationOutcome,
  outcomeError,
  OutcomeError,
} from './outcome.ts';
export type {
  CompositeValue,
  DateValue,
  IndexValue,
  PositionValue,
  QuantityValue,
  ReferenceValue,
  StringValue,
  TokenValue,
  UriValue,
} from './search/values.ts';
export type { SearchParameter, SearchParameterType } from './search/search-parameter.ts';
export type {
  AnyFilter,
  ChainFilter,
  HasFilter,
  IncludeDirective,
  ListFilter,
  MissingFilter,
  Modifier,
  Prefix,
  QuantitySearch,
  ReferenceSearch,
  SearchFilter,
  SearchRequest,
  SearchValue,
  TokenSearch,
  ValueFilter,
} from './search/search-request.ts';
export type { ProfileSource } from './profile/profile-source.ts';
export type { ExpandedConcept } from './terminology/index.ts';
export { addTerminology, codesAbove, codesBelow, expand, isBelow, valueSetHas } from './terminology/index.ts';
export { addProfiles } from './profile/library.ts';
export { validate, type ValidateOptions } from './validate/validate.ts';
export { validateFor, type ValidateForOptions } from './validate/validate-for.ts';
export type { CompiledFhirPath, EvaluatedNode, EvaluateOptions, FhirPathNode } from './fhirpath/index.ts';
export { compileFhirPath, parseFhirPath } from './fhirpath/index.ts';
export { canonicalQuantity, comparable, convert, isUnit } from './ucum/index.ts';
export { isLogged, markLogged } from './logged-errors.ts';
