import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A restore out of a backup folder: when it was done, the moment it restored, and whether the result stood its checks. */
export type Restore = { at: string; until: string; passed: boolean };

const restoresFile = (folder: string) => join(folder, 'restores.jsonl');

/** Keeps beside the backup that it was restored from: the proof that it can be. */
export function noteRestore(folder: string, restore: Restore): void {
  appendFileSync(restoresFile(folder), `${JSON.stringify(restore)}\n`, { mode: 0o600 });
}

/** Every restore out of this backup folder, oldest first. */
export function readRestores(folder: string): Restore[] {
  if (!existsSync(restoresFile(folder))) return [];
  return readFileSync(restoresFile(folder), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Restore);
}
