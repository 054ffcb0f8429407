import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A restore out of a backup folder: when it was done, the moment it restored, and whether the result stood its checks. */
export type Restore = { at: string; until: string; passed: boolean };

const restoresFile = (folder: string) => join(folder, 'restores.jsonl');

/** Keeps beside the backup that it was restored from: the proof that it can be. */
export function noteRestore(folder: string, restore: Restore): void {
  // what is left of a line that was cut off stays a line of its own
  appendFileSync(restoresFile(folder), `\n${JSON.stringify(restore)}\n`, { mode: 0o600 });
}

/** Every restore out of this backup folder, oldest first; a line that was cut off is none. */
export function readRestores(folder: string): Restore[] {
  if (!existsSync(restoresFile(folder))) return [];
  return readFileSync(restoresFile(folder), 'utf8').split('\n').flatMap(restoreIn);
}

function restoreIn(line: string): Restore[] {
  try {
    return [JSON.parse(line) as Restore];
  } catch {
    return [];
  }
}
