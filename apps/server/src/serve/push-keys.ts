import { webcrypto } from 'node:crypto';
import { serverSecret } from '@yba/access';
import type { SecretSeal, Sql } from '@yba/postgres';

/**
 * The key pair by which push services know this server (VAPID), base64url; made once, sealed in the database as other
 * secrets are, the same for all server processes. Devices that asked to be told are bound to it: a new one would silence them.
 * Source: https://www.rfc-editor.org/rfc/rfc8292
 */
export const pushKeys = (
  owner: Sql,
  secrets: SecretSeal,
): Promise<{ publicKey: string; privateKey: string }> =>
  serverSecret(owner, secrets, 'web-push', async () => {
    const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
    const publicKey = Buffer.from(await webcrypto.subtle.exportKey('raw', pair.publicKey));
    const { d } = await webcrypto.subtle.exportKey('jwk', pair.privateKey);
    return { publicKey: publicKey.toString('base64url'), privateKey: d! };
  });
