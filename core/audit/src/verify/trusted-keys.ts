import {
  readCheckpoint,
  readVerifier,
  verifyCheckpoint,
  type Checkpoint,
  type Verifier,
} from '../proof/index.ts';
import type { Findings } from './findings.ts';

/** A key as the log tells of it. */
export type ToldKey = { verifier: string; since: string; handover?: string | undefined };

/**
 * The keys one may trust: those given from elsewhere, and each later one that a trusted key vouched for. Without any
 * from elsewhere the log's first is taken at its word. A key that nobody vouched for is a finding.
 */
export async function trustedKeys(
  told: readonly ToldKey[],
  pinned: readonly string[],
  findings: Findings,
): Promise<Verifier[]> {
  const trusted: Verifier[] = await Promise.all(pinned.map(readVerifier));
  const isPinned = trusted.length > 0;
  for (const { verifier: line, since, handover } of told) {
    const key = await readVerifier(line);
    if (trusted.some(({ id, name }) => id === key.id && name === key.name)) continue;
    if (trusted.length === 0 && !isPinned) trusted.push(key);
    else if (handover && (await isSignedByOne(readCheckpoint(handover), trusted))) trusted.push(key);
    else
      findings.add({
        kind: 'key',
        words: `key ${line} is in use since ${since}, and no key known before has signed for it`,
      });
  }
  return trusted;
}

export async function isSignedByOne(checkpoint: Checkpoint, keys: readonly Verifier[]): Promise<boolean> {
  for (const key of keys) if (await verifyCheckpoint(checkpoint, key)) return true;
  return false;
}
