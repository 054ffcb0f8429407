import { readCheckpoint, toHex, type Verifier } from '../proof/index.ts';
import type { Findings } from './findings.ts';
import { isSignedByOne } from './trusted-keys.ts';

/** A head whose signature is good: the root the tree has to have at that size. */
export type ExpectedHead = { size: number; root: string; where: string };

/** A head as it is kept; `row` is what the database tells of it beside the signed note. */
export type KeptHead = {
  checkpoint: string;
  where: string;
  row?: { size: number; root: string; at: Date };
};

/** Reads heads and checks their signatures; one that nobody trusted has signed, or that is told otherwise than it was signed, is a finding. In order of size. */
export async function expectedHeads(
  heads: readonly KeptHead[],
  keys: readonly Verifier[],
  findings: Findings,
): Promise<ExpectedHead[]> {
  const expected: ExpectedHead[] = [];
  for (const { checkpoint: note, where, row } of heads) {
    try {
      const checkpoint = readCheckpoint(note);
      const { size, root, time } = checkpoint;
      const at = `${where}, head of ${new Date(time * 1000).toISOString()} over ${size} entries`;
      if (!(await isSignedByOne(checkpoint, keys))) {
        findings.add({ kind: 'key', words: `${at}: no trusted key has signed it` });
        continue;
      }
      expected.push({ size, root: toHex(root), where: at });
      if (row && (row.size !== size || row.root !== toHex(root) || secondOf(row.at) !== time))
        findings.add({
          kind: 'changed',
          words: `${at}: size, root or time of its row are not what was signed`,
        });
    } catch (error) {
      findings.add({ kind: 'unreadable', words: `${where}: ${(error as Error).message}` });
    }
  }
  return expected.sort((a, b) => a.size - b.size);
}

const secondOf = (at: Date): number => Math.floor(at.getTime() / 1000);
