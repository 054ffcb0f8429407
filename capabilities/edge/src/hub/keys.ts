import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { EdgeKey, Identity } from '../folder/identity.ts';

/** Algorithm of what the edge signs. Source: SMART App Launch 2, asymmetric client authentication */
const ALGORITHM = 'ES384';
/** The longest an assertion lives. */
const ASSERTION_S = 120;

/** A new key pair on P-384. `now` in ms. */
export async function makeKey(now: number): Promise<EdgeKey> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: true });
  const named = { kid: randomUUID(), alg: ALGORITHM, use: 'sig' };
  return {
    private: { ...(await exportJWK(pair.privateKey)), ...named },
    public: { ...(await exportJWK(pair.publicKey)), ...named },
    made: now,
  };
}

/** The assertion by which the edge proves who it is at the token endpoint. Source: RFC 7523 2.2 */
export async function assertion(
  { clientId, tokenEndpoint }: Identity,
  key: EdgeKey,
  now: number,
): Promise<string> {
  const seconds = Math.floor(now / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: ALGORITHM, kid: key.private.kid!, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenEndpoint)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + ASSERTION_S)
    .setJti(randomUUID())
    .sign(await importJWK(key.private, ALGORITHM));
}
