import type { Pools } from '../rows/session.ts';

/** How long the statistics count as today's, in ms: the database gathers them anew when a tenth of its rows has changed. */
const FRESH_MS = 10 * 60_000;

type Known = { terms: Promise<ReadonlySet<number>>; at: number };
const known = new WeakMap<Pools, Known>();

/**
 * Hashes of indexed terms that many rows have, as the database's statistics tell: most people of the country share a dozen
 * family names. Many are more than the square root of all rows: fetching them by the index takes longer then than walking a
 * facility's rows until a page of them is found, which is on average as many rows as one has it among.
 * Old news are used while new ones are fetched; none are known before tables were analysed.
 * Source: https://www.postgresql.org/docs/18/view-pg-stats.html
 */
export function commonTerms(pools: Pools): Promise<ReadonlySet<number>> {
  const now = performance.now();
  const had = known.get(pools);
  if (had && now - had.at < FRESH_MS) return had.terms;
  const fetched = fetchCommon(pools).catch(() => had?.terms ?? NONE); // a search goes on without
  known.set(pools, { terms: had?.terms ?? fetched, at: now });
  if (had) void fetched.then((terms) => known.set(pools, { terms: Promise.resolve(terms), at: now }));
  return known.get(pools)!.terms;
}

const NONE: ReadonlySet<number> = new Set();

async function fetchCommon({ owner }: Pools): Promise<ReadonlySet<number>> {
  const rows = await owner<{ term: number }[]>`
    with part as (
      select c.relname, n.nspname, greatest(c.reltuples, 0) as rows
      from pg_inherits join pg_class c on c.oid = inhrelid join pg_namespace n on n.oid = c.relnamespace
      where inhparent = 'resource_indexed'::regclass
    )
    select term from part join pg_stats s on s.schemaname = part.nspname and s.tablename = part.relname
      cross join lateral unnest(s.most_common_elems::text::bigint[], s.most_common_elem_freqs) as common(term, share)
    where term is not null
    group by term having sum(share * part.rows) > (select sqrt(sum(rows)) from part)`;
  return new Set(rows.map(({ term }) => term));
}
