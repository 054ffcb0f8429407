import { rotateKey } from '@yba/audit';
import { progressOn } from '../../progress.ts';
import { headOptions } from '../../serve/tree.ts';
import { withDatabase } from '../admin/open-database.ts';
import { readLine } from '../admin/options.ts';
import { say } from '../admin/words.ts';
import { operatorLog } from '../operator.ts';

/** `yba audit rotate`: a new signing key. A running server signs with it from the next minute on. */
export async function runAuditRotate(args: string[]): Promise<number> {
  const line = readLine(args, { by: 'text' });
  return withDatabase(line, progressOn(process.stderr), async ({ owner }) => {
    const { signer, from } = await rotateKey(headOptions(line, 'http://localhost:8080', owner));
    const log = await operatorLog(owner);
    await log.log({
      by: line.text['by'],
      command: 'audit rotate',
      action: 'security',
      target: `key/${signer.id}`,
    });
    say(
      `The access log is signed with a new key: ${signer.verifier}`,
      from
        ? `  the key before, ${from.id}, signed for it`
        : '  the key before is not on this machine and could not sign for the new one: everybody who checks will be told',
      '  publish this line where people can find it without this server',
    );
    return 0;
  });
}
