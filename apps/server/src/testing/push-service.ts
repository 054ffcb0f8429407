import { createDecipheriv, createECDH, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { importJWK, jwtVerify } from 'jose';

const CERTIFICATES = join(import.meta.dirname, 'certificates');
const pem = (name: string) => readFileSync(join(CERTIFICATES, name), 'utf8');

/** A message as a browser gets it from its push service: decrypted, with what the service was told beside it. */
export type PushMessage = { text: string; headers: IncomingHttpHeaders; subject: string; audience: string };

/**
 * A push service on this machine that speaks RFC 8030, for browsers that it makes up: it checks the sender's VAPID
 * signature (RFC 8292) against the key the subscription was made for, and opens messages as a browser does (RFC 8291).
 */
export type PushService = {
  /** A browser that subscribed with this key of the server's. */
  subscribe(publicKey: string): { endpoint: string; p256dh: string; auth: string };
  /** What a browser got, oldest first. */
  received(endpoint: string): readonly PushMessage[];
  /** The next requests are answered so, until told otherwise; 201 at first. */
  answer(status: number, headers?: Record<string, string>): void;
  /** Requests that came, whatever they were answered. */
  readonly requests: number;
  stop(): Promise<void>;
};

type Browser = { key: ReturnType<typeof createECDH>; auth: Buffer; publicKey: string; got: PushMessage[] };

/** Starts one, on a free port, with a certificate that this process trusts from now on. */
export async function pushService(): Promise<PushService> {
  setDefaultCACertificates([...getCACertificates('default'), pem('ca.pem')]);
  const browsers = new Map<string, Browser>();
  let said: { status: number; headers: Record<string, string> } = { status: 201, headers: {} };
  let requests = 0;
  const server = createServer({ key: pem('server.key'), cert: pem('server.pem') }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests++;
      const browser = browsers.get(request.url ?? '');
      const refuse = (status: number) => response.writeHead(status).end();
      if (!browser) return refuse(404);
      if (said.status !== 201) return response.writeHead(said.status, said.headers).end();
      if (request.headers['content-encoding'] !== 'aes128gcm' || request.headers.ttl === undefined)
        return refuse(400);
      const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
      signer(request.headers.authorization ?? '', browser.publicKey, origin)
        .then(({ subject, audience }) => {
          const text = opened(Buffer.concat(chunks), browser);
          browser.got.push({ text, headers: request.headers, subject, audience });
          response.writeHead(201, { location: `${origin}/message/${browser.got.length}` }).end();
        })
        .catch(() => refuse(403));
      return undefined;
    });
  });
  await once(server.listen(0, 'localhost'), 'listening');
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  return {
    subscribe(publicKey) {
      const key = createECDH('prime256v1');
      const auth = randomBytes(16);
      const path = `/push/${randomBytes(16).toString('base64url')}`;
      browsers.set(path, { key, auth, publicKey, got: [] });
      return {
        endpoint: origin + path,
        p256dh: key.generateKeys().toString('base64url'),
        auth: auth.toString('base64url'),
      };
    },
    received: (endpoint) => browsers.get(new URL(endpoint).pathname)?.got ?? [],
    answer(status, headers = {}) {
      said = { status, headers };
    },
    get requests() {
      return requests;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Who signed the request, when with the key the subscription was made for. Source: RFC 8292, 3 and 4 */
async function signer(authorization: string, publicKey: string, origin: string) {
  const [, token, key] = /^vapid t=([^,]+), *k=(.+)$/.exec(authorization) ?? [];
  if (!token || key !== publicKey) throw new Error('another key');
  const point = Buffer.from(key, 'base64url');
  const part = (from: number) => point.subarray(from, from + 32).toString('base64url');
  const jwk = await importJWK({ kty: 'EC', crv: 'P-256', x: part(1), y: part(33) }, 'ES256');
  const { payload } = await jwtVerify(token, jwk, { audience: origin });
  return { subject: payload.sub ?? '', audience: origin };
}

/** Opens a message as the browser that the subscription belongs to. Source: RFC 8291, 3.4; RFC 8188, 2 */
function opened(body: Buffer, { key, auth }: Browser): string {
  const salt = body.subarray(0, 16);
  const sender = body.subarray(21, 21 + body[20]!);
  const sealed = body.subarray(21 + body[20]!);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), key.getPublicKey(), sender]);
  const secret = key.computeSecret(sender);
  // HKDF of RFC 5869 by its two steps, because 8291 names them
  const first = createHmac('sha256', auth).update(secret).digest();
  const ikm = createHmac('sha256', first)
    .update(Buffer.concat([info, Buffer.from([1])]))
    .digest();
  const derived = (label: string, length: number) =>
    Buffer.from(hkdfSync('sha256', ikm, salt, `Content-Encoding: ${label}\0`, length));
  const cipher = createDecipheriv('aes-128-gcm', derived('aes128gcm', 16), derived('nonce', 12));
  cipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString('utf8');
}
