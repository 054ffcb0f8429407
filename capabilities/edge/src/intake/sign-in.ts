import { createHash, randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { outcomeError } from '@yba/fhir';
import { readJson, writeDurably } from '../folder/data-folder.ts';
import type { Settings } from '../folder/settings.ts';

/** A system of the hospital that may hand messages over: what it is called, and the hash of its token. */
type Sender = { name: string; hash: string; made: string };

const fileOf = (folder: string) => join(folder, 'senders.json');
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

const readSenders = (folder: string): Sender[] =>
  existsSync(fileOf(folder)) ? (readJson(fileOf(folder)) as Sender[]) : [];

/**
 * Makes a token for a system of the hospital and answers it, this once; only its hash is kept. The one that the system had
 * before counts no more. A running agent takes it at once.
 */
export function makeSenderToken(folder: string, name: string, now: number): string {
  const token = `yba_edge_${randomBytes(32).toString('base64url')}`;
  const others = readSenders(folder).filter((sender) => sender.name !== name);
  const made = { name, hash: hashOf(token), made: new Date(now).toISOString() };
  writeDurably(fileOf(folder), `${JSON.stringify([...others, made], null, 2)}\n`);
  return token;
}

/** Takes a system's token away; false when it had none. */
export function removeSender(folder: string, name: string): boolean {
  const senders = readSenders(folder);
  const others = senders.filter((sender) => sender.name !== name);
  if (others.length < senders.length) writeDurably(fileOf(folder), `${JSON.stringify(others, null, 2)}\n`);
  return others.length < senders.length;
}

/** Checks who hands over a message or asks for one; false where nobody has to sign in. Throws OutcomeError `login`. */
export type SignIn = (request: IncomingMessage) => boolean;

/**
 * Who may use the ways in by HTTP: whoever shows a token of `makeSenderToken` (RFC 6750) or a certificate of `http.clientCa`
 * (RFC 8705 2.1); anybody where the settings say so, which they may on the loopback address alone.
 */
export function signInOf(folder: string, { signIn, clientCa }: Settings['http']): SignIn {
  if (signIn === 'none') return () => false;
  const known = followed(folder);
  return ({ headers, socket }) => {
    if (clientCa && (socket as TLSSocket).authorized) return true;
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    // a look-up by the hash of 32 random bytes: how long it takes tells nothing about them
    if (token && known().has(hashOf(token))) return true;
    throw outcomeError(
      'login',
      'Hệ thống gửi phải đăng nhập: Authorization: Bearer <mã>, lấy bằng “yba edge sender --name HIS”; hoặc chứng thư do http.clientCa cấp. The sending system signs in: Authorization: Bearer <token> of “yba edge sender --name HIS”, or a certificate of http.clientCa',
    );
  };
}

/** The hashes that count now; the file is read again when it was changed. */
function followed(folder: string): () => ReadonlySet<string> {
  let read = { stamp: '', hashes: new Set<string>() };
  return () => {
    const found = statSync(fileOf(folder), { throwIfNoEntry: false });
    const stamp = found ? `${found.ino} ${found.mtimeMs} ${found.size}` : '';
    if (stamp !== read.stamp) read = { stamp, hashes: new Set(readSenders(folder).map(({ hash }) => hash)) };
    return read.hashes;
  };
}
