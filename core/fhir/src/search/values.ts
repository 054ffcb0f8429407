/** What one search parameter finds in one resource. All texts are as written in the resource; folding is done when matching. */
export type IndexValue =
  | TokenValue
  | ReferenceValue
  | StringValue
  | DateValue
  | QuantityValue
  | UriValue
  | CompositeValue
  | PositionValue;

/** A code, Coding, CodeableConcept part, Identifier, ContactPoint, boolean or string searched as token. */
export type TokenValue = {
  kind: 'token';
  system?: string;
  code?: string;
  /** Coding.display, CodeableConcept.text or Identifier.type.text: what `:text` looks at. */
  text?: string;
  /** A code element: its system is not written in the resource but follows from its required binding, where one is known. */
  implied?: true;
  /** Codings of Identifier.type: what `:of-type` looks at. */
  types?: readonly { system?: string; code?: string }[];
};

/** A Reference, canonical or uri searched as reference. `Type/id` is split; anything else stays in `url`. */
export type ReferenceValue = {
  kind: 'reference';
  /** Type of a literal reference, else Reference.type. */
  type?: string;
  id?: string;
  /** Version of a literal reference (`_history/x`) or of a canonical (`|x`). */
  version?: string;
  /** Absolute URL, urn:, or canonical without version. For an absolute `…/Type/id` type and id are set too. */
  url?: string;
  /** Reference to a contained resource, without `#`. */
  fragment?: string;
  /** Reference.identifier: what `:identifier` looks at. */
  identifier?: { system?: string; value?: string };
};

export type StringValue = { kind: 'string'; text: string };

/** A half-open interval of time in ms since 1970: from ≤ t < to. Open ends are ∓Infinity. */
export type DateValue = { kind: 'date'; from: number; to: number };

/** A number, Quantity, Money, Age, Duration or Range. `low ≤ value ≤ high`; a Range has no `value`, open ends are ∓Infinity. */
export type QuantityValue = {
  kind: 'quantity';
  value?: number;
  low: number;
  high: number;
  /** The digits of a bound as written, where a number would round them. */
  exact?: { low?: string; high?: string };
  system?: string;
  code?: string;
  unit?: string;
};

export type UriValue = { kind: 'uri'; uri: string };

/** Where a Location is, in degrees of WGS84: what `near` measures from. */
export type PositionValue = { kind: 'position'; latitude: number; longitude: number };

/** One pair (or triple) of component values that occur together; each component may have several. */
export type CompositeValue = { kind: 'composite'; parts: readonly (readonly IndexValue[])[] };
