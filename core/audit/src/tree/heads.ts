import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from '@yba/postgres';
import type { Hash } from './nodes.ts';
import { readTiles } from './read-tiles.ts';
import { keepSigner, newSigner, readSigner, signHead, type Signer } from './signer.ts';
import { Witness } from './witness.ts';

/** A signed tree head. */
export type Head = { at: Date; size: number; root: Buffer; key: string; checkpoint: string };

/** A public key of the log; `handover` is a head signed by the key before and this one. */
export type LogKey = {
  id: string;
  verifier: string;
  since: Date;
  until: Date | null;
  handover: string | null;
};

/** Heads are signed this often, also when nothing was logged, in ms. */
const EVERY_MS = 60_000;

export type HeadOptions = {
  sql: Sql;
  /** Folder of the signing key, which only the server's user may read. */
  keyFolder: string;
  /** Folder the heads are written to, outside the database. */
  witnessFolder: string;
  /** Name of the log, for a first key: `yba.vn/audit`. */
  name: string;
};

/** Where the key lies in its folder. */
export const keyFile = (folder: string): string => join(folder, 'audit-signing-key.json');

/** Where a new key lies until the database names it: whenever a rotation is cut off, the key in force is there. */
const nextKeyFile = (folder: string): string => `${keyFile(folder)}.next`;

/**
 * Signs the head of the tree when the last is a minute old, or at once when `isDue`. Answers undefined when it was too
 * early. Throws when the key of this machine is not the one the log is signed with.
 */
export async function signNow(options: HeadOptions, isDue = false): Promise<Head | undefined> {
  const { sql } = options;
  const at = new Date();
  const last = await latestHead(sql);
  const sinceMs = last ? at.getTime() - last.at.getTime() : EVERY_MS;
  if (!isDue && sinceMs >= 0 && sinceMs < EVERY_MS) return undefined;
  const head = { at, ...(await treeHead(sql)) };
  // the clock was ahead when the last was signed: what was logged since is signed all the same
  if (!isDue && sinceMs < 0 && head.size === last!.size) return undefined;
  const signer = await currentSigner(options);
  if (last && head.size < last.size)
    throw new Error(
      `The tree of the access log has ${head.size} entries, and ${last.size} were signed: nothing more is signed. Run: yba audit verify`,
    );
  const checkpoint = signHead(head, [signer]);
  new Witness(options.witnessFolder).head(checkpoint, at); // first there: what the database has, the witness has
  await insertHead(sql, { ...head, key: signer.id, checkpoint });
  return { ...head, key: signer.id, checkpoint };
}

async function insertHead(sql: Sql, { at, size, root, key, checkpoint }: Head): Promise<void> {
  await sql`
    insert into audit_head (at, size, root, key, checkpoint)
    values (${at}, ${size}, decode(${root.toString('hex')}, 'hex'), ${key}, ${checkpoint}) on conflict do nothing`;
}

/** How many leaves the tree has and its root. */
export async function treeHead(sql: Sql): Promise<{ size: number; root: Hash }> {
  const [tree] = await sql<{ size: number }[]>`select size from audit_tree`;
  const size = tree?.size ?? 0;
  return { size, root: (await readTiles(sql, [[0, size]])).over([0, size]) };
}

/** The head signed last, whatever the clock said then. */
export async function latestHead(sql: Sql): Promise<Head | undefined> {
  const [head] = await sql<Head[]>`
    select at, size, root, key, checkpoint from audit_head order by size desc, at desc limit 1`;
  return head;
}

/** All keys the log was ever signed with, oldest first. */
export function logKeys(sql: Sql): Promise<LogKey[]> {
  return sql<LogKey[]>`select id, verifier, since, until, handover from audit_key order by since`;
}

/** The key of this machine, made when the log has none yet. Throws when the log is signed with another. */
async function currentSigner(options: HeadOptions): Promise<Signer> {
  const { keyFolder, witnessFolder, name } = options;
  const inUse = await readSigner(keyFile(keyFolder));
  if (inUse && inUse.id === (await keyInForce(options.sql))?.id) return inUse;
  return inTurn(options.sql, async (sql) => {
    const registered = await keyInForce(sql);
    const found = await signerHere(keyFolder, registered?.id);
    if (registered && registered.id === found?.id) return found; // another server was first
    if (registered)
      throw new Error(
        `The access log is signed with key ${registered.id}, and ${found ? `this machine has ${found.id}` : 'this machine has none'} in ${keyFolder}. Bring that key here, or put a new one to use: yba audit rotate`,
      );
    const signer = found ?? (await newSigner(name));
    if (!found) keepSigner(keyFile(keyFolder), signer);
    const since = new Date();
    new Witness(witnessFolder).key(signer.verifier, since);
    await sql`insert into audit_key (id, verifier, since) values (${signer.id}, ${signer.verifier}, ${since})`;
    return signer;
  });
}

/** The key the log is signed with; undefined when it has none yet. */
async function keyInForce(sql: Sql): Promise<LogKey | undefined> {
  return (await logKeys(sql)).findLast(({ until }) => until === null);
}

const LOCK = 7_942_004;

/** Of several that put a key to use at once each would keep its own file and its own row, and those that are left over could not sign. */
function inTurn<T>(sql: Sql, work: (sql: Sql) => Promise<T>): Promise<T> {
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK})`;
    return work(tx as unknown as Sql);
  }) as Promise<T>;
}

/** The key of this machine: of the one in use and the one beside it, that which the database names. */
async function signerHere(folder: string, registered: string | undefined): Promise<Signer | undefined> {
  const found = await readSigner(keyFile(folder));
  if (registered === undefined || registered === found?.id) return found;
  const next = await readSigner(nextKeyFile(folder));
  if (next?.id !== registered) return found;
  takeUp(folder);
  return next;
}

/** The key beside becomes the one in use. */
function takeUp(folder: string): void {
  try {
    renameSync(nextKeyFile(folder), keyFile(folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // a server that signs was first
  }
}

/**
 * Puts a new signing key to use. The head at that moment is signed by both, so that who trusts the old one may trust the
 * new; when the old one is lost, by the new alone, and everybody who checks is told. `sql` is the owner's.
 */
export async function rotateKey(options: HeadOptions): Promise<{ signer: Signer; from: Signer | undefined }> {
  const { keyFolder, witnessFolder } = options;
  const rotated = await inTurn(options.sql, async (sql) => {
    const registered = await keyInForce(sql);
    const found = await signerHere(keyFolder, registered?.id);
    const from = found && found.id === registered?.id ? found : undefined;
    const signer = await newSigner(registered?.verifier.split('+')[0] ?? options.name);
    const at = new Date();
    const head = { at, ...(await treeHead(sql)) };
    const handover = signHead(head, from ? [signer, from] : [signer]);
    const witness = new Witness(witnessFolder);
    witness.key(signer.verifier, at);
    witness.head(handover, at);
    keepSigner(nextKeyFile(keyFolder), signer);
    await sql`update audit_key set until = ${at} where until is null`;
    await sql`insert into audit_key (id, verifier, since, handover) values (${signer.id}, ${signer.verifier}, ${at}, ${handover})`;
    await insertHead(sql, { ...head, key: signer.id, checkpoint: handover });
    return { signer, from };
  });
  await inTurn(options.sql, async (sql) => signerHere(keyFolder, (await keyInForce(sql))?.id));
  return rotated;
}
