import { readFileSync } from 'node:fs';
import { tryHl7v2 } from '@yba/edge';
import { ConfigError } from '../../config.ts';
import { say } from '../admin/words.ts';
import type { EdgeLine } from './index.ts';

/** `yba edge try FILE`: what an HL7 v2 message becomes, and what of it is set aside; nothing is kept or sent. */
export async function runTry({ named: [file], text }: EdgeLine): Promise<number> {
  if (!file) throw new ConfigError('Which message? yba edge try message.hl7 [--facility 27001]');
  const { event, entries, accounts } = tryHl7v2(readFileSync(file), text['facility'] ?? '00000');
  say(
    JSON.stringify({ event, entries }, null, 2),
    '',
    `Fields read ${accounts.read} = mapped ${accounts.mapped} + set aside ${accounts.setAside.length}`,
    ...accounts.setAside.map(({ place, reason }) => `  ${place.padEnd(10)} ${reason}`),
  );
  return 0;
}
