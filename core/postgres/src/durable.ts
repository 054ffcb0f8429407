import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';

/** Names of files that are not whole. */
export const DRAFT = '.draft';

/** Writes a file under a draft name, brings it to the disk, and gives it its own name: after a crash it is whole or not there. */
export async function durable(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}${DRAFT}`;
  await rm(draft, { force: true });
  await write(draft);
  await toDisk(draft);
  await rename(draft, path);
  await folderToDisk(dirname(path));
}

/** Resolves once a file's content is on the disk. */
async function toDisk(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Resolves once the names in a folder are on the disk; Windows keeps them itself. */
export async function folderToDisk(path: string): Promise<void> {
  if (platform() === 'win32') return;
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** As folderToDisk, at once. */
export function folderToDiskNow(path: string): void {
  if (platform() === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Makes a new file that its owner alone reads: whole, and on the disk with its name, when it returns; not there when anything
 * came between. Throws with code EEXIST when there is one of that name.
 */
export function makeDurably(path: string, text: string): void {
  const draft = `${path}.${process.pid}${DRAFT}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flush: true });
    nameOnce(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  folderToDiskNow(dirname(path));
}

/** Of two that give a file the same name at once, one does. */
function nameOnce(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!NO_SECOND_NAMES.has(code)) throw error;
    if (existsSync(path))
      throw Object.assign(new Error(`${path} is there`), { code: 'EEXIST', cause: error });
    renameSync(draft, path);
  }
}

/** What a disk says that knows one name for each file: FAT, some network disks. */
const NO_SECOND_NAMES: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);
