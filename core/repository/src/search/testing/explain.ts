import { parseSearch } from '@yba/fhir';
import type { Reach } from '../../ports.ts';
import { asReader } from '../../rows/session.ts';
import type { Db, Pools } from '../../rows/session.ts';
import { candidatesQuery, planned } from '../candidates.ts';
import { commonTerms } from '../common-terms.ts';
import { askLinks, People } from '../people.ts';
import { prepare } from '../prepare.ts';
import type { Prepared } from '../prepare.ts';

/** A node of a plan, as EXPLAIN (FORMAT JSON) tells it. */
export type PlanNode = {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Loops'?: number;
  Plans?: PlanNode[];
};

export type Explained = { sql: string; nodes: PlanNode[]; planningMs: number; prepared: Prepared };

/**
 * How the first page of a search is fetched by the reader under row-level security: its SQL and plan. It is prepared and
 * executed, as the driver does it: what is planned once is shown by the plan that is kept.
 */
export async function explainSearch(
  pools: Pools,
  reach: Reach,
  type: string | undefined,
  query: string,
  complete = 2,
): Promise<Explained> {
  const common = await commonTerms(pools);
  const request = parseSearch(type, new URLSearchParams(query), { handling: 'strict' });
  return asReader(
    { pools },
    reach,
    async (db) => {
      const prepared = await prepare(
        { db, reach, complete, depth: 0, people: new People(askLinks(db)), common },
        request,
      );
      const { plan, opened } = prepared;
      const { sql, values } = await sent(db, candidatesQuery(db, reach, opened, plan, undefined, 24));
      const [answer] = await planned(db, plan, async () => {
        await db.unsafe(`prepare page as ${sql}`);
        return db.unsafe<{ 'QUERY PLAN': { Plan: PlanNode; 'Planning Time': number }[] }[]>(
          `explain (analyze, format json, timing off, buffers off) execute page (${values.join()})`,
        );
      });
      await db.unsafe('deallocate page');
      const [explained] = answer!['QUERY PLAN'];
      return { sql, nodes: flatten(explained!.Plan), planningMs: explained!['Planning Time'], prepared };
    },
    'once',
  );
}

/** A statement as it is sent, its blanks run together, and its values as literals. */
async function sent(
  db: Db,
  query: ReturnType<typeof candidatesQuery>,
): Promise<{ sql: string; values: string[] }> {
  const statement = db`${query}`;
  const { string } = await statement.describe();
  const { parameters } = statement as unknown as { parameters: unknown[] };
  return { sql: string.replace(/\s+/g, ' ').trim(), values: parameters.map(literal) };
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return `'${(Array.isArray(value) ? `{${value.join()}}` : String(value)).replaceAll("'", "''")}'`;
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
