import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Sql } from '../connect.ts';
import type { BackupKey } from './backup-key.ts';
import { DRAFT } from '../durable.ts';
import { segmentName, segmentStart } from './lsn.ts';
import type { Lsn } from './lsn.ts';
import { ending, seal, unsealWhole } from './sealed-file.ts';

/** Where a cluster's log stands: what is flushed, on which timeline, and the next transaction number. */
export type WalState = {
  timeline: number;
  flushed: string;
  segmentBytes: number;
  xid: string;
  system: string;
};

export async function walState(sql: Sql): Promise<WalState> {
  const [row] = await sql<WalState[]>`
    select pg_current_wal_flush_lsn()::text as flushed,
      ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int as timeline,
      (select setting::int from pg_settings where name = 'wal_segment_size') as "segmentBytes",
      pg_snapshot_xmax(pg_current_snapshot())::text as xid,
      (select system_identifier::text from pg_control_system()) as system`;
  return row!;
}

/** Pieces of the log in a folder: whole segments, and runs of the last one (bytes `from` up to `to` of it). */
type Piece = { file: string; segment: string; from: number; to: number };

export type WalSource = { walDir: string; timeline: number; segmentBytes: number };

/**
 * Copies the log from one place up to another, flushed one: a file for each segment that is complete, and a run of
 * the one that is not, so that no segment need be filled up to be safe. Segments that became complete replace their runs.
 * Throws when PostgreSQL no longer has the beginning.
 */
export async function copyWal(
  { walDir, timeline, segmentBytes }: WalSource,
  from: Lsn,
  to: Lsn,
  folder: string,
  key: BackupKey | undefined,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let at = from; at < to;) {
    const start = segmentStart(at, segmentBytes);
    const end = start + BigInt(segmentBytes);
    const segment = segmentName(timeline, at, segmentBytes);
    const whole = to >= end;
    const [first, last] = whole ? [0, segmentBytes] : [Number(at - start), Number(to - start)];
    const name = whole ? segment : `${segment}.${hex(first)}-${hex(last)}`;
    const bytes = await readRun(join(walDir, segment), first, last);
    await seal(Readable.from([bytes]), join(folder, `${name}${ending(key)}`), key);
    if (whole) await removeRuns(folder, segment);
    at = whole ? end : to;
  }
}

/** Files of a log are missing: what comes after them cannot be repeated. */
export class WalGap extends Error {}

/**
 * The segments that the pieces of these folders make up, from the one that holds `from` to the one that holds `to`,
 * each filled up with zeros to its full size. Throws, naming the place, where the log is not continuous.
 */
export async function* readWal(
  folders: readonly string[],
  { timeline, segmentBytes }: Omit<WalSource, 'walDir'>,
  from: Lsn,
  to: Lsn,
  key: BackupKey | undefined,
): AsyncGenerator<{ name: string; bytes: Buffer }> {
  const pieces = folders.flatMap((folder) => listPieces(folder, segmentBytes));
  for (let at = segmentStart(from, segmentBytes); at < to; at += BigInt(segmentBytes)) {
    const name = segmentName(timeline, at, segmentBytes);
    const bytes = Buffer.alloc(segmentBytes);
    const wanted = to - at < BigInt(segmentBytes) ? Number(to - at) : segmentBytes;
    let known = 0;
    for (const piece of pieces.filter(({ segment }) => segment === name).sort((a, b) => a.from - b.from)) {
      if (piece.from > known || piece.to <= known) continue;
      const content = await unsealWhole(piece.file, key);
      content.copy(bytes, piece.from);
      known = piece.from + content.length;
    }
    if (known < wanted)
      throw new WalGap(
        `The log in ${folders.at(-1)} has a gap in ${name} (from byte ${known}): files are missing. Restore to a moment before the gap with --to, or from another backup.`,
      );
    yield { name, bytes };
  }
}

/** How much of the log tells one course of a database from another, in bytes at most. */
const TAIL_BYTES = 64 * 1024;

/**
 * SHA-256 of what the log of a cluster holds just before a place, in the same segment: it holds moments and checksums, so two
 * courses of one database differ in it from where they parted. Undefined where a segment begins, or is gone.
 */
export async function tailBefore({ walDir, timeline, segmentBytes }: WalSource, at: Lsn) {
  const last = Number(at - segmentStart(at, segmentBytes));
  const segment = join(walDir, segmentName(timeline, at, segmentBytes));
  if (last === 0 || !existsSync(segment)) return undefined;
  return createHash('sha256')
    .update(await readRun(segment, Math.max(0, last - TAIL_BYTES), last))
    .digest('hex');
}

/** Whether pieces of a log lie in a folder. */
export function holdsWal(folder: string): boolean {
  return existsSync(folder) && listPieces(folder, 0).length > 0;
}

/** Removes the log before a segment, which no kept copy needs. */
export async function pruneWal(
  folder: string,
  timeline: number,
  before: Lsn,
  segmentBytes: number,
): Promise<number> {
  const oldest = segmentName(timeline, before, segmentBytes);
  const old = listPieces(folder, segmentBytes).filter(({ segment }) => segment < oldest);
  for (const { file } of old) await rm(file, { force: true });
  return old.length;
}

async function readRun(path: string, first: number, last: number): Promise<Buffer> {
  const file = await open(path).catch((cause: unknown) => {
    throw new Error(`PostgreSQL no longer has ${path}`, { cause });
  });
  try {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(last - first), 0, last - first, first);
    if (bytesRead < last - first) throw new Error(`${path} is shorter than PostgreSQL says`);
    return buffer;
  } finally {
    await file.close();
  }
}

async function removeRuns(folder: string, segment: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    if (/^\.[0-9a-f]{8}-/.test(name.slice(segment.length)) && name.startsWith(segment))
      await rm(join(folder, name));
  }
}

function listPieces(folder: string, segmentBytes: number): Piece[] {
  return readdirSync(folder).flatMap((name) => {
    if (name.endsWith(DRAFT)) return [];
    const match = /^([0-9A-F]{24})(?:\.([0-9a-f]{8})-([0-9a-f]{8}))?\.zst/.exec(name);
    if (!match) return [];
    const [, segment, from, to] = match;
    return [
      {
        file: join(folder, name),
        segment: segment!,
        from: from ? Number.parseInt(from, 16) : 0,
        to: to ? Number.parseInt(to, 16) : segmentBytes,
      },
    ];
  });
}

const hex = (offset: number) => offset.toString(16).padStart(8, '0');
