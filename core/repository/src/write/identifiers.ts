import { outcomeError } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { FACILITY, INSURANCE, LICENCE, maLk, mrn, PERSON } from '@yba/vietnam';
import type { Db } from '../rows/session.ts';
import { typeNumber } from '../rows/resource-type.ts';

export type BusinessIdentifier = { system: string; value: string };

const UNIQUE = new Set([PERSON, INSURANCE, FACILITY, LICENCE]);

/** True for the six systems whose values are unique per facility among active resources. */
export function isUniqueSystem(system: string): boolean {
  return UNIQUE.has(system) || system.startsWith(mrn('')) || system.startsWith(maLk(''));
}

/** The identifiers of a resource that must be unique in its facility. */
export function uniqueIdentifiers(resource: Resource): BusinessIdentifier[] {
  const identifiers = resource['identifier'];
  const list = (Array.isArray(identifiers) ? identifiers : identifiers ? [identifiers] : []) as {
    system?: string;
    value?: string;
    use?: string;
  }[];
  const seen = new Set<string>();
  return list.flatMap(({ system, value, use }) => {
    if (!system || !value || use === 'old' || !isUniqueSystem(system) || seen.has(`${system}|${value}`))
      return [];
    seen.add(`${system}|${value}`);
    return [{ system, value }];
  });
}

/** Rows that hold one of these identifiers in the facility: key `system|value` → row id. */
export async function holders(
  db: Db,
  facility: number,
  type: string,
  identifiers: readonly BusinessIdentifier[],
): Promise<Map<string, string>> {
  if (identifiers.length === 0) return new Map();
  const rows = await db<{ system: string; value: string; row: string }[]>`
    select system, value, row_id as row from identifier
    where value = any(${identifiers.map(({ value }) => value)})
      and system = any(${identifiers.map(({ system }) => system)})
      and type = ${typeNumber(type)} and facility = ${facility}`;
  return new Map(rows.map(({ system, value, row }) => [`${system}|${value}`, row]));
}

/** The refusal of a second resource under one identifier. The value is the sender's own, so it is not repeated. */
export function alreadyHeld(type: string, system: string, path: string) {
  return outcomeError(
    'duplicate',
    `Another ${type} of your facility has this identifier of ${system}; update that one (PUT ${type}?identifier=${system}|…) or send a conditional create (If-None-Exist)`,
    `${path || type}.identifier`,
  );
}
