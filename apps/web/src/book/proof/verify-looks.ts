import {
  agentDigest,
  fromBase64,
  hashesOf,
  leafHash,
  readEntry,
  reasonDigest,
  toHex,
  verifyInclusion,
  type Told,
} from '@yba/audit/proof';
import { fhir } from '../../fhir/client.ts';
import type { AuditEvent } from '../record/fhir.ts';
import { LogFaultError, trustHead, type TrustedHead } from './log-head.ts';
import { isSameLook } from './same-look.ts';

/** What this browser found about one look. `pending`: younger than the newest head. */
export type LookProof =
  | { state: 'verified'; entry: string; index: number; head: TrustedHead }
  | { state: 'mismatch' | 'pending' | 'absent' };

/** Looks proved with one request. */
const AT_ONCE = 500;

/** Hashing gives way to the screen after so many looks. */
const BREATH = 50;

type Part = { name: string; valueString?: string; valueId?: string; valueBase64Binary?: string };
type Answer = { parameter?: (Part & { part?: Part[] })[] };

/**
 * Checks looks against the log: each must stand, as it is shown, at its place in a tree whose head this browser
 * believes. Tells what it found as it goes on. Throws LogFaultError when the log as a whole is not to be believed.
 */
export async function verifyLooks(
  events: readonly AuditEvent[],
  found: (proofs: ReadonlyMap<string, LookProof>) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < events.length && !signal.aborted; at += AT_ONCE) {
    const page = events.slice(at, at + AT_ONCE);
    const { parameter = [] } = await fhir<Answer>('AuditEvent/$inclusion-proof', {
      method: 'POST',
      reads: true,
      signal,
      body: {
        resourceType: 'Parameters',
        parameter: page.map(({ id }) => ({ name: 'event', valueId: id })),
      },
    }).catch(() => {
      throw new LogFaultError('unreachable');
    });
    const note = parameter.find(({ name }) => name === 'checkpoint')?.valueString;
    if (!note) throw new LogFaultError('unreachable');
    const head = await trustHead(note);
    const byId = new Map(
      parameter.flatMap(({ name, part = [] }) =>
        name === 'proof' ? [[valueOf(part, 'event') ?? '', part] as const] : [],
      ),
    );
    const pending = new Set(parameter.flatMap(({ name, valueId }) => (name === 'pending' ? [valueId] : [])));
    let proofs = new Map<string, LookProof>();
    for (const [n, event] of page.entries()) {
      const id = event.id ?? '';
      const part = byId.get(id);
      proofs.set(
        id,
        part ? await verifyOne(event, part, head) : { state: pending.has(id) ? 'pending' : 'absent' },
      );
      if (n % BREATH < BREATH - 1) continue;
      found(proofs);
      proofs = new Map();
      await new Promise((resolve) => setTimeout(resolve));
    }
    found(proofs);
  }
}

async function verifyOne(event: AuditEvent, part: readonly Part[], head: TrustedHead): Promise<LookProof> {
  try {
    const text = valueOf(part, 'entry') ?? '';
    const entry = readEntry(text);
    const index = Number(valueOf(part, 'index'));
    const told = JSON.parse(valueOf(part, 'agent') ?? '[]') as Told;
    const reason = valueOf(part, 'reason');
    const leaf = await leafHash(text);
    const { size, root } = head.checkpoint;
    const path = hashesOf(fromBase64(valueOf(part, 'path') ?? ''));
    const salt = valueOf(part, 'reasonSalt') ?? null;
    const isProved =
      (await verifyInclusion({ leaf, index, size, path, root })) &&
      (await agentDigest(told)) === entry.agent &&
      (reason === undefined || (await reasonDigest(reason, salt)) === entry.reason) &&
      isSameLook(event, entry, told, reason);
    return isProved ? { state: 'verified', entry: toHex(leaf), index, head } : { state: 'mismatch' };
  } catch {
    return { state: 'mismatch' };
  }
}

function valueOf(part: readonly Part[], name: string): string | undefined {
  const found = part.find((one) => one.name === name);
  return found?.valueString ?? found?.valueId ?? found?.valueBase64Binary;
}
