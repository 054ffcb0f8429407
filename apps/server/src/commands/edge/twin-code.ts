import { makeTwinCode } from '@yba/edge';
import { say } from '../admin/words.ts';
import type { EdgeLine } from './index.ts';

/** `yba edge twin-code`: a new emergency code of the twin, to be printed and sealed. */
export async function runTwinCode({ folder }: EdgeLine): Promise<number> {
  const code = makeTwinCode(folder, Date.now());
  say(
    `Emergency code of the twin: ${code}`,
    '  shown this once, kept as a hash; it replaces the one before',
    '  print it, seal it in an envelope, keep it at the ward; the status page tells when it was first used',
  );
  return 0;
}
