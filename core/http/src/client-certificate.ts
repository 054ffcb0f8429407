import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { HttpError } from './http-error.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/** The certificate a client showed: to this server, or to the proxy in front of it. */
export type ClientCertificate = {
  certificate: X509Certificate;
  /** SHA-256 over its DER form, base64url. Source: RFC 8705 3.1, `x5t#S256` */
  thumbprint: string;
  /** Whether a CA that the server (or its proxy) knows issued it. */
  verified: boolean;
};

/** Headers in which a proxy may carry the certificate: RFC 9440's, and that of nginx (`$ssl_client_escaped_cert`). */
export const CERTIFICATE_HEADERS = ['client-cert', 'x-ssl-client-cert'] as const;

/** The one that the proxy in front writes, or takes away where there is no certificate. */
export type CertificateHeader = (typeof CERTIFICATE_HEADERS)[number];

/** Header of a proxy that says whether the certificate's chain holds (`$ssl_client_verify`). */
const VERIFY = 'x-ssl-client-verify';

const byRequest = new WeakMap<IncomingMessage, ClientCertificate>();
const bySocket = new WeakMap<TLSSocket, ClientCertificate>();

/** The certificate that a request's client proved to hold; undefined when it showed none. */
export function clientCertificateOf(request: IncomingMessage): ClientCertificate | undefined {
  return byRequest.get(request) ?? ofSocket(request.socket);
}

function ofSocket(socket: unknown): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  let known = bySocket.get(socket);
  if (!known) {
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) return undefined;
    bySocket.set(socket, (known = described(certificate, socket.authorized)));
  }
  return known;
}

function described(certificate: X509Certificate, verified: boolean): ClientCertificate {
  const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
  return { certificate, thumbprint, verified };
}

/**
 * Takes the certificate from the header that a trusted proxy writes; from anybody else it is not there. Another header of this
 * kind is whatever the client sent, which a proxy hands on as it came. Source: RFC 9440, 4
 */
export function addClientCertificates(
  app: FastifyInstance,
  proxies: TrustedProxies,
  written: CertificateHeader | undefined,
): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw;
    const text = written && headers[written];
    try {
      if (text !== undefined && proxies.trusts(request.raw.socket.remoteAddress))
        byRequest.set(request.raw, fromHeader(String(text), headers[VERIFY] === 'SUCCESS'));
    } catch (cause) {
      return done(new HttpError(400, 'invalid', `The header ${written} holds no certificate.`, { cause }));
    } finally {
      for (const header of [...CERTIFICATE_HEADERS, VERIFY]) delete headers[header];
    }
    done();
  });
}

/** `:base64:` of RFC 9440, or PEM with percent-encoding. */
function fromHeader(text: string, verified: boolean): ClientCertificate {
  const [, der] = /^\s*:([A-Za-z0-9+/=]+):\s*$/.exec(text) ?? [];
  const content = der === undefined ? decodeURIComponent(text) : Buffer.from(der, 'base64');
  return described(new X509Certificate(content), verified);
}
