import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SECRET_KEY_FILE } from '../secrets/key-file.ts';
import type { TarSource } from './tar.ts';

/**
 * Contents that a copy leaves out: PostgreSQL makes them anew, or they belong to the running server alone.
 * Source: https://www.postgresql.org/docs/18/continuous-archiving.html “Making a Base Backup Using the Low Level API”
 */
const EMPTIED = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const LEFT_OUT = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'yba.pid',
  'postgres.log',
  'postgres.log.old',
  'backup_label',
  'tablespace_map',
]);
const TEMPORARY = /^(pgsql_tmp|pg_internal\.init|t\d+_\d+|\.s\.PGSQL)/;

/** The files and folders of a cluster that a copy holds; `pg_control` last, as a copy under writes needs it. */
export function clusterFiles(cluster: string, name = 'postgres'): TarSource[] {
  const all = walk(cluster, name);
  const last = all.filter((source) => source.name.endsWith('/pg_control'));
  return [...all.filter((source) => !source.name.endsWith('/pg_control')), ...last];
}

/**
 * What else lies in a data folder besides the cluster: keys, demo.json; not where its own backups go. The key of the
 * secrets in the database goes along in an encrypted copy alone: beside them in the clear it would seal nothing.
 */
export function looseFiles(dataDir: string, encrypted: boolean): TarSource[] {
  const left = new Set(['backup-plan.json', ...(encrypted ? [] : [SECRET_KEY_FILE])]);
  return readdirSync(dataDir, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.draft') && !left.has(entry.name))
    .map(({ name }) => ({
      name: `data/${name}`,
      file: join(dataDir, name),
      sizeBytes: statSync(join(dataDir, name)).size,
    }));
}

function walk(folder: string, name: string): TarSource[] {
  const sources: TarSource[] = [{ name: `${name}/`, sizeBytes: 0, bytes: Buffer.alloc(0) }];
  if (EMPTIED.has(basename(folder))) return sources;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (LEFT_OUT.has(entry.name) || TEMPORARY.test(entry.name)) continue;
    if (entry.isDirectory()) sources.push(...walk(path, `${name}/${entry.name}`));
    else if (entry.isFile()) {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat) sources.push({ name: `${name}/${entry.name}`, file: path, sizeBytes: stat.size });
    }
  }
  return sources;
}
