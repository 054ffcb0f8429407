import { divide, Exact, trimZeros } from '../../ucum/exact.ts';
import { type FunctionTable, singleSystem } from '../expression.ts';
import type { Item } from '../node.ts';
import { asKind, Temporal, temporalOf } from '../temporal.ts';

/** A function of a date or time, also written as a text; nothing for other values. */
const ofTemporal = (name: string, part: (value: Temporal) => Item | undefined): FunctionTable[string] => ({
  args: [0, 0],
  compile: ({ of: { evaluate } }) => ({
    evaluate: (focus, env) => {
      const item = singleSystem(evaluate(focus, env), name);
      const value =
        typeof item === 'string' ? (temporalOf(item, 'dateTime') ?? temporalOf(item, 'time')) : item;
      return value instanceof Temporal ? part(value) : undefined;
    },
  }),
});

/** The part of that number, when it is known; times have none before the hour. */
const known = (value: Temporal, part: number): number | undefined =>
  value.known < part || (value.kind === 'time' && part < 4) ? undefined : Math.floor(value.parts[part - 1]!);

function offsetHours({ offset }: Temporal): Item | undefined {
  if (offset === undefined) return undefined;
  const hours = divide(new Exact(BigInt(offset), 0), new Exact(60n, 0))!;
  return trimZeros(hours);
}

function timeOf({ kind, parts, known: knownParts, fraction }: Temporal): Temporal | undefined {
  if (kind === 'time' || knownParts < 4) return undefined;
  return new Temporal('time', [1970, 1, 1, parts[3], parts[4], parts[5]], knownParts, fraction, undefined);
}

/** Source: https://build.fhir.org/ig/HL7/FHIRPath/#extract-datedatetimetime-components */
export const datePartFunctions: FunctionTable = {
  yearOf: ofTemporal('yearOf()', (value) => known(value, 1)),
  monthOf: ofTemporal('monthOf()', (value) => known(value, 2)),
  dayOf: ofTemporal('dayOf()', (value) => known(value, 3)),
  hourOf: ofTemporal('hourOf()', (value) => known(value, 4)),
  minuteOf: ofTemporal('minuteOf()', (value) => known(value, 5)),
  secondOf: ofTemporal('secondOf()', (value) => {
    const milliseconds = known(value, 6);
    return milliseconds === undefined ? undefined : Math.floor(milliseconds / 1000);
  }),
  millisecondOf: ofTemporal('millisecondOf()', (value) => {
    const milliseconds = value.fraction === 0 ? undefined : known(value, 6);
    return milliseconds === undefined ? undefined : milliseconds % 1000;
  }),
  timezoneOffsetOf: ofTemporal('timezoneOffsetOf()', offsetHours),
  dateOf: ofTemporal('dateOf()', (value) => (value.kind === 'time' ? undefined : asKind(value, 'date'))),
  timeOf: ofTemporal('timeOf()', timeOf),
};
