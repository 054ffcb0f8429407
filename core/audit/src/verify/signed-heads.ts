import { readCheckpoint, toHex, type Verifier } from '../proof/index.ts';
import type { Findings } from './findings.ts';
import { isSignedByOne } from './trusted-keys.ts';

/** A head whose signature is good: the root the tree has to have at that size. */
export type ExpectedHead = { size: number; root: string; where: string };

/** Reads heads and checks their signatures; one that nobody trusted has signed is a finding. In order of size. */
export async function expectedHeads(
  heads: readonly { checkpoint: string; where: string }[],
  keys: readonly Verifier[],
  findings: Findings,
): Promise<ExpectedHead[]> {
  const expected: ExpectedHead[] = [];
  for (const { checkpoint: note, where } of heads) {
    try {
      const checkpoint = readCheckpoint(note);
      const { size, root, time } = checkpoint;
      const at = `${where}, head of ${new Date(time * 1000).toISOString()} over ${size} entries`;
      if (await isSignedByOne(checkpoint, keys)) expected.push({ size, root: toHex(root), where: at });
      else findings.add({ kind: 'key', words: `${at}: no trusted key has signed it` });
    } catch (error) {
      findings.add({ kind: 'unreadable', words: `${where}: ${(error as Error).message}` });
    }
  }
  return expected.sort((a, b) => a.size - b.size);
}
