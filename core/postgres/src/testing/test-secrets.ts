import { newSecretKey } from '../secrets/key-file.ts';
import { sealBy, type SecretSeal } from '../secrets/secret-seal.ts';

/** A seal with a key of its own, held in memory. */
export function testSecrets(): SecretSeal {
  const keys = [newSecretKey()];
  return sealBy(() => keys);
}
