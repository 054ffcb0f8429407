import { report, type Run } from '../validate/run.ts';
import { type Compilation, itemCheck, type ItemCheck, toCount } from './compile-profile.ts';
import { meetsProfile } from './meets-profile.ts';
import { type SliceTest, sliceTest } from './slicing.ts';
import type { SnapshotNode } from './snapshot.ts';
import type { Discriminator } from './structure-definition.ts';

type Slice = {
  name: string;
  min: number;
  max: number;
  test: SliceTest;
  check: ItemCheck | undefined;
  inner: SlicesCheck | undefined;
};

/** Where the check of one list of items stands. */
export type SlicesState = {
  counts: number[];
  /** How many items may belong to a slice or not: what would tell is not known here. */
  possible: number[];
  inner: (SlicesState | undefined)[];
  /** Place of the latest slice met; beyond all once an item belonged to none. */
  latest: number;
  unmatched: boolean;
};

/** Sorts the items of an element into its slices: `begin`, each `item` at its place, `end` at the element. */
export type SlicesCheck = {
  begin(): SlicesState;
  item(state: SlicesState, value: unknown, sibling: unknown, type: string, run: Run): void;
  end(state: SlicesState, run: Run): void;
};

/** The slice of what belongs to no other. Source: https://hl7.org/fhir/R4/profiling.html#default-slice */
const DEFAULT = '@default';
const never: SliceTest = () => false;

/** Extensions are always sliced by their url. */
const byUrl: Discriminator[] = [{ type: 'value', path: 'url' }];
const byType: Discriminator[] = [{ type: 'type', path: '$this' }];

/**
 * Compiles the slices of an element, those within slices too; undefined when it has none that can be told
 * apart. Source: https://hl7.org/fhir/R4/profiling.html#slicing
 */
export function compileSlices(node: SnapshotNode, compilation: Compilation): SlicesCheck | undefined {
  // slices that came with a type or an outer slice are checked there
  if (!node.slices.some((one) => one.definition !== one.origin || itemCheck(one, compilation)))
    return undefined;
  const { slicing } = node.definition;
  const discriminators =
    slicing?.discriminator ??
    (/^(?:modifierE|e)xtension$/.test(node.name) ? byUrl : node.name.endsWith('[x]') ? byType : []);
  const slices = node.slices.flatMap((one) => compileSlice(one, discriminators, compilation) ?? []);
  if (slices.length === 0) return undefined;
  const others = slices.findIndex(({ name }) => name === DEFAULT);
  const rules = slicing?.rules ?? 'open';
  const ordered = slicing?.ordered === true;
  // a slice that cannot be told apart leaves open where an item belongs
  const closed = rules === 'closed' && slices.length === node.slices.length;
  return {
    begin: () => ({
      counts: slices.map(() => 0),
      possible: slices.map(() => 0),
      inner: slices.map(({ inner }) => inner?.begin()),
      latest: -1,
      unmatched: false,
    }),
    item: (state, value, sibling, type, run) => {
      let unclear = false;
      const told = slices.findIndex(({ test }, place) => {
        const verdict = test(value, type, run);
        if (verdict === undefined) {
          unclear = true;
          state.possible[place]!++;
        }
        return verdict;
      });
      const at = told < 0 && !unclear ? others : told;
      if (at < 0) {
        if (unclear) return;
        state.unmatched = true;
        if (closed)
          report(
            run,
            'structure',
            `belongs to none of the slices ${names(slices)}, and no others are allowed.`,
          );
        return;
      }
      const slice = slices[at]!;
      if (ordered && at < state.latest)
        report(
          run,
          'structure',
          `stands too late: the slice ${slice.name} comes before ${slices[state.latest]!.name}.`,
        );
      if (rules === 'openAtEnd' && state.unmatched)
        report(
          run,
          'structure',
          `stands too late: others may come only after those of the slices ${names(slices)}.`,
        );
      state.latest = Math.max(state.latest, at);
      state.counts[at]!++;
      slice.check?.(value, sibling, type, run);
      const inner = state.inner[at];
      if (inner) slice.inner!.item(inner, value, sibling, type, run);
    },
    end: (state, run) => {
      slices.forEach(({ name, min, max, inner }, at) => {
        const count = state.counts[at]!;
        if (count + state.possible[at]! < min)
          report(
            run,
            'required',
            `needs ${min === 1 ? 'an item' : `${min} items`} of the slice '${name}', found ${count}.`,
          );
        if (count > max)
          report(run, 'structure', `may have at most ${max} of the slice '${name}', found ${count}.`);
        const within = state.inner[at];
        if (within) inner!.end(within, run);
      });
    },
  };
}

const names = (slices: Slice[]) => slices.map(({ name }) => name).join(', ');

function compileSlice(
  node: SnapshotNode,
  discriminators: readonly Discriminator[],
  compilation: Compilation,
): Slice | undefined {
  const isDefault = node.definition.sliceName === DEFAULT;
  const test = isDefault ? never : sliceTest(node, discriminators, compilation.source, meetsProfile);
  if (!test) {
    compilation.unclear.push(node.definition.id);
    return undefined;
  }
  const { sliceName = '', min = 0, max = '*' } = node.definition;
  return {
    name: sliceName,
    min,
    max: toCount(max),
    test,
    check: itemCheck(node, compilation),
    inner: compileSlices(node, compilation),
  };
}
