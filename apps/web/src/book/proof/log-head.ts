import {
  hashesOf,
  fromBase64,
  readCheckpoint,
  readVerifier,
  toHex,
  verifyCheckpoint,
  verifyConsistency,
  type Checkpoint,
  type Verifier,
} from '@yba/audit/proof';
import { keepPins, readPins } from './pins.ts';

/** Why the log as a whole cannot be believed, or not be checked. */
export type LogFault =
  'unknown-key' | 'bad-signature' | 'forked' | 'rolled-back' | 'no-ed25519' | 'unreachable';

export class LogFaultError extends Error {
  readonly fault: LogFault;

  constructor(fault: LogFault) {
    super(fault);
    this.fault = fault;
  }
}

/** A head whose signature and whose going on from the last one seen this browser has checked. */
export type TrustedHead = { checkpoint: Checkpoint; root: string; key: Verifier; since: number | undefined };

type ToldKey = { verifier: string; handover?: string };

/**
 * Believes a head when a key signed it that this browser knows, or that one it knows has vouched for, and when the
 * tree goes on from the newest head seen here. The first key and head are taken as they come, and remembered.
 * Throws LogFaultError.
 */
export async function trustHead(note: string): Promise<TrustedHead> {
  const pins = readPins();
  const checkpoint = readCheckpoint(note);
  const key = await signerOf(checkpoint, pins.verifier);
  const seen = pins.checkpoint ? readCheckpoint(pins.checkpoint) : undefined;
  const head = { checkpoint, root: toHex(checkpoint.root), key, since: seen?.time };
  if (seen && seen.size > checkpoint.size) throw new LogFaultError('rolled-back');
  if (seen && !(await goesOn(seen, checkpoint))) throw new LogFaultError('forked');
  if (!seen || checkpoint.time >= seen.time) keepPins({ verifier: lineOf(key), checkpoint: note });
  return head;
}

const lineOf = ({ name, id, publicKey }: Verifier) =>
  `${name}+${id}+${btoa(String.fromCharCode(1, ...publicKey))}`;

/** The key that signed, reached from the one that is pinned by heads that both of two keys signed. */
async function signerOf(checkpoint: Checkpoint, pinned: string | undefined): Promise<Verifier> {
  const { keys } = await ask<{ keys: ToldKey[] }>('/audit/keys');
  const lines = keys.map(({ verifier }) => verifier);
  const start = pinned ?? lines.at(-1);
  if (!start || (pinned && !lines.includes(pinned))) throw new LogFaultError('unknown-key');
  let trusted = await readVerifier(start);
  for (const { verifier, handover } of keys.slice(lines.indexOf(start) + 1)) {
    const note = handover === undefined ? undefined : readCheckpoint(handover);
    if (!note || !(await isSigned(note, trusted))) throw new LogFaultError('unknown-key');
    trusted = await readVerifier(verifier);
  }
  if (!(await isSigned(checkpoint, trusted))) throw new LogFaultError('bad-signature');
  return trusted;
}

async function isSigned(checkpoint: Checkpoint, key: Verifier): Promise<boolean> {
  try {
    return await verifyCheckpoint(checkpoint, key);
  } catch (error) {
    const { name } = error as Error;
    throw name === 'NotSupportedError' || name === 'TypeError' ? new LogFaultError('no-ed25519') : error;
  }
}

async function goesOn(seen: Checkpoint, now: Checkpoint): Promise<boolean> {
  const query = `first=${seen.size}&second=${now.size}`;
  const { consistency } = await ask<{ consistency: string[] }>(`/audit/sth-consistency?${query}`);
  return verifyConsistency({
    first: seen.size,
    firstRoot: seen.root,
    second: now.size,
    secondRoot: now.root,
    path: consistency.flatMap((hash) => hashesOf(fromBase64(hash))),
  });
}

/** What is public needs no session. */
async function ask<Answer>(path: string): Promise<Answer> {
  const response = await fetch(path).catch(() => undefined);
  if (!response?.ok) throw new LogFaultError('unreachable');
  return (await response.json()) as Answer;
}
