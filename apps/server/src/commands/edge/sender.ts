import { makeSenderToken, removeSender } from '@yba/edge';
import { ConfigError } from '../../config.ts';
import { say } from '../admin/words.ts';
import type { EdgeLine } from './index.ts';

/** `yba edge sender`: a token by which a system of the hospital signs in at the agent; with `--remove` it counts no more. */
export async function runSender({ folder, text, on }: EdgeLine): Promise<number> {
  const { name } = text;
  if (!name) throw new ConfigError('Which system? yba edge sender --name HIS [--remove]');
  if (on['remove']) {
    const had = removeSender(folder, name);
    say(had ? `${name} may not send any more.` : `${name} has no token here.`);
    return had ? 0 : 1;
  }
  say(
    `Token of ${name}: ${makeSenderToken(folder, name, Date.now())}`,
    '  shown this once, kept as a hash; it replaces the one before',
    '  the system sends it with each request: Authorization: Bearer <token>',
  );
  return 0;
}
