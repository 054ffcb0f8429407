import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Layout of the data folder that this release writes; the outbox has a version of its own. */
const FORMAT = 1;

/** Opens the data folder of an edge, making what is missing. Throws Error when it is of a newer release. */
export function openDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'format.json');
  if (!existsSync(file)) return writeDurably(file, `${JSON.stringify({ format: FORMAT })}\n`);
  const { format } = readJson(file) as { format?: number };
  if (typeof format !== 'number' || format > FORMAT)
    throw new Error(
      `${folder} was written by a newer release of Y Bạ. Start that release, or a later one; nothing was changed.`,
    );
}

/** Writes a file so that after a crash the old or the new content is there, whole; readable to its owner alone. */
export function writeDurably(file: string, text: string): void {
  const draft = `${file}.draft`;
  const handle = openSync(draft, 'w', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/** Makes renames in a folder durable; Windows has no such thing and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A JSON file. Throws Error that names the file. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} cannot be read as JSON: ${(cause as Error).message}`, { cause });
  }
}
