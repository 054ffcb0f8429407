import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RESTORING } from '../embedded/cut-off.ts';
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

/** What opens the secrets in the database, and what the heads of the access log are signed with. */
const isKey = (name: string) => name === SECRET_KEY_FILE || name.startsWith('audit-signing-key.json');

/**
 * What else lies in a data folder and its folders besides the cluster: the witness of the access log, code lists, what was
 * handed over, demo.json; not where its own backups go. Keys go along in an encrypted copy alone: in the clear, the one beside
 * what it seals would seal nothing, and with the other anybody could sign a log that never was.
 */
export function looseFiles(dataDir: string, encrypted: boolean): TarSource[] {
  const isLeft = (name: string) =>
    name === 'backup-plan.json' || name.endsWith('.draft') || (!encrypted && isKey(name));
  const clusters = new Set(['postgres', RESTORING].map((one) => join(dataDir, one)));
  const within = (folder: string, name: string): TarSource[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry): TarSource[] => {
      const path = join(folder, entry.name);
      if (isLeft(entry.name) || clusters.has(path)) return [];
      if (entry.isDirectory())
        return [folderOf(`${name}/${entry.name}`), ...within(path, `${name}/${entry.name}`)];
      return entry.isFile() ? fileOf(path, `${name}/${entry.name}`) : [];
    });
  return within(dataDir, 'data');
}

const folderOf = (name: string): TarSource => ({ name: `${name}/`, sizeBytes: 0, bytes: Buffer.alloc(0) });

/** A file as long as it is now; none when it has just gone. */
function fileOf(file: string, name: string): TarSource[] {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? [{ name, file, sizeBytes: stat.size }] : [];
}

function walk(folder: string, name: string): TarSource[] {
  const sources: TarSource[] = [folderOf(name)];
  if (EMPTIED.has(basename(folder))) return sources;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (LEFT_OUT.has(entry.name) || TEMPORARY.test(entry.name)) continue;
    if (entry.isDirectory()) sources.push(...walk(path, `${name}/${entry.name}`));
    else if (entry.isFile()) sources.push(...fileOf(path, `${name}/${entry.name}`));
  }
  return sources;
}
