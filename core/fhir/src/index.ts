export type {
  AccessEvent,
  BundleAnswer,
  Caller,
  Context,
  FeedEntry,
  Interactions,
  Page,
  PageEntry,
  Resource,
  Role,
  SearchOptions,
  Stored,
  TransactionOptions,
  WriteOptions,
  Written,
} from './interactions.ts';
export { Decimal } from './json/decimal.ts';
export { parseJson } from './json/parse-json.ts';
export type { Issue, IssueType } from './outcome.ts';
export {
  conflict,
  deleted,
  forbidden,
  invalid,
  notFound,
  notSupported,
  operationOutcome,
  OutcomeError,
  outcomeError,
} from './outcome.ts';
export type {
  CompositeValue,
  DateValue,
  IndexValue,
  QuantityValue,
  ReferenceValue,
  StringValue,
  TokenValue,
  UriValue,
} from './search/values.ts';
export type { SearchParameter, SearchParameterType } from './search/search-parameter.ts';
export type {
  ChainFilter,
  HasFilter,
  IncludeDirective,
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
