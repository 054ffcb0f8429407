import { readdirSync, readFileSync } from 'node:fs';
import type { Sql } from '@yba/postgres';
import { faultsOf, type LicenceRule, type Rules } from './rules.ts';

/** Database notification of a new version. */
const CHANNEL = 'policy';

/**
 * A version that the ministry sets: the rules that hold at its time, with one thing otherwise. Numbered from 1001 on, so
 * that a later release's versions do not meet them. `effective`, `set`: instants.
 */
export type Amendment = {
  version: number;
  effective: string;
  unrecorded: LicenceRule['unrecorded'];
  by: string;
  byName: string;
  words: string;
  set: string;
};

const FIRST_AMENDMENT = 1001;

/** The versions of the policy. */
export type RuleBook = {
  /** The version in force now, or at another moment. */
  inForce(at?: Date): Rules;
  /** Adds a version; it is in force from its effective time on, in every process. Throws for one that is not understood. */
  add(document: Rules): Promise<void>;
  /** What the ministry set, the newest first. */
  amendments(): Promise<Amendment[]>;
  /** Sets from a time on what becomes of those without a licence on record, whatever version holds then. Answers its number. */
  amend(amendment: Omit<Amendment, 'version' | 'set'>): Promise<number>;
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
    amendments: () => amendments(sql),
    async amend(amendment) {
      const [row] = await sql<{ version: number }[]>`
        insert into policy_version (version, effective, document)
        select v.next, ${amendment.effective}, ${sql.json({ amends: amendment } as never)} || jsonb_build_object('version', v.next)
        from (select greatest(max(version) + 1, ${FIRST_AMENDMENT}) as next from policy_version) v returning version`;
      await refresh();
      return row!.version;
    },
    stop: unlisten,
  };
}

async function amendments(sql: Sql): Promise<Amendment[]> {
  const rows = await sql<{ version: number; created: Date; amends: Omit<Amendment, 'version' | 'set'> }[]>`
    select version, created, document->'amends' as amends from policy_version where version >= ${FIRST_AMENDMENT}
    order by version desc limit 100`;
  return rows.map(({ version, created, amends }) => ({ ...amends, version, set: created.toISOString() }));
}

/**
 * In the order of their effective time; one that this release does not understand is left out by those who must decide. What
 * the ministry set holds on when a later release brings rules of its own.
 */
async function load(sql: Sql): Promise<Rules[]> {
  const rows = await sql<{ document: Rules | { version: number; amends: Amendment } }[]>`
    select document from policy_version order by effective, version`;
  const versions: Rules[] = [];
  let unrecorded: LicenceRule['unrecorded'] | undefined; // as the ministry set it, until it sets otherwise
  for (const { document } of rows) {
    const base = 'amends' in document ? versions.at(-1) : document;
    if ('amends' in document) ({ unrecorded } = document.amends);
    else if (faultsOf(document).length > 0) continue;
    if (!base) continue;
    const { version } = document;
    const { effective } = 'amends' in document ? document.amends : document;
    const { licences } = base;
    versions.push({
      ...base,
      version,
      effective,
      ...(licences && unrecorded ? { licences: { ...licences, unrecorded } } : {}),
    });
  }
  return versions;
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
