import { enrol } from '@yba/edge';
import { ConfigError } from '../../config.ts';
import { say } from '../admin/words.ts';
import type { EdgeLine } from './index.ts';

/** `yba edge enrol`: redeems the one-time code of the hub's operator. */
export async function runEnrol({ folder, text }: EdgeLine): Promise<number> {
  const { hub, code } = text;
  if (!hub || !code || !URL.canParse(hub))
    throw new ConfigError(
      'Where to, and by which code? yba edge enrol --hub https://yba.vn --code XXXXX-XXXXX-XXXXX-XXXXX',
    );
  const { facility, facilityName, clientId } = await enrol(folder, hub, code);
  say(
    `Enrolled as the edge of ${facilityName} (${facility}), client ${clientId}.`,
    `  keys and outbox: ${folder}`,
    '  next: fill in edge.json there (docs/edge.md), then yba edge run, or yba edge install-service --print',
  );
  return 0;
}
