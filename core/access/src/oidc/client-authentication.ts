import type { X509Certificate } from 'node:crypto';
import { clientCertificateOf, type GuardedFetch } from '@yba/http';
import { errors, type KoaContext } from 'oidc-provider';
import { noteExtensions } from './system-claims.ts';

/** The longest a client's assertion may live, in seconds. Source: SMART App Launch 2, asymmetric client authentication */
const ASSERTION_S = 5 * 60;

/** Difference of clocks that is borne, in seconds. */
const CLOCK_S = 30;

/** How clients may prove who they are, as discovery tells it. */
const CLIENT_AUTH_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const;

/** The methods that work here: those by certificate where certificates can be shown. */
export function authMethods(clientCertificates: boolean): string[] {
  return CLIENT_AUTH_METHODS.filter((method) => clientCertificates || !method.includes('tls'));
}

/** Algorithms of assertions that clients sign. Source: SMART App Launch 2, Backend Services */
export const ASSERTION_ALGORITHMS = ['RS384', 'ES384', 'ES256'] as const;

/**
 * Client authentication as oidc-provider is configured for it: secrets, signed assertions (Backend Services) and mutual
 * TLS with tokens bound to the certificate. Key sets of clients are fetched by `fetch`, which does not reach into the
 * server's own network.
 * SMART has the token endpoint as audience of an assertion, the revision of RFC 7523 the issuer: both are this server.
 * Sources: RFC 7523, draft-ietf-oauth-rfc7523bis, RFC 8705, https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
 */
export function clientAuthentication(issuer: string, fetch: GuardedFetch) {
  const tokenEndpoint = `${issuer}/oauth/token`;
  const us: ReadonlySet<unknown> = new Set([tokenEndpoint, issuer]);
  return {
    clientAuthMethods: CLIENT_AUTH_METHODS,
    clientAuthSigningAlgValues: ASSERTION_ALGORITHMS,
    clockTolerance: CLOCK_S,
    fetch: (url: string, request: Parameters<GuardedFetch>[1]) => fetch(url, request),
    async assertJwtClientAuthClaimsAndHeader(
      context: KoaContext,
      claims: { aud?: unknown; exp?: number; sub?: string; iss?: string; extensions?: unknown },
      header: { crit?: unknown },
    ) {
      const { aud, exp, sub, iss, extensions } = claims;
      const refuse = (why: string) => new errors.InvalidClientAuth(why);
      // extensions of a signature that must be understood, and are not: RFC 7515, 4.1.11
      if (header.crit !== undefined)
        throw refuse('crit names header parameters that are not understood here');
      if (![aud].flat().every((one) => us.has(one)))
        throw refuse(
          `aud must be the token endpoint, ${tokenEndpoint}, or the issuer, ${issuer}, and nobody else`,
        );
      if (sub !== iss) throw refuse('iss and sub must both be the client id');
      if (!(exp! <= Date.now() / 1000 + ASSERTION_S + CLOCK_S))
        throw refuse('exp must lie at most 5 minutes ahead');
      noteExtensions(context, extensions);
    },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      selfSignedTlsClientAuth: true,
      tlsClientAuth: true,
      getCertificate,
      certificateAuthorized: ({ req }: KoaContext) => clientCertificateOf(req)?.verified === true,
      certificateSubjectMatches: ({ req }: KoaContext, property: string, expected: string) =>
        property === 'tls_client_auth_subject_dn' &&
        isSubject(clientCertificateOf(req)?.certificate.subject, expected),
    },
  };
}

/** The certificate that the connection shows, while it holds: one that has ended proves nothing, whoever issued it. */
function getCertificate({ req }: KoaContext): X509Certificate | undefined {
  const shown = clientCertificateOf(req)?.certificate;
  return shown && isInTime(shown) ? shown : undefined;
}

function isInTime({ validFromDate, validToDate }: { validFromDate: Date; validToDate: Date }): boolean {
  const now = Date.now();
  return validFromDate.getTime() <= now && now < validToDate.getTime();
}

/** Compares a certificate's subject (a line for each part) with one as it is written: `CN=his.bv.vn,O=Bạch Mai,C=VN`. Source: RFC 4514 */
function isSubject(subject: string | undefined, expected: string): boolean {
  const parts = subject?.split('\n').map(tidy) ?? [];
  const wanted = expected.split(/(?<!\\),/).map((part) => tidy(part.replaceAll('\\,', ',')));
  const same = (others: string[]) =>
    parts.length === others.length && parts.every((part, n) => part === others[n]);
  return same(wanted) || same(wanted.toReversed()); // RFC 4514 begins at the end
}

const tidy = (part: string) => part.trim().replace(/\s*=\s*/, '=');
