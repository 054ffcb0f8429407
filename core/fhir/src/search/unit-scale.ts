import { ownText } from '../own-text.ts';
import { canonicalQuantity } from '../ucum/index.ts';

/** How a unit of UCUM becomes the base units it is made of: value × factor + offset. */
export type UnitScale = { unit: string; factor: number; offset: number };

const known = new Map<string, UnitScale | undefined>();

/** Codes come from requests: what is remembered has an end. */
const mostKnown = 5000;

/** The scale of a UCUM code; undefined for what is none, or has no straight scale. Source: https://ucum.org/ucum#section-Special-Units-on-non-ratio-Scales */
export function unitScale(code: string): UnitScale | undefined {
  if (known.has(code)) return known.get(code);
  const [none, one, two] = [0, 1, 2].map((value) => canonicalQuantity(value, code));
  let scale: UnitScale | undefined;
  if (none && one && two) {
    const factor = one.value - none.value;
    const straight = Math.abs(two.value - one.value - factor) <= 1e-9 * Math.abs(factor);
    if (straight) scale = { unit: one.unit, factor, offset: none.value };
  }
  if (known.size >= mostKnown) known.clear();
  known.set(ownText(code), scale);
  return scale;
}

/** The number in base units, without the noise binary fractions leave. */
export function scaled(value: number, { factor, offset }: UnitScale, digits = 12): number {
  return Number.isFinite(value)
    ? Number((value * factor + offset).toPrecision(digits))
    : value * Math.sign(factor);
}
