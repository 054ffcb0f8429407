import { Decimal } from '../json/decimal.ts';
import { isRounded } from './exact-number.ts';
import type { Resource } from '../interactions.ts';
import { model } from '../model/model.ts';
import { dateInterval, periodInterval } from './date-interval.ts';
import { parseCanonical, parseReference } from './reference-value.ts';
import type { SearchParameterType } from './search-parameter.ts';
import { ValueList, type ValueSink } from './value-sink.ts';
import type { QuantityValue, ReferenceValue, TokenValue } from './values.ts';

/** Tells what a node of one FHIR type means to a parameter of one search type. Ill-typed nodes mean nothing. */
export type Convert = (node: unknown, out: ValueSink, root: Resource) => void;

/** A conversion that needs no more than the node. */
type Simple = (node: unknown, out: ValueSink) => void;

type Fields = Record<string, unknown>;
type Converters = Partial<Record<string, Simple>>;

/**
 * The conversion for a search type and a FHIR type, or undefined when R4 gives that pair no meaning.
 * `binding` is the value set of the element's required binding, from which a code's system follows.
 * Source: https://hl7.org/fhir/R4/search.html#ptypes
 */
export function converter(
  search: SearchParameterType,
  fhirType: string,
  binding?: string,
): Convert | undefined {
  if (fhirType === 'Extension')
    return (node, out, root) => convertExtension(search, node as Fields, out, root);
  if (search === 'token' && fhirType === 'code') return codeConverter(binding);
  return tables[search]?.[fhirType];
}

/** A parameter that ends on an extension means that extension's value. */
function convertExtension(search: SearchParameterType, node: Fields, out: ValueSink, root: Resource): void {
  for (const key in node) {
    if (!key.startsWith('value')) continue;
    const name = key.slice('value'.length);
    const type = model.types[name] ? name : name[0]!.toLowerCase() + name.slice(1);
    converter(search, type)?.(node[key], out, root);
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
/** Numbers arrive as number or Decimal. */
const numeric = (value: unknown): number | undefined =>
  value === undefined || value === null || typeof value === 'string' ? undefined : Number(value);

// token

const coding: Simple = (node, out) => {
  const { system, code, display } = node as Fields;
  out.token(text(system), text(code), text(display));
};

const codeableConcept: Simple = (node, out) => {
  const { coding: codings, text: whole } = node as Fields;
  if (Array.isArray(codings)) for (const one of codings) if (one) coding(one, out);
  if (text(whole) !== undefined) out.token(undefined, undefined, whole as string);
};

const identifier: Simple = (node, out) => {
  const { system, value: code, type } = node as Fields;
  const types = (type as Fields | undefined)?.['coding'];
  out.token(
    text(system),
    text(code),
    text((type as Fields | undefined)?.['text']),
    undefined,
    Array.isArray(types) && types.length > 0 ? (types as NonNullable<TokenValue['types']>) : undefined,
  );
};

const contactPoint: Simple = (node, out) => {
  const { system, value: code } = node as Fields;
  if (text(code) !== undefined) out.token(text(system), code as string);
};

const plainToken: Simple = (node, out) => {
  if (typeof node === 'string' || typeof node === 'boolean') out.token(undefined, String(node));
};

function codeConverter(binding: string | undefined): Simple {
  const systems = new Map<string, string>();
  for (const [system, codes] of Object.entries((binding && model.valueSets[binding]) || {}))
    for (const code of codes) systems.set(code, system);
  return (node, out) => {
    if (typeof node === 'string') out.token(systems.get(node), node, undefined, true);
  };
}

// string

const plainString: Simple = (node, out) => {
  const value = text(node);
  if (value !== undefined) out.string(value);
};

/** Nobody's name has more parts than this; what has is found by each of them alone. */
const mostParts = 100;

/** Every part, then the whole name when its text is not given, so that words of several parts are found together. */
const humanName: Simple = (node, out) => {
  const { text: whole, family, given, prefix, suffix } = node as Fields;
  const parts = [family, ...list(given)].filter((part) => text(part) !== undefined);
  for (const part of [whole, ...parts, ...list(prefix), ...list(suffix)]) plainString(part, out);
  if (text(whole) === undefined && parts.length > 1 && parts.length <= mostParts)
    plainString(parts.join(' '), out);
};

const address: Simple = (node, out) => {
  const { text: whole, line, city, district, state, postalCode, country } = node as Fields;
  for (const part of [whole, ...list(line), city, district, state, postalCode, country])
    plainString(part, out);
};

// date

const plainDate: Simple = (node, out) => {
  const value = typeof node === 'string' ? dateInterval(node) : undefined;
  if (value) out.date(value);
};

/**
 * A point in time however it is written, as wide as the millisecond we keep; a dateTime of the same letters is a whole
 * second. Source: https://hl7.org/fhir/R4/search.html#date
 */
const instant: Simple = (node, out) => {
  const value = typeof node === 'string' ? dateInterval(node) : undefined;
  if (value) out.date({ kind: 'date', from: value.from, to: value.from + 1 });
};

const period: Simple = (node, out) => {
  const value = periodInterval((node as Fields)['start'], (node as Fields)['end']);
  if (value) out.date(value);
};

/** Only the outer limits of a Timing matter: its events, and the period its repetition is bound by. */
const timing: Simple = (node, out) => {
  const { event, repeat } = node as Fields;
  const found = new ValueList();
  for (const one of list(event)) plainDate(one, found);
  const bounds = (repeat as Fields | undefined)?.['boundsPeriod'];
  if (bounds) period(bounds, found);
  let [from, to] = [Infinity, -Infinity];
  for (const value of found.values)
    if (value.kind === 'date') {
      from = Math.min(from, value.from);
      to = Math.max(to, value.to);
    }
  if (from <= to) out.date({ kind: 'date', from, to });
};

// number and quantity

const plainNumber: Simple = (node, out) => {
  const value = numeric(node);
  if (value !== undefined)
    out.quantity(asWritten({ kind: 'quantity', value, low: value, high: value }, node, node));
};

/** With the digits of its bounds, where a number would round them. */
function asWritten(value: QuantityValue, low: unknown, high: unknown): QuantityValue {
  const exact = {
    ...(low instanceof Decimal && isRounded(low.text) ? { low: low.text } : {}),
    ...(high instanceof Decimal && isRounded(high.text) ? { high: high.text } : {}),
  };
  if (exact.low !== undefined || exact.high !== undefined) value.exact = exact;
  return value;
}

function withUnit(value: QuantityValue, { system, code, unit }: Fields): QuantityValue {
  const [s, c, u] = [text(system), text(code), text(unit)];
  if (s !== undefined) value.system = s;
  if (c !== undefined) value.code = c;
  if (u !== undefined) value.unit = u;
  return value;
}

/** A little, that a conversion between units keeps: how far what is less than a number stays away from it. */
const little = (value: number) => Math.abs(value) * 1e-11 || 1e-300;

/** A comparator opens the side it points to: `<=5` is anything up to 5, `<5` without 5 itself. */
const quantity: Simple = (node, out) => {
  const fields = node as Fields;
  const value = numeric(fields['value']);
  if (value === undefined) return;
  const comparator = text(fields['comparator']);
  const isBelow = comparator?.[0] === '<';
  const isAbove = comparator?.[0] === '>';
  const bounds: QuantityValue = {
    kind: 'quantity',
    value,
    low: isBelow ? -Infinity : comparator === '>' ? value + little(value) : value,
    high: isAbove ? Infinity : comparator === '<' ? value - little(value) : value,
  };
  const digits = fields['value'];
  out.quantity(
    withUnit(asWritten(bounds, isBelow ? undefined : digits, isAbove ? undefined : digits), fields),
  );
};

const money: Simple = (node, out) => {
  const digits = (node as Fields)['value'];
  const value = numeric(digits);
  if (value === undefined) return;
  const currency = { system: 'urn:iso:std:iso:4217', code: (node as Fields)['currency'] };
  out.quantity(
    withUnit(asWritten({ kind: 'quantity', value, low: value, high: value }, digits, digits), currency),
  );
};

const range: Simple = (node, out) => {
  const { low, high } = node as { low?: Fields; high?: Fields };
  const [from, to] = [numeric(low?.['value']), numeric(high?.['value'])];
  if (from === undefined && to === undefined) return;
  out.quantity(
    withUnit(
      asWritten(
        { kind: 'quantity', low: from ?? -Infinity, high: to ?? Infinity },
        low?.['value'],
        high?.['value'],
      ),
      low ?? high ?? {},
    ),
  );
};

/**
 * From the least to the greatest of the samples; one that is beyond a limit of detection (`L`, `U`) may be anything there.
 * Source: https://hl7.org/fhir/R4/datatypes.html#SampledData
 */
const sampledData: Simple = (node, out) => {
  const { origin, factor, lowerLimit, upperLimit, data } = node as { origin?: Fields } & Fields;
  const [start, scale] = [numeric(origin?.['value']) ?? 0, numeric(factor) ?? 1];
  const [from, to] = [numeric(lowerLimit) ?? -Infinity, numeric(upperLimit) ?? Infinity];
  const [least, greatest] = endsOf(text(data) ?? '', from, to);
  const at = (point: number) => (Number.isFinite(point) ? start + scale * point : point);
  out.quantity(withUnit({ kind: 'quantity', low: at(least), high: at(greatest) }, origin ?? {}));
};

/** The least and the greatest of the points; within the limits of detection where none is told. */
function endsOf(points: string, lowerLimit: number, upperLimit: number): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  const take = (from: number, to: number) => {
    least = Math.min(least, from);
    greatest = Math.max(greatest, to);
  };
  for (const point of points.split(/\s+/)) {
    const number = Number(point);
    if (point === 'L') take(-Infinity, lowerLimit);
    else if (point === 'U') take(upperLimit, Infinity);
    else if (point !== '' && Number.isFinite(number)) take(number, number);
  }
  return least > greatest ? [lowerLimit, upperLimit] : [least, greatest];
}

// reference and uri

const reference: Simple = (node, out) => {
  const { reference: literal, type, identifier: logical } = node as Fields;
  if (typeof literal === 'string' && !logical && type === undefined) return out.literal(literal);
  const value: ReferenceValue = typeof literal === 'string' ? parseReference(literal) : { kind: 'reference' };
  if (value.type === undefined && typeof type === 'string') value.type = type;
  if (logical) {
    const { system, value: number } = logical as Fields;
    value.identifier = {
      ...(text(system) && { system: text(system)! }),
      ...(text(number) && { value: text(number)! }),
    };
  }
  if (literal !== undefined || logical) out.reference(value);
};

const canonical: Simple = (node, out) => {
  const value = text(node);
  if (value !== undefined) out.reference(parseCanonical(value));
};

/** A resource inside a Bundle counts as a reference to itself. */
const inline: Simple = (node, out) => {
  const { resourceType, id } = node as Fields;
  if (typeof resourceType === 'string' && typeof id === 'string')
    out.reference({ kind: 'reference', type: resourceType, id });
};

const attachment: Simple = (node, out) => {
  const url = text((node as Fields)['url']);
  if (url !== undefined) out.literal(url);
};

const uri: Simple = (node, out) => {
  const value = text(node);
  if (value !== undefined) out.uri(value);
};

/** Where a Location lies; a point outside the globe is none. */
const position: Simple = (node, out) => {
  const { latitude, longitude } = node as Fields;
  const [lat, long] = [numeric(latitude), numeric(longitude)];
  if (lat === undefined || long === undefined || !(Math.abs(lat) <= 90) || !(Math.abs(long) <= 180)) return;
  out.position(lat, long);
};

/** Kinds of uri, as which R4 lists them among what a token may be. */
export const LINKS: readonly string[] = ['url', 'canonical', 'oid', 'uuid'];

const tables: Partial<Record<SearchParameterType, Converters>> = {
  token: {
    Coding: coding,
    CodeableConcept: codeableConcept,
    Identifier: identifier,
    ContactPoint: contactPoint,
    boolean: plainToken,
    id: plainToken,
    string: plainToken,
    code: plainToken,
    uri: plainToken,
    ...Object.fromEntries(LINKS.map((type) => [type, plainToken])),
  },
  string: {
    string: plainString,
    code: plainString,
    id: plainString,
    markdown: plainString,
    HumanName: humanName,
    Address: address,
  },
  date: { date: plainDate, dateTime: plainDate, instant, Period: period, Timing: timing },
  number: {
    integer: plainNumber,
    decimal: plainNumber,
    positiveInt: plainNumber,
    unsignedInt: plainNumber,
    Range: range,
  },
  quantity: {
    Quantity: quantity,
    Age: quantity,
    Duration: quantity,
    Count: quantity,
    Distance: quantity,
    Money: money,
    Range: range,
    SampledData: sampledData,
  },
  reference: { Reference: reference, canonical, uri: canonical, Resource: inline, Attachment: attachment },
  special: { 'Location.position': position },
  uri: { uri, url: uri, canonical: uri, oid: uri, uuid: uri },
};

/** The FHIR types that a parameter of a search type finds. */
export const typesFound = (search: SearchParameterType): string[] => Object.keys(tables[search] ?? {});
