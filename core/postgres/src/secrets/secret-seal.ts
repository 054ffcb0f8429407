import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readSecretKeys, writtenAt, type SecretKey } from './key-file.ts';

/**
 * Seals secrets before they go into the database, and opens them again. What is sealed is text that names its key and
 * its purpose; it goes into a column whose name ends in `_sealed`, of type text, in any table: `yba admin keys rotate`
 * finds all such columns by that name and seals their secrets anew.
 *
 * For a second factor: `totp_sealed = secrets.seal(secret, 'totp account/…')`, and `secrets.open(totp_sealed, 'totp account/…')`.
 */
export type SecretSeal = {
  /** `purpose` says what the secret is for and whose it is, so that nobody can put one in the place of another. */
  seal(secret: string, purpose: string): string;
  /** Throws when the key is not there, when it was sealed for another purpose, or when it was changed. */
  open(sealed: string, purpose: string): string;
};

/** How a sealed secret begins: the version of this form. */
const FORM = 'yba1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A seal with the keys of a file, read again when it was written anew, so that a rotation reaches running servers. */
export function sealByFile(file: string): SecretSeal {
  let keys: readonly SecretKey[] = [];
  let read = -1;
  return sealBy(() => {
    const written = writtenAt(file);
    if (written !== read) {
      keys = readSecretKeys(file);
      read = written;
    }
    if (keys.length === 0)
      throw new Error(`The secret key file ${file} is not there. Put it back from its copy.`);
    return keys;
  }, file);
}

/** A seal with the keys that `keysNow` answers. AES-256-GCM; key and purpose are authenticated. Source: NIST SP 800-38D */
export function sealBy(keysNow: () => readonly SecretKey[], file = 'the secret key file'): SecretSeal {
  return {
    seal(secret, purpose) {
      const { id, secret: key } = keysNow()[0]!;
      const head = `${FORM}.${id}.${base64(purpose)}`;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(head));
      const body = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${head}.${body.toString('base64url')}`;
    },
    open(sealed, purpose) {
      const { keyId, purpose: told } = sealedBy(sealed);
      if (told !== purpose)
        throw new Error(`A secret sealed for “${told}” stands where one for “${purpose}” belongs.`);
      const key = keysNow().find(({ id }) => id === keyId);
      if (!key) throw lostKey(keyId, file);
      const end = sealed.lastIndexOf('.');
      const body = Buffer.from(sealed.slice(end + 1), 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key.secret, body.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        })
          .setAAD(Buffer.from(sealed.slice(0, end)))
          .setAuthTag(body.subarray(-TAG_BYTES));
        const opened = [decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
        return Buffer.concat(opened).toString('utf8');
      } catch (cause) {
        throw new Error(
          `The sealed secret for “${purpose}” was changed in the database; it cannot be opened.`,
          {
            cause,
          },
        );
      }
    },
  };
}

/** What a sealed secret says of itself: the id of its key, and its purpose. Throws when it is none. */
export function sealedBy(sealed: string): { keyId: string; purpose: string } {
  const [form, keyId, purpose, body, more] = sealed.split('.');
  if (form !== FORM || !keyId || purpose === undefined || !body || more !== undefined)
    throw new Error('What stands in the place of a sealed secret is none.');
  return { keyId, purpose: Buffer.from(purpose, 'base64url').toString('utf8') };
}

/** What to do when a key is not in the file. */
export function lostKey(keyId: string, file: string): Error {
  return new Error(
    `Secrets in this database are sealed with the key ${keyId}, which is not in ${file}.
Put the file back from its copy (an encrypted backup brings it along), or name the right one: --secret-key FILE
Lost for good? "yba admin keys forget --yes" drops what it sealed: everybody signs in anew, second factors are enrolled anew.`,
  );
}

const base64 = (text: string) => Buffer.from(text).toString('base64url');
