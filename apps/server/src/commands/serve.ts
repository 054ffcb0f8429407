import { readSettings } from '../config.ts';
import { progressOn } from '../progress.ts';
import { bringUp } from './bring-up.ts';
import { untilStopped } from './until-stopped.ts';
import { existingWeb } from './web-build.ts';

/** The server alone, without the demonstration unless asked for. */
export async function runServe(args: string[]): Promise<number> {
  const progress = progressOn(process.stderr);
  const settings = readSettings(args, { demo: false, log: 'info' });
  const running = await bringUp(settings, Promise.resolve(existingWeb()), progress);
  process.stdout.write(`Y Bạ ready at ${running.url}\n`);
  return untilStopped(running, progress);
}
