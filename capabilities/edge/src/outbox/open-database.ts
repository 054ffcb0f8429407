import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens a file of the edge for this process alone: a commit is on the disk when it returns (WAL, fsync at each commit), torn
 * writes are cut off by checksums at the next opening. Throws Error when another process has it.
 * Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/atomiccommit.html
 */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // exclusive: no second edge on one folder, however the first one ended
    database.exec(`pragma locking_mode = exclusive;
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma auto_vacuum = incremental;
      pragma cache_size = -8000;
      pragma journal_size_limit = 16777216;
      begin immediate; commit`);
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw cause;
    throw new Error(`Another edge works on ${file}. Stop it first, or name another folder with --data.`, {
      cause,
    });
  }
  chmodSync(file, 0o600);
  return database;
}

/** SQLite's code of an error, without its extension. Source: https://www.sqlite.org/rescode.html */
const codeOf = (error: unknown) => ((error as { errcode?: number }).errcode ?? 0) & 0xff;

const isBusy = (error: unknown) => codeOf(error) === 5;

/** Whether there was no room to write. */
export const isFull = (error: unknown): boolean =>
  codeOf(error) === 13 || codeOf(error) === 10 || (error as { code?: string }).code === 'ENOSPC';
