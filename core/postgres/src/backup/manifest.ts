import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DRAFT, durable, folderToDisk } from '../durable.ts';
import { parseLsn } from './lsn.ts';
import type { Sealed } from './sealed-file.ts';

/** What a backup folder is: whose, and what it takes to open it. */
export type BackupFolder = { product: 'yba'; format: 1; system: string; key?: string };

/** One whole copy of a cluster, restorable from its own files. Moments are ISO 8601; places are LSNs. */
export type Manifest = {
  name: string;
  system: string;
  major: number;
  timeline: number;
  segmentBytes: number;
  startLsn: string;
  stopLsn: string;
  startedAt: string;
  /** The earliest moment this copy can be restored to. */
  stoppedAt: string;
  /** Bytes of the files copied, before compression. */
  rawBytes: number;
  /** Newest migration of the database. */
  schema: string | null;
  parts: (Sealed & { file: string })[];
};

/**
 * How far the continuous log in a backup folder reaches: all that was acknowledged before `at` is in it. `tail` tells the log
 * just before that place from any other that has the same place.
 */
export type Reach = { timeline: number; lsn: string; at: string; xid: string; tail?: string };

const FOLDER_FILE = 'yba-backup.json';
const MANIFEST_FILE = 'manifest.json';
const REACH_FILE = 'reach.json';

export const basesFolder = (folder: string) => join(folder, 'base');
export const walFolder = (folder: string) => join(folder, 'wal');
export const reachFile = (folder: string) => join(walFolder(folder), REACH_FILE);

/** Takes a folder into use for one cluster. Throws when it holds something else, or another cluster's backups. */
export async function claimFolder(folder: string, wanted: BackupFolder): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const there = readFolder(folder);
  if (!there) {
    if (readdirSync(folder).some((name) => !name.endsWith(DRAFT) && name !== 'lost+found'))
      throw new Error(
        `${folder} is not empty and holds no backup of Y Bạ. Name an empty folder, or one that does not exist yet.`,
      );
    await writeJson(join(folder, FOLDER_FILE), wanted);
  } else if (there.system !== wanted.system) {
    throw new Error(
      `${folder} holds backups of another database (system ${there.system}; this one is ${wanted.system}). Name another folder.`,
    );
  } else if (there.key !== wanted.key) {
    throw new Error(
      there.key
        ? `The backups in ${folder} are encrypted with another key (${there.key}). Name its file: --key FILE`
        : `The backups in ${folder} are not encrypted. Leave --key away, or name another folder.`,
    );
  }
  await mkdir(basesFolder(folder), { recursive: true });
  await mkdir(walFolder(folder), { recursive: true });
  await folderToDisk(folder);
}

/** What a folder says it is; undefined when it is no backup folder. */
export function readFolder(folder: string): BackupFolder | undefined {
  return readJson<BackupFolder>(join(folder, FOLDER_FILE));
}

/**
 * The whole copies in a backup folder, oldest first: by the log, since a clock that was ahead for a day would make one the newest for
 * ever. What was interrupted is not among them.
 */
export function readManifests(folder: string): Manifest[] {
  if (!existsSync(basesFolder(folder))) return [];
  return readdirSync(basesFolder(folder))
    .filter((name) => !name.endsWith(DRAFT))
    .flatMap((name) => readJson<Manifest>(join(basesFolder(folder), name, MANIFEST_FILE)) ?? [])
    .sort((a, b) => a.timeline - b.timeline || (parseLsn(a.stopLsn) < parseLsn(b.stopLsn) ? -1 : 1));
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeJson(join(folder, MANIFEST_FILE), manifest);
}

export function readReach(folder: string): Reach | undefined {
  return readJson<Reach>(reachFile(folder));
}

export async function writeReach(folder: string, reach: Reach): Promise<void> {
  await writeJson(reachFile(folder), reach);
}

async function writeJson(path: string, value: object): Promise<void> {
  await durable(path, (draft) => writeFile(draft, withDigest(value), { mode: 0o600 }));
}

/** A value as JSON that carries its own SHA-256: whichever byte of the file is changed, it is noticed. */
function withDigest(value: object): string {
  const sha256 = createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return `${JSON.stringify({ ...value, sha256 }, null, 2)}\n`;
}

/** What files of earlier releases hold, which carry no digest: one with another name in it is of today, and changed. */
const KNOWN = new Set(
  'product format system key name major timeline segmentBytes startLsn stopLsn startedAt stoppedAt rawBytes schema parts lsn at xid'.split(
    ' ',
  ),
);

function readJson<T extends object>(path: string): T | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  try {
    const { sha256, ...value } = JSON.parse(text) as T & { sha256?: string };
    const isWhole =
      sha256 === undefined ? Object.keys(value).every((name) => KNOWN.has(name)) : withDigest(value) === text;
    if (isWhole) return value as T;
  } catch (cause) {
    throw new Error(`${path} is damaged: it cannot be read as JSON`, { cause });
  }
  throw new Error(`${path} is damaged: it is not what was written. Restore from another backup folder.`);
}
