import { outcomeError } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { arrayText } from '@yba/postgres';
import { FACILITY, INSURANCE, LICENCE, maLk, mrn, PERSON } from '@yba/vietnam';
import type { Db } from '../rows/session.ts';
import { typeNumber } from '../rows/resource-type.ts';

export type BusinessIdentifier = { system: string; value: string };

const UNIQUE = new Set([PERSON, INSURANCE, FACILITY, LICENCE]);
const [OF_MRN, OF_MA_LK] = [mrn(''), maLk('')];

/** True for the six systems whose values are unique per facility among active resources. */
export function isUniqueSystem(system: string): boolean {
  return UNIQUE.has(system) || system.startsWith(OF_MRN) || system.startsWith(OF_MA_LK);
}

export type Identifier = { system?: string; value?: string; use?: string };

const none: never[] = [];

/** The identifiers that a resource has, be it one or a list of them. */
export function identifiersOf(resource: Resource): readonly Identifier[] {
  const identifiers = resource['identifier'] as Identifier | Identifier[] | undefined;
  if (!identifiers) return none;
  return Array.isArray(identifiers) ? identifiers : [identifiers];
}

/** The identifiers of a resource that must be unique in its facility. */
export function uniqueIdentifiers(resource: Resource): readonly BusinessIdentifier[] {
  const identifiers = identifiersOf(resource);
  if (identifiers.length === 0) return none;
  const seen = new Set<string>();
  return identifiers.flatMap(({ system, value, use }) => {
    if (!system || !value || use === 'old' || !isUniqueSystem(system) || seen.has(`${system}|${value}`))
      return [];
    seen.add(`${system}|${value}`);
    return [{ system, value }];
  });
}

/** Who holds an identifier of a type: in one facility, or in any when it is of the shared registries. */
export type IdentifierQuestion = BusinessIdentifier & { type: string; facility: number; anywhere: boolean };

/** A row that holds an identifier, and the id it is served by. */
export type Held = { row: string; id: string };

/** The holders of each identifier asked about. */
export async function heldIdentifiers(
  db: Db,
  questions: readonly IdentifierQuestion[],
): Promise<readonly Held[][]> {
  const rows = await db<(Held & { n: number })[]>`
    select asked.n, held.row, held.id
    from unnest(${arrayText(questions, ({ type }) => typeNumber(type))}::smallint[], ${arrayText(questions, ({ system }) => system)}::text[],
      ${arrayText(questions, ({ value }) => value)}::text[], ${arrayText(questions, ({ facility }) => facility)}::int[],
      ${arrayText(questions, ({ anywhere }) => Number(anywhere))}::int[])
      with ordinality as asked (type, system, value, facility, anywhere, n)
    cross join lateral (
      select row_id as row, coalesce(client_id, row_id::text) as id from identifier
      where value = asked.value and system = asked.system and type = asked.type
        and (facility = asked.facility or asked.anywhere = 1)
      offset 0 -- a look-up by key, however small the table was when the statement was planned
    ) as held`;
  const held: Held[][] = questions.map(() => []);
  for (const { n, row, id } of rows) held[n - 1]!.push({ row, id });
  return held;
}

/** The refusal of a second resource under one identifier. The value is the sender's own, so it is not repeated. */
export function alreadyHeld(type: string, system: string, path: string) {
  return outcomeError(
    'duplicate',
    `Another ${type} of your facility has this identifier of ${system}; update that one (PUT ${type}?identifier=${system}|…) or send a conditional create (If-None-Exist)`,
    `${path || type}.identifier`,
  );
}
