import { eraseReason } from '@yba/audit';
import { ConfigError } from '../../config.ts';
import { progressOn } from '../../progress.ts';
import { withDatabase } from '../admin/open-database.ts';
import { readLine } from '../admin/options.ts';
import { say } from '../admin/words.ts';
import { operatorLog } from '../operator.ts';

/** `yba audit erase-reason`: the words go, their digest stays, and the log says who ordered it. */
export async function runEraseReason(args: string[]): Promise<number> {
  const line = readLine(args, { by: 'text', reason: 'text' });
  const [, id] = /^AuditEvent\/([0-9a-z]+-[0-9a-z]+)$/.exec(line.named[0] ?? '') ?? [];
  const { by, reason } = line.text;
  if (!id) throw new ConfigError('Which look? yba audit erase-reason AuditEvent/ID --by WHO --reason WHY');
  if (!by || !reason)
    throw new ConfigError('An erasure is accounted for. Say who orders it and why: --by WHO --reason WHY');
  return withDatabase(line, progressOn(process.stderr), async ({ owner }) => {
    const log = await operatorLog(owner);
    const erased = await owner.begin(async (db) => {
      const found = await eraseReason(db, id);
      if (found)
        await log.write(db, {
          by,
          reason,
          command: 'audit erase-reason',
          action: 'erase',
          persons: found.person ? [found.person] : [],
          target: `AuditEvent/${id}`,
          count: 1,
        });
      return found;
    });
    if (!erased) throw new ConfigError(`AuditEvent/${id} is not known here, or has no typed reason.`);
    say(`The typed reason of AuditEvent/${id} is erased; the tree still holds, and the log tells of it`);
    return 0;
  });
}
