import type { Sql } from '@yba/postgres';
import type { FacilityFacts } from './facility-facts.ts';
import type { FactsOf, PredecessorsOf } from './resolve-facility.ts';

/** A facility of the directory with its Organization. */
export type StoredFacility = { resource: string; facts: FacilityFacts };

/** Facts of facilities by code, from the index. */
export const storedFacts =
  (sql: Sql): FactsOf =>
  async (codes) => {
    if (codes.length === 0) return new Map();
    const rows = await sql<{ code: string; facts: FacilityFacts }[]>`
      select code, facts from directory_entry where kind = 'f' and code = any(${codes as string[]})`;
    return new Map(rows.map(({ code, facts }) => [code, facts]));
  };

/** Facilities that went over to one of these codes. */
export const storedPredecessors =
  (sql: Sql): PredecessorsOf =>
  async (codes) => {
    const rows = await sql<{ facts: FacilityFacts }[]>`
      select facts from directory_entry where kind = 'f'
        and exists (select from jsonb_array_elements(facts->'successions') s where s->>'successor' = any(${codes as string[]}))`;
    return rows.map(({ facts }) => facts);
  };

/** The facility with this code; undefined when the directory has none. */
export async function storedFacility(sql: Sql, code: string): Promise<StoredFacility | undefined> {
  const [row] = await sql<StoredFacility[]>`
    select resource, facts from directory_entry where kind = 'f' and code = ${code} order by active desc, id limit 1`;
  return row;
}
