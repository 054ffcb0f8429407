import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chown, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { durable, makeDurably } from '../durable.ts';

/** A key that secrets in the database are sealed with: 32 bytes, and the short name a sealed secret knows it by. */
export type SecretKey = { id: string; secret: Buffer };

/** Its name in a data folder. */
export const SECRET_KEY_FILE = 'secret.key';

const WORDS = `# Opens the secrets in the database of Y Bạ: signing keys, second factors, cookie keys.
# The first key seals, all of them open. Keep a copy apart from the backups: without it these secrets are lost.
`;

/** The keys of a file, the one that seals first; none when there is no such file. Throws with the remedy when it is no key file. */
export function readSecretKeys(file: string): SecretKey[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0 || !lines.every((line) => /^[0-9a-f]{64}$/i.test(line)))
    throw new Error(
      `${file} is not a secret key file of Y Bạ (lines of 64 hexadecimal digits). Put the right file there, or name it: --secret-key FILE`,
    );
  return lines.map((line) => keyOf(Buffer.from(line, 'hex')));
}

/** Makes a key file that only its owner reads, on the disk before anything is sealed with it; when another process was faster, its file stands. */
export function makeSecretKeys(file: string): SecretKey[] {
  try {
    makeDurably(file, textOf([newSecretKey()]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readSecretKeys(file);
}

/** Replaces the keys of a file, whole or not at all; its owner stays who it was. */
export async function writeSecretKeys(file: string, keys: readonly SecretKey[]): Promise<void> {
  const owner = statSync(file, { throwIfNoEntry: false });
  await durable(file, async (draft) => {
    await writeFile(draft, textOf(keys), { mode: 0o600 });
    if (owner && platform() !== 'win32') await chown(draft, owner.uid, owner.gid);
  });
}

export function newSecretKey(): SecretKey {
  return keyOf(randomBytes(32));
}

/** When the file was last written, in ms; 0 when it is away. */
export function writtenAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function keyOf(secret: Buffer): SecretKey {
  return { id: createHash('sha256').update(secret).digest('hex').slice(0, 8), secret };
}

const textOf = (keys: readonly SecretKey[]) =>
  `${WORDS}${keys.map(({ secret }) => secret.toString('hex')).join('\n')}\n`;
