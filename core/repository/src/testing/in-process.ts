import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** As much heap as a small server has. */
const HEAP_MB = 128;

/** What `maxRSS` says of a process begins, on Linux, with what its parent held: a test's own process may hold more than the work. */
const PROGRAM = `
  import { existsSync, readFileSync } from 'node:fs';
  const status = '/proc/self/status';
  const peakMb = () => existsSync(status)
    ? Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync(status, 'utf8'))[1]) / 1024
    : process.resourceUsage().maxRSS / 1024;
  const [module, work, ...args] = process.argv.slice(1);
  const answer = await (await import(module))[work](...args.map((one) => JSON.parse(one)));
  console.log(JSON.stringify({ answer, peakMb: peakMb() }));
  process.exit();
`;

/**
 * Does what a module exports under the name `work` in a process of its own with a small heap; answers what that answered, and
 * how much memory the process had at its most, in MB. Rejects where it ended before.
 */
export async function inProcess<Answer>(
  module: URL,
  work: string,
  ...args: readonly unknown[]
): Promise<{ answer: Answer; peakMb: number }> {
  const heap = `--max-old-space-size=${HEAP_MB}`;
  const given = [module.href, work, ...args.map((one) => JSON.stringify(one))];
  const { stdout } = await promisify(execFile)(process.execPath, [
    heap,
    '--input-type=module',
    '--eval',
    PROGRAM,
    ...given,
  ]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as { answer: Answer; peakMb: number };
}
