import type { Sql } from '@yba/postgres';

/** How long an answer is remembered, in ms. */
const REMEMBER_MS = 5_000;
const MOST = 1_000;

/** Answers whether pages of an origin may call the FHIR base: those of active apps. Remembered for a few seconds. */
export function knownOrigins(sql: Sql): (origin: string) => Promise<boolean> {
  const known = new Map<string, { may: Promise<boolean>; at: number }>();
  return (origin) => {
    const answer = known.get(origin);
    if (answer && answer.at > performance.now() - REMEMBER_MS) return answer.may;
    if (known.size >= MOST) known.clear();
    const may = ask(sql, origin);
    known.set(origin, { may, at: performance.now() });
    may.catch(() => known.delete(origin));
    return may;
  };
}

async function ask(sql: Sql, origin: string): Promise<boolean> {
  if (origin.length > 300) return false;
  const rows = await sql`select from oauth_client where active and metadata->'origins' ? ${origin} limit 1`;
  return rows.length > 0;
}
