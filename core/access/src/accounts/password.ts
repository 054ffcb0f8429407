import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2);

/** How much work one hash costs: memory in KiB, passes over it, lanes. */
export type PasswordCost = { memoryKiB: number; passes: number; lanes: number };

/**
 * For staff: 19 MiB, two passes, about 40 ms of one core. Memory is below RFC 9106's second choice (64 MiB) so
 * that a morning of sign-ins does not starve a 2-core server; OWASP names these numbers as its minimum.
 * Source: https://www.rfc-editor.org/rfc/rfc9106#section-4
 */
export const STAFF_COST: PasswordCost = { memoryKiB: 19_456, passes: 2, lanes: 1 };

const TAG_BYTES = 32;

/** Hashes a password with argon2id; the answer carries its own parameters and salt (PHC string). */
export async function hashPassword(password: string, cost: PasswordCost = STAFF_COST): Promise<string> {
  const salt = randomBytes(16);
  const tag = await tagOf(password, salt, cost);
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${cost.memoryKiB},t=${cost.passes},p=${cost.lanes}$${text(salt)}$${text(tag)}`;
}

/** True when `password` is the one hashed; compares in constant time, and false for a hash of another kind. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
  if (!parts) return false;
  const [, memoryKiB, passes, lanes, salt, tag] = parts as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const cost = { memoryKiB: Number(memoryKiB), passes: Number(passes), lanes: Number(lanes) };
  const expected = Buffer.from(tag, 'base64');
  const actual = await tagOf(password, Buffer.from(salt, 'base64'), cost);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** True for a hash made with other parameters than today's. */
export function needsRehash(hash: string, cost: PasswordCost = STAFF_COST): boolean {
  return !hash.startsWith(`$argon2id$v=19$m=${cost.memoryKiB},t=${cost.passes},p=${cost.lanes}$`);
}

function tagOf(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
  return derive('argon2id', {
    message: password.normalize('NFC'),
    nonce: salt,
    memory: cost.memoryKiB,
    passes: cost.passes,
    parallelism: cost.lanes,
    tagLength: TAG_BYTES,
  });
}
