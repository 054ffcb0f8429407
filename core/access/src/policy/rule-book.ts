import { readdirSync, readFileSync } from 'node:fs';
import type { Sql } from '@yba/postgres';
import { faultsOf, type Rules } from './rules.ts';

/** Database notification of a new version. */
const CHANNEL = 'policy';

/** The versions of the policy. */
export type RuleBook = {
  /** The version in force now, or at another moment. */
  inForce(at?: Date): Rules;
  /** Adds a version; it is in force from its effective time on, in every process. Throws for one that is not understood. */
  add(document: Rules): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Loads every version, those shipped with this release included, and follows new ones. A version once stored is
 * never replaced: what decided a look of last year can be read today.
 */
export async function ruleBook(sql: Sql): Promise<RuleBook> {
  for (const document of shipped()) await store(sql, document);
  let versions = await load(sql);
  const { unlisten } = await sql.listen(
    CHANNEL,
    () => void refresh().catch(() => {}),
    () => void refresh().catch(() => {}), // after the connection was away, whatever came meanwhile
  );
  async function refresh() {
    versions = await load(sql);
  }
  return {
    inForce(at = new Date()) {
      const now = at.getTime();
      const rules = versions.findLast(({ effective }) => Date.parse(effective) <= now) ?? versions[0];
      if (!rules) throw new Error('No version of the policy is in force');
      return rules;
    },
    async add(document) {
      await store(sql, document);
      await refresh();
    },
    stop: unlisten,
  };
}

/** In the order of their effective time; one that this release does not understand is left out by those who must decide. */
async function load(sql: Sql): Promise<Rules[]> {
  const rows = await sql<{ document: Rules }[]>`
    select document from policy_version order by effective, version`;
  return rows.map(({ document }) => document).filter((document) => faultsOf(document).length === 0);
}

async function store(sql: Sql, document: Rules): Promise<void> {
  const faults = faultsOf(document);
  if (faults.length > 0) throw new Error(`Policy version ${document.version}: ${faults.join('; ')}`);
  await sql`
    insert into policy_version (version, effective, document)
    values (${document.version}, ${document.effective}, ${sql.json(document as never)})
    on conflict (version) do nothing`;
}

const FOLDER = new URL('./documents/', import.meta.url);

/** The versions that come with this release. */
export function shipped(): Rules[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Rules)
    .sort((a, b) => a.version - b.version);
}
