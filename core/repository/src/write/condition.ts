import { outcomeError, parseSearch } from '@yba/fhir';
import type { SearchFilter } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { facilityNumber, PLATFORM } from '../rows/facility-number.ts';
import type { Row } from '../rows/row.ts';
import { isRegistry, typeNumber } from '../rows/resource-type.ts';
import { currentRow } from '../rows/locate.ts';
import { termHash } from '../rows/term-hash.ts';
import type { Db } from '../rows/session.ts';
import { findMatches } from '../search/find-matches.ts';
import { isUniqueSystem } from './identifiers.ts';

/**
 * The rows (at most two) a condition matches among the facility's own and the shared registries. Two writers with
 * the same condition take turns: a unique identifier by its key, any other by a lock on the condition's hash.
 * Source: https://hl7.org/fhir/R4/http.html#ccreate
 */
export async function conditionMatches(
  db: Db,
  reach: Reach,
  type: string,
  condition: URLSearchParams,
  lock = true,
): Promise<Row[]> {
  if ([...condition.keys()].length === 0) {
    throw outcomeError(
      'invalid',
      'A condition needs at least one search parameter, e.g. identifier=system|value',
      type,
    );
  }
  const request = parseSearch(type, condition, { handling: 'strict' });
  const facility = reach.facility ? facilityNumber(reach.facility) : PLATFORM;
  const own: Reach = { ...reach, patients: [] };
  const key = uniqueKey(request.filters);
  if (lock)
    await db`select pg_advisory_xact_lock(${termHash(`${facility}|${type}|${condition.toString()}`)})`;
  if (!key) return findMatches(db, own, request, 2);
  const rows = await db<{ row: string }[]>`
    select row_id as row from identifier
    where value = ${key.value} and system = ${key.system} and type = ${typeNumber(type)}
      ${isRegistry(type) ? db`` : db`and facility = ${facility}`}
    limit 2`;
  const found = await Promise.all(rows.map(({ row }) => currentRow(db, type, row)));
  return found.filter((row): row is Row => row !== undefined && !row.deleted);
}

function uniqueKey(filters: readonly SearchFilter[]): { system: string; value: string } | undefined {
  const [filter] = filters;
  if (
    filters.length !== 1 ||
    filter?.kind !== 'value' ||
    filter.param.code !== 'identifier' ||
    filter.modifier
  )
    return undefined;
  const [value] = filter.values;
  if (filter.values.length !== 1 || value?.kind !== 'token' || !value.system || !value.code) return undefined;
  return isUniqueSystem(value.system) ? { system: value.system, value: value.code } : undefined;
}
