import { parseReference } from './reference-value.ts';
import type {
  CompositeValue,
  DateValue,
  IndexValue,
  QuantityValue,
  ReferenceValue,
  TokenValue,
} from './values.ts';

/** What the values of search parameters are told to, in the order they are found: a list keeps them, a row hashes them. */
export interface ValueSink {
  /** Nothing when all of `system`, `code` and `text` are undefined. See `TokenValue` for what they are. */
  token(
    system: string | undefined,
    code: string | undefined,
    text?: string,
    implied?: true,
    types?: TokenValue['types'],
  ): void;
  string(text: string): void;
  date(value: DateValue): void;
  quantity(value: QuantityValue): void;
  reference(value: ReferenceValue): void;
  /** The same as `reference(parseReference(text))`. */
  literal(text: string): void;
  uri(uri: string): void;
  composite(parts: CompositeValue['parts']): void;
  position(latitude: number, longitude: number): void;
}

/** Keeps what it is told as values. */
export class ValueList implements ValueSink {
  values: IndexValue[] = [];

  token(
    system: string | undefined,
    code: string | undefined,
    text?: string,
    implied?: true,
    types?: TokenValue['types'],
  ): void {
    if (system === undefined && code === undefined && text === undefined) return;
    const value: TokenValue = { kind: 'token' };
    if (system !== undefined) value.system = system;
    if (code !== undefined) value.code = code;
    if (text !== undefined) value.text = text;
    if (implied) value.implied = true;
    if (types) value.types = types;
    this.values.push(value);
  }

  string(text: string): void {
    this.values.push({ kind: 'string', text });
  }

  date(value: DateValue): void {
    this.values.push(value);
  }

  quantity(value: QuantityValue): void {
    this.values.push(value);
  }

  reference(value: ReferenceValue): void {
    this.values.push(value);
  }

  literal(text: string): void {
    this.values.push(parseReference(text));
  }

  uri(uri: string): void {
    this.values.push({ kind: 'uri', uri });
  }

  composite(parts: CompositeValue['parts']): void {
    this.values.push({ kind: 'composite', parts });
  }

  position(latitude: number, longitude: number): void {
    this.values.push({ kind: 'position', latitude, longitude });
  }
}
