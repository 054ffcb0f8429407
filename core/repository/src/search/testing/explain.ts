import { parseSearch } from '@yba/fhir';
import type { Reach } from '../../ports.ts';
import { asReader } from '../../rows/session.ts';
import type { Db, Pools } from '../../rows/session.ts';
import { candidatesQuery } from '../candidates.ts';
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

/** How the first page of a search would be fetched by the reader under row-level security: its SQL and plan. */
export async function explainSearch(
  pools: Pools,
  reach: Reach,
  type: string,
  query: string,
  complete = 2,
): Promise<Explained> {
  const request = parseSearch(type, new URLSearchParams(query), { handling: 'strict' });
  return asReader(pools, reach, async (db) => {
    const prepared = await prepare(
      { db, reach, complete, depth: 0, people: new People(askLinks(db)) },
      request,
    );
    const page = () => candidatesQuery(db, reach, prepared.opened, prepared.plan, undefined, 24);
    const sql = await textOf(db, page());
    const [answer] = await db<{ 'QUERY PLAN': { Plan: PlanNode; 'Planning Time': number }[] }[]>`
      explain (analyze, format json, timing off, buffers off) ${page()}`;
    const [explained] = answer!['QUERY PLAN'];
    return { sql, nodes: flatten(explained!.Plan), planningMs: explained!['Planning Time'], prepared };
  });
}

/** The statement as it is sent, its blanks run together. */
async function textOf(db: Db, query: ReturnType<typeof candidatesQuery>): Promise<string> {
  const { string } = await db`${query}`.describe();
  return string.replace(/\s+/g, ' ').trim();
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
