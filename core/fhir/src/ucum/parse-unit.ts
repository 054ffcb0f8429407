import { inverse, one, powerOf, type Rational, rationalOf, times } from './rational.ts';
import {
  arbitraryUnits,
  baseUnits,
  binaryPrefixes,
  customaryUnits,
  metricUnits,
  prefixes,
  type Scale,
  specialUnits,
} from './units.ts';

/** What a unit is in base units: `factor` × the product of dimensions, on a scale when it is special. */
export type Unit = {
  factor: Rational;
  /** Exponents by base unit or arbitrary unit; none of them 0. */
  dimensions: ReadonlyMap<string, number>;
  scale?: Scale;
};

type Definition = { metric: boolean } & (
  { value: string; unit: string } | { dimension: string } | { scale: Scale }
);

const definitions = new Map<string, Definition>();
for (const name of baseUnits) definitions.set(name, { metric: true, dimension: name });
addLines(metricUnits, true);
addLines(customaryUnits, false);
arbitraryUnits.split('|').forEach((names, metric) => {
  for (const name of names.trim().split(/\s+/))
    definitions.set(name, { metric: metric === 1, dimension: name });
});
for (const [name, scale] of Object.entries(specialUnits))
  definitions.set(name, { metric: scale.metric === true, scale });

function addLines(lines: string, metric: boolean): void {
  for (const line of lines.trim().split('\n')) {
    const [code, value, unit] = line.split(' ');
    definitions.set(code!, { metric, value: value!, unit: unit! });
  }
}

const maxLength = 120;
const maxExponent = 60;
const atoms = new Map<string, Unit>();

/** Thrown inside only: the code is no unit we know. */
const unknown = Symbol('unknown unit');

/** Reads a UCUM code, case-sensitive; undefined when it is none. What stands in braces is of ASCII without spaces, too. */
export function parseUnit(code: string): Unit | undefined {
  if (code === '' || code.length > maxLength || /[^!-~]/.test(code)) return undefined;
  try {
    const reader = { code, at: 0 };
    const unit = term(reader, 0);
    return reader.at === code.length ? unit : undefined;
  } catch (error) {
    if (error === unknown) return undefined;
    throw error;
  }
}

type Reader = { code: string; at: number };

/** Components joined by `.` and `/`, from left to right; a leading `/` inverts the first. */
function term(reader: Reader, depth: number): Unit {
  if (depth > 10) throw unknown;
  let unit: Unit | undefined;
  for (;;) {
    const divides = reader.code[reader.at] === '/';
    if (divides || (unit && reader.code[reader.at] === '.')) reader.at++;
    else if (unit) return unit;
    const next = component(reader, depth);
    const part = divides ? power(next, -1) : next;
    unit = unit ? product(unit, part) : part;
    const after = reader.code[reader.at];
    if (after !== '.' && after !== '/') return unit;
  }
}

function component(reader: Reader, depth: number): Unit {
  const { code } = reader;
  if (code[reader.at] === '(') {
    reader.at++;
    const inner = term(reader, depth + 1);
    if (code[reader.at++] !== ')') throw unknown;
    return skipAnnotation(reader, inner);
  }
  const start = reader.at;
  for (let inBrackets = false; reader.at < code.length; reader.at++) {
    const character = code[reader.at]!;
    if (character === '[') inBrackets = true;
    else if (character === ']') inBrackets = false;
    else if (!inBrackets && './(){'.includes(character)) break;
  }
  const text = code.slice(start, reader.at);
  if (text === '') {
    if (code[reader.at] !== '{') throw unknown;
    return skipAnnotation(reader, dimensionless);
  }
  return skipAnnotation(reader, simple(text));
}

const dimensionless: Unit = { factor: one, dimensions: new Map() };

function skipAnnotation(reader: Reader, unit: Unit): Unit {
  if (reader.code[reader.at] !== '{') return unit;
  const end = reader.code.indexOf('}', reader.at);
  if (end < 0) throw unknown;
  reader.at = end + 1;
  return unit;
}

/** A number, or a unit with its prefix and exponent. */
function simple(text: string): Unit {
  if (/^\d+$/.test(text))
    return text.length > 40 || Number(text) === 0
      ? fail()
      : { factor: rationalOf(text), dimensions: new Map() };
  const whole = prefixed(text);
  if (whole) return whole;
  const split = /^(.*?[^\d+-])([+-]?\d+)$/.exec(text);
  const unit = split && prefixed(split[1]!);
  if (!unit) throw unknown;
  return power(unit, Number(split[2]));
}

function fail(): never {
  throw unknown;
}

function prefixed(text: string): Unit | undefined {
  const own = atom(text);
  if (own) return own;
  for (const length of [2, 1]) {
    const prefix = text.slice(0, length);
    const exponent = prefixes[prefix];
    const binary = binaryPrefixes[prefix];
    if (exponent === undefined && binary === undefined) continue;
    const name = text.slice(length);
    if (definitions.get(name)?.metric !== true) continue;
    const unit = atom(name)!;
    const factor = binary === undefined ? rationalOf(`1e${exponent}`) : { top: binary, bottom: 1n };
    return { ...unit, factor: times(unit.factor, factor) };
  }
  return undefined;
}

function atom(name: string): Unit | undefined {
  const known = atoms.get(name);
  if (known) return known;
  const definition = definitions.get(name);
  if (!definition) return undefined;
  const unit = define(definition);
  atoms.set(name, unit);
  return unit;
}

function define(definition: Definition): Unit {
  if ('dimension' in definition) return { factor: one, dimensions: new Map([[definition.dimension, 1]]) };
  if ('scale' in definition)
    return { ...parseUnit(definition.scale.unit)!, factor: one, scale: definition.scale };
  const unit = parseUnit(definition.unit)!;
  return { ...unit, factor: times(rationalOf(definition.value), unit.factor) };
}

/** A special unit may not be part of a product. */
function product(a: Unit, b: Unit): Unit {
  if (a.scale || b.scale) throw unknown;
  const dimensions = new Map(a.dimensions);
  for (const [name, exponent] of b.dimensions) {
    const sum = (dimensions.get(name) ?? 0) + exponent;
    if (sum === 0) dimensions.delete(name);
    else dimensions.set(name, sum);
  }
  return { factor: times(a.factor, b.factor), dimensions };
}

function power(unit: Unit, exponent: number): Unit {
  if (exponent === 1) return unit;
  if (unit.scale || Math.abs(exponent) > maxExponent) throw unknown;
  if (exponent === 0) return dimensionless;
  return {
    factor: exponent === -1 ? inverse(unit.factor) : powerOf(unit.factor, exponent),
    dimensions: new Map([...unit.dimensions].map(([name, own]) => [name, own * exponent])),
  };
}
