import type { Limits, PatientLimit, Reach } from '../ports.ts';
import { facilityNumber } from './facility-number.ts';
import { typeName, typeNumber } from './resource-type.ts';
import type { Row } from './row.ts';

/** As the database reads it (`yba_lets` and its like in migration 0020): short names, types by their numbers. */
type Written = {
  types?: number[];
  only?: Record<string, readonly (readonly (readonly number[])[])[]>;
  in?: readonly string[];
  free?: number[];
  patients?: Record<string, { n?: 1; s?: number; t?: number[]; h?: number; ot?: number[]; oh?: number }>;
};

const texts = new WeakMap<Limits, string>();

/** The limits as the setting of a connection; '' for none. */
export function limitsText(limits: Limits | undefined): string {
  if (!limits) return '';
  let text = texts.get(limits);
  if (text === undefined) texts.set(limits, (text = JSON.stringify(written(limits))));
  return text;
}

function written({ types, only, context, patients }: Limits): Written {
  return {
    ...(types ? { types: types.map(typeNumber) } : {}),
    ...(only
      ? {
          only: Object.fromEntries(
            Object.entries(only).map(([type, alternatives]) => [typeNumber(type), alternatives]),
          ),
        }
      : {}),
    ...(context ? { in: context.patients } : {}),
    ...(context?.free ? { free: context.free.map(typeNumber) } : {}),
    ...(patients
      ? { patients: Object.fromEntries(Object.entries(patients).map(([id, limit]) => [id, entry(limit)])) }
      : {}),
  };
}

function entry({ none, shows, types, hides, ownTypes, ownHides }: PatientLimit) {
  return {
    ...(none ? { n: 1 as const } : {}),
    ...(shows ? { s: shows } : {}),
    ...(types ? { t: types.map(typeNumber) } : {}),
    ...(hides ? { h: hides } : {}),
    ...(ownTypes ? { ot: ownTypes.map(typeNumber) } : {}),
    ...(ownHides ? { oh: ownHides } : {}),
  };
}

/**
 * True when a row of the own facility is kept back from the caller all the same: what the database says to readers,
 * said again for writes, whose connection sees every row of the facilities in a shared commit.
 */
export function isKeptBack(
  { facility, limits }: Reach,
  row: Pick<Row, 'patient' | 'type' | 'label' | 'facility'>,
): boolean {
  const limit = limits?.patients?.[row.patient ?? ''];
  if (!limit || !facility || row.facility !== facilityNumber(facility)) return false;
  return (
    limit.none === true ||
    (limit.ownTypes?.includes(typeName(row.type)) ?? false) ||
    (row.label & (limit.ownHides ?? 0)) !== 0
  );
}
