import { startEdge } from '@yba/edge';
import { safeError } from '@yba/http';
import { progressOn } from '../../progress.ts';
import { untilStopped } from '../until-stopped.ts';
import type { EdgeLine } from './index.ts';

/** `yba edge run`: the agent, until it is stopped. */
export async function runAgent({ folder }: EdgeLine): Promise<number> {
  const edge = await startEdge({ folder, onError: logError });
  process.stdout.write(`Y Bạ edge ready at ${edge.url}\n`);
  return untilStopped(edge, progressOn(process.stderr));
}

/** One line for the service's log; messages that might quote a record are left out. */
function logError(error: unknown): void {
  process.stderr.write(`${JSON.stringify({ level: 'error', ...safeError(error) })}\n`);
}
