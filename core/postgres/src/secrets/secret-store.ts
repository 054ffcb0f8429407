import type { Sql } from '../connect.ts';
import { makeSecretKeys, newSecretKey, readSecretKeys, writeSecretKeys, type SecretKey } from './key-file.ts';
import { lostKey, sealBy, sealByFile, sealedBy, type SecretSeal } from './secret-seal.ts';

/** A column that holds sealed secrets; `needed` when its rows are nothing without. */
type Column = { table: string; column: string; needed: boolean };

/**
 * The seal of a database's secrets, with the keys of a file. On a database that holds none yet the file is made; when
 * secrets are there that no key of the file opens, it throws with what to do.
 */
export async function openSecrets(sql: Sql, file: string): Promise<SecretSeal> {
  const inUse = await keysInUse(sql);
  const keys = readSecretKeys(file); // after: another server that is at its first start makes the file before it seals
  const missing = inUse.filter((id) => keys.every((key) => key.id !== id));
  if (missing.length > 0) throw lostKey(missing[0]!, file);
  if (keys.length === 0) makeSecretKeys(file);
  return sealByFile(file);
}

/** Ids of keys that secrets in the database are sealed with, other than `known`. */
async function keysInUse(sql: Sql, known: readonly SecretKey[] = []): Promise<string[]> {
  const ids = new Set<string>();
  for (const { table, column } of await sealedColumns(sql)) {
    const rows = await sql<{ key: string }[]>`
      select distinct split_part(${sql(column)}, '.', 2) as key from ${sql(table)} where ${sql(column)} is not null`;
    for (const { key } of rows) ids.add(key);
  }
  for (const { id } of known) ids.delete(id);
  return [...ids];
}

/** Every column of sealed secrets, by its name. */
async function sealedColumns(sql: Sql): Promise<Column[]> {
  return sql<Column[]>`
    select table_name as table, column_name as column, is_nullable = 'NO' as needed from information_schema.columns
    where table_schema = current_schema() and column_name like '%\\_sealed' and data_type = 'text'
    order by table_name, column_name`;
}

/**
 * Makes a new key, and seals every secret of the database with it. The key before stays in the file, for what a
 * server sealed in that very moment; one that nothing is sealed with any more leaves it. Running servers read the
 * file when it has changed. Answers the new key's id and how many secrets were sealed anew.
 */
export async function rotateSecretKey(sql: Sql, file: string): Promise<{ keyId: string; count: number }> {
  const known = readSecretKeys(file);
  const [missing] = await keysInUse(sql, known);
  if (missing) throw lostKey(missing, file);
  const [before] = known;
  const fresh = newSecretKey();
  await writeSecretKeys(file, [fresh, ...known]);
  const seal = sealBy(() => [fresh, ...known], file);
  let count = 0;
  for (const { table, column } of await sealedColumns(sql)) {
    const rows = await sql<{ sealed: string }[]>`
      select ${sql(column)} as sealed from ${sql(table)} where split_part(${sql(column)}, '.', 2) <> ${fresh.id}`;
    for (const { sealed } of rows) {
      const { purpose } = sealedBy(sealed);
      const anew = seal.seal(seal.open(sealed, purpose), purpose);
      // by its content: what was changed meanwhile was sealed with the new key already
      const { count: changed } = await sql`
        update ${sql(table)} set ${sql(column)} = ${anew} where ${sql(column)} = ${sealed}`;
      count += changed;
    }
  }
  await writeSecretKeys(file, before ? [fresh, before] : [fresh]);
  return { keyId: fresh.id, count };
}

/** Drops the secrets that no key of the file opens, and makes the file when it is away. Answers how many were dropped. */
export async function forgetLostSecrets(sql: Sql, file: string): Promise<number> {
  const keys = readSecretKeys(file);
  const lost = await keysInUse(sql, keys);
  let count = 0;
  for (const { table, column, needed } of await sealedColumns(sql)) {
    const isLost = sql`split_part(${sql(column)}, '.', 2) = any(${lost})`;
    const { count: dropped } = needed
      ? await sql`delete from ${sql(table)} where ${isLost}`
      : await sql`update ${sql(table)} set ${sql(column)} = null where ${isLost}`;
    count += dropped;
  }
  if (keys.length === 0) makeSecretKeys(file);
  return count;
}
