import { compare, newLevels } from './compare.ts';
import { AT, FIELD_NAMES, FIELDS } from './fields.ts';
import type { FieldName } from './fields.ts';
import { estimateM, Patterns, shares, weightsOf } from './fellegi-sunter.ts';
import type { FieldModel } from './fellegi-sunter.ts';
import { priorBits } from './model.ts';
import type { Model } from './model.ts';
import type { Blocks } from './pairs.ts';
import type { Table } from './table.ts';

const RANDOM_PAIRS = 1_500_000;
const PAIRS_OF_A_KEY = 200_000;

/** Keys (place in KEYS) whose pairs teach m, with the fields that chose them and therefore tell nothing there. */
const LESSONS: readonly { key: number; except: readonly FieldName[] }[] = [
  { key: 0, except: ['person'] },
  { key: 1, except: ['insurance'] },
  { key: 2, except: ['old'] },
  { key: 5, except: ['phone', 'birth'] },
  { key: 3, except: ['family', 'middle', 'given', 'birth', 'order'] },
];

const SIZES = FIELD_NAMES.map((name) => FIELDS[name].length);

/** m and u of this table: u from random pairs, m by EM over the pairs of several keys, drawn to `start` where there is little. */
export function estimate(table: Table, blocks: Blocks, start: Model): Model {
  const random = randomPairs(table, start);
  const sampled = shares(random, SIZES);
  // what random pairs hardly ever show is taken from the start
  const u = FIELD_NAMES.map((name, field) =>
    sampled[field]!.map((share, at) => (share * random.total < 20 ? start[name].u[at]! : share)),
  );
  const starts = FIELD_NAMES.map((name) => start[name].m);
  const sums = FIELD_NAMES.map((_, field) => starts[field]!.map(() => 0));
  const weights = FIELD_NAMES.map(() => 0);
  const levels = newLevels();
  for (const { key, except } of LESSONS) {
    const patterns = new Patterns();
    const left = new Set(except.map((name) => AT[name]));
    blocks.forEachPair(
      key,
      (one, other) => {
        if (patterns.total < PAIRS_OF_A_KEY) patterns.add(compare(table, one, other, levels));
      },
      false,
    );
    if (patterns.total < 50) continue;
    const { m, share } = estimateM(patterns, { sizes: SIZES, u, except: left, start: starts, weight: 50 });
    const weight = patterns.total * share;
    m.forEach((learnt, field) => {
      if (left.has(field)) return;
      weights[field]! += weight;
      learnt.forEach((part, at) => (sums[field]![at]! += part * weight));
    });
  }
  const learnt = Object.fromEntries(
    FIELD_NAMES.map((name, field): [FieldName, FieldModel] => [
      name,
      {
        m: weights[field] === 0 ? starts[field]! : sums[field]!.map((sum) => sum / weights[field]!),
        u: u[field]!,
      },
    ]),
  );
  return learnt as Model;
}

/** Pairs drawn at random, without those that are plainly of one person: a small table has many. */
function randomPairs(table: Table, start: Model): Patterns {
  const patterns = new Patterns();
  const weights = FIELD_NAMES.map((name) => weightsOf(start[name]));
  const isOnePerson = (levels: Uint8Array) =>
    levels.reduce((sum, level, field) => sum + weights[field]![level]!, priorBits(table.size)) > 0;
  const levels = newLevels();
  let state = 0x2545f491;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % table.size;
  };
  const pairs = Math.min(RANDOM_PAIRS, table.size * 50);
  for (let n = 0; n < pairs; n++) {
    const [one, other] = [next(), next()];
    if (one !== other && !isOnePerson(compare(table, one, other, levels))) patterns.add(levels);
  }
  return patterns;
}
