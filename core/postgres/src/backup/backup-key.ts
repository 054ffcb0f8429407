import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { makeDurably } from '../durable.ts';

/** The secret of an encrypted backup: 32 bytes, and a short name by which a backup tells which one it needs. */
export type BackupKey = { secret: Buffer; fingerprint: string };

/** Reads a key file: 64 hexadecimal digits. Throws with the remedy when it is not one. */
export function readKey(file: string): BackupKey {
  if (!existsSync(file))
    throw new Error(`There is no key file ${file}. Name the file this backup was made with: --key FILE`);
  const text = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new Error(
      `${file} is not a key file of Y Bạ (64 hexadecimal digits). Name the right one: --key FILE`,
    );
  const secret = Buffer.from(text, 'hex');
  return { secret, fingerprint: createHash('sha256').update(secret).digest('hex').slice(0, 16) };
}

/** Makes a key file that only its owner reads, on the disk before anything is encrypted with it. Throws when the file is there. */
export function makeKey(file: string): BackupKey {
  makeDurably(file, `${randomBytes(32).toString('hex')}\n`);
  return readKey(file);
}
