import { AT, FIELD_NAMES } from './fields.ts';
import type { FieldName } from './fields.ts';
import { weightsOf } from './fellegi-sunter.ts';
import type { FieldModel } from './fellegi-sunter.ts';
import type { Frequencies } from './frequencies.ts';
import type { Table } from './table.ts';

export type Model = Record<FieldName, FieldModel>;

export type Band = 'same' | 'review' | 'different';

/** Bits above which two registrations are of one person, and below which they are of two. See docs/client-registry.md. */
export const THRESHOLDS = { same: 9, review: -4 } as const;

/** Weighs levels by a model, with frequencies of the names. */
export class Scale {
  readonly #weights: readonly Float64Array[];
  readonly #frequencies: Frequencies;

  constructor(model: Model, frequencies: Frequencies) {
    this.#weights = FIELD_NAMES.map((name) => weightsOf(model[name]));
    this.#frequencies = frequencies;
  }

  /** Bits for (positive) or against one person, without what is known before looking. */
  weigh(table: Table, one: number, other: number, levels: Uint8Array): number {
    let bits = this.#frequencies.adjust(table, one, other, levels);
    for (let field = 0; field < levels.length; field++) bits += this.#weights[field]![levels[field]!]!;
    return bits;
  }

  /** The bits of each field, with the frequencies in the name fields. */
  parts(table: Table, one: number, other: number, levels: Uint8Array): Record<FieldName, number> {
    return Object.fromEntries(
      FIELD_NAMES.map((name) => [
        name,
        this.#weights[AT[name]]![levels[AT[name]]!]! +
          this.#frequencies.part(name, table, one, other, levels),
      ]),
    ) as Record<FieldName, number>;
  }
}

/** Bits before looking: one in so many pairs is of one person. */
export const priorBits = (records: number): number => Math.log2(2 / Math.max(2, records));

/** Chance that bits are right. */
export const chance = (bits: number): number => 1 / (1 + 2 ** -bits);
