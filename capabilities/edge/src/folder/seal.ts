import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './data-folder.ts';

/** What lies on the edge's disk about patients, sealed: AES-256-GCM, with the keys of a file that lies apart from it. */
export type Seal = {
  /** `place` says where it lies and is authenticated, so that one record cannot be put in the place of another. */
  seal(bytes: Uint8Array, place: string): Buffer;
  /** Throws Error when its key is not there, when it lies elsewhere than it was sealed for, or was changed. */
  open(sealed: Uint8Array, place: string): Buffer;
  /** A name by which a record is found and that tells nothing of what it names. */
  blind(name: string): string;
};

/** The first byte of what is sealed; gzip, as releases before kept it, begins with 0x1f. */
const FORM = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES;

/** Name of the key file in the data folder, unless the settings name another place. */
export const KEY_FILE = 'secret.key';

const WORDS = `# Opens what this edge keeps about patients: the outbox and the twin.
# The first key seals, all of them open. Keep a copy apart: without it what waits here cannot be sent.
`;

type Key = { id: Buffer; secret: Buffer };

/** In the data folder: something sealed, by which a wrong or missing key is noticed before anything is written. */
const CHECK_FILE = 'sealed.check';

/**
 * The seal of a data folder with the keys of a file (lines of 64 hexadecimal digits), which is made when nothing was sealed
 * yet. Throws Error with the remedy when the keys are not those that were used.
 * Source: NIST SP 800-38D; names by HMAC with a key derived by HKDF, RFC 5869
 */
export function openSeal(folder: string, file: string): Seal {
  const check = join(folder, CHECK_FILE);
  const isUsed = existsSync(check);
  if (!existsSync(file)) {
    if (isUsed)
      throw new Error(
        `The key file ${file} is not there, and what this edge keeps is sealed with it. Put it back from its copy, or name its place in edge.json (secretKey).`,
      );
    writeDurably(file, `${WORDS}${randomBytes(32).toString('hex')}\n`);
  }
  const seal = sealWith(keysOf(file), file);
  if (isUsed) seal.open(Buffer.from(readFileSync(check, 'utf8'), 'base64'), CHECK_FILE);
  else writeDurably(check, seal.seal(Buffer.from(CHECK_FILE), CHECK_FILE).toString('base64'));
  return seal;
}

function keysOf(file: string): Key[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0 || !lines.every((line) => /^[0-9a-f]{64}$/i.test(line)))
    throw new Error(`${file} is no key file of an edge (lines of 64 hexadecimal digits).`);
  return lines.map((line) => {
    const secret = Buffer.from(line, 'hex');
    return { secret, id: createHash('sha256').update(secret).digest().subarray(0, KEY_ID_BYTES) };
  });
}

function sealWith(keys: readonly Key[], file: string): Seal {
  const [first] = keys;
  // the oldest key names: a new one in front must not hide what was named before
  const naming = Buffer.from(hkdfSync('sha256', keys.at(-1)!.secret, '', 'yba edge names', 32));
  return {
    seal(bytes, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const head = Buffer.concat([Buffer.of(FORM), first!.id]);
      const cipher = createCipheriv('aes-256-gcm', first!.secret, nonce).setAAD(aad(head, place));
      return Buffer.concat([head, nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const head = bytes.subarray(0, HEAD_BYTES);
      const key = keys.find(({ id }) => id.equals(head.subarray(1)));
      if (bytes[0] !== FORM || !key)
        throw new Error(`What is kept here was sealed with a key that is not in ${file}. Put the key back.`);
      const body = bytes.subarray(HEAD_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key.secret, body.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(aad(head, place))
        .setAuthTag(body.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    },
    blind: (name) => createHmac('sha256', naming).update(name).digest('base64url'),
  };
}

const aad = (head: Buffer, place: string) => Buffer.concat([head, Buffer.from(place)]);
