import { fromBase64, sha256, toHex } from './hash.ts';

/** A signed tree head. `time`: seconds since 1970, when it was signed. `body` is what was signed. */
export type Checkpoint = {
  origin: string;
  size: number;
  root: Uint8Array<ArrayBuffer>;
  time: number;
  body: string;
  signatures: { name: string; key: string; signature: Uint8Array<ArrayBuffer> }[];
};

/** A public key as `name+id+base64`. Source: https://c2sp.org/signed-note#verifier-keys */
export type Verifier = { name: string; id: string; publicKey: Uint8Array<ArrayBuffer> };

const ED25519 = 1;
const BODY = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\ntime ([1-9]\d{0,10})\n$/;

/**
 * Reads a checkpoint with one line of ours behind the root, `time` and the second. Throws when it is of another form.
 * Source: https://c2sp.org/tlog-checkpoint
 */
export function readCheckpoint(note: string): Checkpoint {
  const end = note.indexOf('\n\n');
  const body = note.slice(0, end + 1);
  const [, origin, size, root, time] = BODY.exec(body) ?? [];
  if (end < 0 || !origin || !root) throw new Error('This is not a checkpoint');
  const lines = note.slice(end + 2).split('\n');
  const signatures = lines.slice(0, -1).map((line) => {
    const [, name, base64] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    if (!name || !base64)
      throw new Error('A signature of the checkpoint is not of the form of a signed note');
    const bytes = fromBase64(base64);
    return { name, key: toHex(bytes.subarray(0, 4)), signature: bytes.slice(4) };
  });
  return { origin, size: Number(size), root: fromBase64(root), time: Number(time), body, signatures };
}

/** The key of a verifier line. Throws when its id is not that of its name and key. */
export async function readVerifier(line: string): Promise<Verifier> {
  const [, name, id, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line) ?? [];
  if (!name || !id || !base64) throw new Error('This is not the public key of a signed note');
  const bytes = fromBase64(base64);
  if (bytes[0] !== ED25519 || bytes.length !== 33) throw new Error('This is not an Ed25519 key');
  if ((await keyId(name, bytes.slice(1))) !== id)
    throw new Error('The id of the key is not that of its content');
  return { name, id, publicKey: bytes.slice(1) };
}

/** The id of a key: the first 4 bytes, in hex, of the hash of its name, type and content. Source: https://c2sp.org/signed-note */
export async function keyId(name: string, publicKey: Uint8Array): Promise<string> {
  return toHex((await sha256(`${name}\n`, Uint8Array.of(ED25519), publicKey)).subarray(0, 4));
}

/** Whether the key signed this checkpoint. Throws `NotSupportedError` where the platform lacks Ed25519. */
export async function verifyCheckpoint(checkpoint: Checkpoint, verifier: Verifier): Promise<boolean> {
  if (checkpoint.origin !== verifier.name) return false;
  const found = checkpoint.signatures.find(({ name, key }) => name === verifier.name && key === verifier.id);
  if (!found) return false;
  const key = await crypto.subtle.importKey('raw', verifier.publicKey, 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', key, found.signature, new TextEncoder().encode(checkpoint.body));
}
