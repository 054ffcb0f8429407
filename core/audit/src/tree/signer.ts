import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { folderToDiskNow } from '@yba/postgres';
import { keyId } from '../proof/index.ts';

/** The key heads are signed with (Ed25519), its name, and its public half as a verifier line. */
export type Signer = { name: string; id: string; verifier: string; key: KeyObject };

/** Reads the key of a file that only the server's user may read; undefined when there is none. */
export async function readSigner(file: string): Promise<Signer | undefined> {
  if (!existsSync(file)) return undefined;
  const { name, key } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; key: string };
  return signerOf(name, createPrivateKey(key));
}

/** Makes a new key. It is kept nowhere yet. */
export async function newSigner(name: string): Promise<Signer> {
  return signerOf(name, generateKeyPairSync('ed25519').privateKey);
}

/** Keeps a key in its file, in place of another: on the disk, by its name, before anything is signed with it. */
export function keepSigner(file: string, { name, key }: Signer): void {
  mkdirSync(dirname(file), { recursive: true });
  const text = JSON.stringify({ name, key: key.export({ format: 'pem', type: 'pkcs8' }) });
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
  folderToDiskNow(dirname(file));
}

async function signerOf(name: string, key: KeyObject): Promise<Signer> {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  const bytes = Buffer.from(x!, 'base64url');
  const id = await keyId(name, bytes);
  const content = Buffer.concat([Buffer.of(1), bytes]).toString('base64');
  return { name, id, verifier: `${name}+${id}+${content}`, key };
}

/** A head as a signed note, by all these signers. Source: https://c2sp.org/tlog-checkpoint */
export function signHead(
  head: { size: number; root: Buffer; at: Date },
  signers: readonly [Signer, ...Signer[]],
): string {
  const time = Math.floor(head.at.getTime() / 1000);
  const body = `${signers[0].name}\n${head.size}\n${head.root.toString('base64')}\ntime ${time}\n`;
  const lines = signers.map(({ name, id, key }) => {
    const signature = Buffer.concat([Buffer.from(id, 'hex'), sign(null, Buffer.from(body), key)]);
    return `— ${name} ${signature.toString('base64')}\n`;
  });
  return `${body}\n${lines.join('')}`;
}
