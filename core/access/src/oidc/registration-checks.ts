import { X509Certificate } from 'node:crypto';
import { invalid } from '@yba/fhir';
import type { JWK } from 'jose';

/** Public keys of a client: there at registration, or at an address that is read when they are needed. */
export type ClientKeys = { jwks: { keys: JWK[] } } | { jwksUri: string };

/** Private parts of keys, which nobody hands over. Source: RFC 7518 6 */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

/**
 * Keys as the client's metadata hold them. Keys for signing are RSA of 2,048 bits or more, or EC on P-256 or P-384; those
 * for certificates bring one (`x5c`). Throws `invalid`.
 * Source: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
 */
export function checkKeys(keys: ClientKeys, use: 'signing' | 'certificate'): Record<string, unknown> {
  if ('jwksUri' in keys) {
    checkUrl('jwksUri', keys.jwksUri);
    return { jwks_uri: keys.jwksUri };
  }
  const list = keys.jwks?.keys;
  if (!Array.isArray(list) || list.length === 0)
    throw invalid('jwks', 'A key set is {"keys": […]} with a key or more');
  for (const key of list) {
    if (PRIVATE.some((part) => part in key))
      throw invalid(
        'jwks',
        'The key set holds a private key. Keep it, make a new one, and send the public half',
      );
    if (use === 'signing' && !signs(key))
      throw invalid('jwks', 'Keys are RSA of at least 2,048 bits, or EC on P-256 or P-384');
    if (use === 'certificate' && !key.x5c?.length)
      throw invalid('jwks', 'The key brings no certificate (x5c)');
  }
  return { jwks: { keys: list } };
}

function signs({ kty, crv, n }: JWK): boolean {
  if (kty === 'EC') return crv === 'P-256' || crv === 'P-384';
  return kty === 'RSA' && Buffer.from(n ?? '', 'base64url').length >= 256;
}

/** A certificate in PEM as the key set that registers it. Throws `invalid` when it is none. */
export function certificateKeys(pem: string): { jwks: { keys: JWK[] } } {
  const certificate = certificateIn(pem);
  if (certificate.validToDate.getTime() <= Date.now())
    throw invalid('certificate', `This certificate ended on ${certificate.validTo}; register one that holds`);
  const key = certificate.publicKey.export({ format: 'jwk' }) as JWK;
  return { jwks: { keys: [{ ...key, x5c: [certificate.raw.toString('base64')] }] } };
}

function certificateIn(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw Object.assign(invalid('certificate', 'This is not a certificate in PEM'), { cause });
  }
}

/** An address on https, or on this machine for trying things out. Throws `invalid`. */
export function checkUrl(name: string, text: string): void {
  const url = URL.parse(text);
  const isLocal = url?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (!url || !(url.protocol === 'https:' || isLocal) || url.username || url.password || url.hash)
    throw invalid(name, `“${text}” is not an https:// address without fragment`);
}

/** A redirect address: https, this machine, or an app's own scheme with a dot (RFC 8252 7.1). Throws `invalid`. */
export function checkRedirect(text: string): void {
  if (/^[a-z][a-z0-9+-]*\.[a-z0-9.+-]+:\/[^#\s]*$/i.test(text) && URL.canParse(text)) return;
  checkUrl('redirectUris', text);
}
