import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { BackupKey } from './backup-key.ts';
import { durable } from '../durable.ts';

/**
 * Files of a backup are zstd with a checksum and, with a key, AES-256-GCM over that: magic, salt, ciphertext, tag.
 * Each file has a key of its own, derived from the secret, a random salt and its name (RFC 5869), so that files
 * cannot be exchanged for one another. Without a key `zstd -d` opens them.
 */
const MAGIC = Buffer.from('YBA1');
const SALT_BYTES = 32;
const TAG_BYTES = 16;
const HEAD_BYTES = MAGIC.length + SALT_BYTES;

/** What a finished file is known by: its bytes on disk, and their SHA-256. */
export type Sealed = { sizeBytes: number; sha256: string };

/** The ending of sealed files' names. */
export function ending(key: BackupKey | undefined): string {
  return key ? '.zst.aes' : '.zst';
}

/** Writes `source` to a file that appears under its name only when it is whole and on disk. */
export async function seal(source: Readable, path: string, key: BackupKey | undefined): Promise<Sealed> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  await durable(path, async (draft) => {
    const output = createWriteStream(draft, { mode: 0o600 });
    await pipeline([source, compressor(), ...(key ? [encryptor(key, basename(path))] : []), counted, output]);
  });
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** The content of a sealed file. Reading it fails, with the file's name, when it is damaged or the key is another. */
export async function* unseal(path: string, key: BackupKey | undefined): AsyncGenerator<Buffer> {
  const opened = createZstdDecompress();
  try {
    const stored = key ? await decrypted(path, key) : [createReadStream(path)];
    pipeline([...stored, opened]).catch(() => {}); // the loop below meets the same error
    for await (const chunk of opened) yield chunk as Buffer;
  } catch (cause) {
    throw new Error(`${path} is damaged or missing, or was written with another key`, { cause });
  } finally {
    opened.destroy();
  }
}

/** The whole content of a sealed file. */
export async function unsealWhole(path: string, key: BackupKey | undefined): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of unseal(path, key)) parts.push(chunk);
  return Buffer.concat(parts);
}

/** SHA-256 of a file as it lies on disk. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function compressor() {
  return createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

function derived(key: BackupKey, salt: Buffer, name: string): { secret: Buffer; nonce: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', key.secret, salt, `yba backup ${name}`, 44));
  return { secret: bytes.subarray(0, 32), nonce: bytes.subarray(32) };
}

function encryptor(key: BackupKey, name: string): Transform {
  const salt = randomBytes(SALT_BYTES);
  const { secret, nonce } = derived(key, salt, name);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce);
  let begun = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (!begun) this.push(Buffer.concat([MAGIC, salt]));
      begun = true;
      done(null, cipher.update(chunk));
    },
    flush(done) {
      this.push(Buffer.concat([...(begun ? [] : [MAGIC, salt]), cipher.final(), cipher.getAuthTag()]));
      done();
    },
  });
}

async function decrypted(path: string, key: BackupKey): Promise<[Readable, Transform]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(HEAD_BYTES);
    const tag = Buffer.alloc(TAG_BYTES);
    await file.read(head, 0, HEAD_BYTES, 0);
    if (size < HEAD_BYTES + TAG_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC))
      throw new Error(`${path} is damaged: it is not an encrypted file of a backup`);
    await file.read(tag, 0, TAG_BYTES, size - TAG_BYTES);
    const { secret, nonce } = derived(key, head.subarray(MAGIC.length), basename(path));
    const decipher = createDecipheriv('aes-256-gcm', secret, nonce).setAuthTag(tag);
    return [createReadStream(path, { start: HEAD_BYTES, end: size - TAG_BYTES - 1 }), decipher];
  } finally {
    await file.close();
  }
}
