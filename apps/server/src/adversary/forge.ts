import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A key as JSON. Source: RFC 7517 */
export type Jwk = Record<string, unknown> & { kid?: string };

/** Claims or header of a token. */
type Parts = Record<string, unknown>;

const encoded = (part: Parts) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** The header and claims of a token, unchecked. */
export function partsOf(token: string): { header: Parts; claims: Parts } {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Parts);
  return { header: header!, claims: claims! };
}

/** A token that claims to be unsigned. */
export function unsigned(header: Parts, claims: Parts): string {
  return `${encoded(header)}.${encoded(claims)}.`;
}

/** A token signed with a shared secret, whatever its header says. */
export function hmacSigned(header: Parts, claims: Parts, secret: string | Buffer): string {
  const input = `${encoded(header)}.${encoded(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** A token signed with a P-256 key. */
export function ecSigned(header: Parts, claims: Parts, key: KeyObject): string {
  const input = `${encoded(header)}.${encoded(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** A P-256 key of the attacker's own. */
export function ownKey(): { key: KeyObject; jwk: Jwk } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { key: privateKey, jwk: publicKey.export({ format: 'jwk' }) as Jwk };
}

/** A public key as PEM: what a confused verifier would take for a shared secret. */
export function pemOf(jwk: Jwk): string {
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}
