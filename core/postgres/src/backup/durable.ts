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
