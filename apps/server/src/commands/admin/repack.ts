import { repack } from '@yba/repository';
import { progressOn, telling } from '../../progress.ts';
import { operatorLog } from '../operator.ts';
import { withDatabase } from './open-database.ts';
import { readLine } from './options.ts';
import { serversOn } from './servers-on.ts';
import { bytes, number, say, seconds } from './words.ts';

/** `yba admin repack`: merges what single writes left, person by person, beside a running server. */
export async function runRepack(args: string[]): Promise<number> {
  const line = readLine(args, { 'return-space': 'switch', by: 'text' });
  const progress = progressOn(process.stderr);
  return withDatabase(line, progress, async ({ owner }) => {
    const { log } = await operatorLog(owner);
    await log({ by: line.text['by'], command: 'admin repack', action: 'operation', target: 'system' });
    const started = performance.now();
    const stop = new AbortController();
    process.once('SIGINT', () =>
      stop.abort(new Error('Stopped: what was repacked stays so; run it again for the rest.')),
    );
    const returnSpace = line.on['return-space'] ?? false;
    // replaced frames are kept for readers, if there are any
    const grace = (await serversOn(owner)) ? {} : { graceMs: 0 };
    const done = await telling(progress, (tell) =>
      repack(owner, { progress: tell, signal: stop.signal, returnSpace, ...grace }),
    );
    say(
      `Repacked ${number(done.persons)} charts with ${number(done.resources)} resources in ${seconds(started)}`,
      `  frames   ${number(done.framesBefore)} became ${number(done.framesAfter)}; texts ${bytes(done.frameBytesBefore)} → ${bytes(done.frameBytesAfter)}`,
      `  on disk  ${bytes(done.tableBytesBefore)} → ${bytes(done.tableBytesAfter)}`,
      ...(returnSpace
        ? []
        : [
            '  freed room is used by what is written next; to give it back to the disk, at a quiet hour: --return-space',
          ]),
    );
    return 0;
  });
}
