import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const LAUNCHER = join(import.meta.dirname, '..', '..', '..', '..', 'bin', 'yba.js');
const START_MS = 180_000;

/** A server in a process of its own, ready. `errors` is what it wrote on standard error. */
export type ServerProcess = { child: ChildProcess; url: string; errors(): string };

/**
 * Runs `yba serve`, with one worker unless told, and resolves with its ready line. Rejects with what it said when it
 * ends before, or is not ready `withinMs`. By the `launcher` it runs as it is installed, with its limits of memory; without, one signal reaches it.
 */
export async function serverProcess(
  args: readonly string[],
  { launcher = false, withinMs = START_MS } = {},
): Promise<ServerProcess> {
  const one = args.includes('--workers') ? [] : ['--workers', '1'];
  const child = spawn(process.execPath, [launcher ? LAUNCHER : MAIN, 'serve', ...one, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const signal = AbortSignal.timeout(withinMs);
  const ended = once(child, 'exit', { signal }).then(() => undefined);
  ended.catch(() => {});
  let url: string | undefined;
  try {
    url = await Promise.race([readyUrl(child, signal), ended]);
  } catch (cause) {
    child.kill('SIGKILL'); // one that comes late would be in the way of the next
    throw new Error(`The server was not ready after ${withinMs / 1000} s:\n${errors}`, { cause });
  }
  if (!url) throw new Error(`The server ended before it was ready:\n${errors}`);
  return { child, url, errors: () => errors };
}

async function readyUrl(child: ChildProcess, signal: AbortSignal): Promise<string> {
  let output = '';
  for (;;) {
    const [text] = (await once(child.stdout!, 'data', { signal })) as [Buffer];
    output += text.toString();
    const url = /^Y Bạ ready at (\S+)$/m.exec(output)?.[1];
    if (url) return url;
  }
}
