import { randomInt, randomUUID, scryptSync, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeDurably } from '../folder/data-folder.ts';

/** The emergency code as it is kept: scrypt of it, when it was made, and when its seal was broken. Moments in ms. */
export type TwinCode = { salt: string; hash: string; made: number; openedAt?: number };

/** Letters and digits that nobody takes for one another. */
const ALPHABET = 'ACDEFGHJKLMNPQRTUVWXY34679';
const LENGTH = 16;

const fileOf = (folder: string) => join(folder, 'twin-code.json');

/** The code in force; undefined when none was made. */
export function readTwinCode(folder: string): TwinCode | undefined {
  return existsSync(fileOf(folder)) ? (readJson(fileOf(folder)) as TwinCode) : undefined;
}

/** Makes a new code (75 random bits) in place of the one before; told this once, kept as a hash. */
export function makeTwinCode(folder: string, now: number): string {
  const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]!).join('');
  const salt = randomUUID();
  writeDurably(
    fileOf(folder),
    JSON.stringify({ salt, hash: hashOf(code, salt), made: now } satisfies TwinCode),
  );
  return code.match(/.{4}/g)!.join('-');
}

/** Whether this is the code; the first time its seal is noted as broken. */
export function takeTwinCode(folder: string, said: string, now: number): boolean {
  const kept = readTwinCode(folder);
  if (!kept) return false;
  const code = said.toUpperCase().replace(/[^A-Z0-9]/g, '');
  if (!timingSafeEqual(Buffer.from(hashOf(code, kept.salt)), Buffer.from(kept.hash))) return false;
  if (kept.openedAt === undefined) writeDurably(fileOf(folder), JSON.stringify({ ...kept, openedAt: now }));
  return true;
}

const hashOf = (code: string, salt: string) => scryptSync(code, salt, 32).toString('hex');
