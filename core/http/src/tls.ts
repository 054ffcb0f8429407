import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { boundConnections, HEAD_OPTIONS } from './connections.ts';

/** Where a server's certificate and key lie; and whether it asks its clients for theirs. */
export type TlsFiles = {
  certFile: string;
  keyFile: string;
  /** CAs that issue clients' certificates; `self-signed`: clients are asked for certificates that they registered. */
  clientCa?: string | undefined;
};

/** What Node.js needs to serve https. */
export type TlsOptions = {
  cert: Buffer;
  key: Buffer;
  ca?: Buffer;
  minVersion: 'TLSv1.2';
  requestCert: boolean;
  rejectUnauthorized: false;
};

/** The word for clients' certificates without a CA. */
export const SELF_SIGNED = 'self-signed';

/** How often the files are looked at, in ms. */
const WATCH_MS = 2_000;

/**
 * Reads certificate and key, and checks that they can be served: readable, belonging together, within their time. Throws
 * Error that names the file and what to do. `now` in ms.
 */
export function readTls({ certFile, keyFile, clientCa }: TlsFiles, now: number = Date.now()): TlsOptions {
  const cert = read(certFile, '--tls-cert');
  const key = read(keyFile, '--tls-key');
  const certificate = parsed(certFile, 'certificate in PEM', () => new X509Certificate(cert));
  const secret = parsed(keyFile, 'private key in PEM without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(secret))
    throw new Error(`${keyFile} is not the key of ${certFile}. Name the pair that belongs together.`);
  if (certificate.validToDate.getTime() < now)
    throw new Error(
      `The certificate ${certFile} ended on ${day(certificate.validToDate)}. Renew it and put the new one there.`,
    );
  if (certificate.validFromDate.getTime() > now)
    throw new Error(
      `The certificate ${certFile} begins on ${day(certificate.validFromDate)} only. Check it, and this machine's clock.`,
    );
  const ca =
    clientCa === undefined || clientCa === SELF_SIGNED ? undefined : read(clientCa, '--tls-client-ca');
  if (ca) parsed(clientCa!, 'certificate in PEM', () => new X509Certificate(ca));
  parsed(certFile, 'chain that can be served', () =>
    createSecureContext({ cert, key, ...(ca ? { ca } : {}) }),
  );
  return {
    cert,
    key,
    ...(ca ? { ca } : {}),
    minVersion: 'TLSv1.2',
    requestCert: clientCa !== undefined,
    rejectUnauthorized: false, // who needs a certificate is decided where it counts, with an answer that says so
  };
}

const day = (date: Date) => date.toISOString().slice(0, 10);

function read(file: string, setting: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'may not be read';
    throw new Error(`${file} ${why}. Name a file that the server may read: ${setting} FILE`, { cause });
  }
}

function parsed<T>(file: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new Error(`${file} holds no ${what}.`, { cause });
  }
}

/** Serves with new files once they are there and good; until then with those before. Answers how to stop watching. */
export function reloadTls(
  server: HttpsServer,
  files: TlsFiles,
  onError: (error: unknown) => void,
): () => void {
  const watched = [files.certFile, files.keyFile];
  const reload = () => {
    try {
      server.setSecureContext(readTls(files));
    } catch (error) {
      onError(error); // half a renewal: the second file brings the rest
    }
  };
  for (const file of watched) watchFile(file, { interval: WATCH_MS, persistent: false }, reload);
  return () => {
    for (const file of watched) unwatchFile(file, reload);
  };
}

/** Connections of a door that only leads to another: each is closed once it is answered. */
const AT_CLEAR_DOOR = 100;

/** A server in the clear that leads who asks for a page to https, and refuses everything else. */
export function clearDoor(baseUrl: string): Server {
  const door = createServer(HEAD_OPTIONS, (request, response) => {
    request.resume();
    const asksOnly = request.method === 'GET' || request.method === 'HEAD';
    if (asksOnly && request.headers.authorization === undefined) {
      const path = request.url?.startsWith('/') ? request.url : '/';
      response.writeHead(308, { location: baseUrl + path, connection: 'close' }).end();
      return;
    }
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(`This server is reached by https alone: ${baseUrl}\n`);
  });
  boundConnections(door, AT_CLEAR_DOOR);
  return door;
}
