import { readSettings } from '../config.ts';
import { progressOn } from '../progress.ts';
import { bringUp } from './bring-up.ts';

/** Loads a demonstration nation into a data folder and ends. */
export async function runDemo(args: string[]): Promise<number> {
  const progress = progressOn(process.stderr);
  const settings = readSettings(args, { demo: true, log: 'warn' });
  const running = await bringUp({ ...settings, port: 0 }, Promise.resolve(undefined), progress);
  await running.stop();
  process.stdout.write(`Demonstration nation in ${running.dataDir}\n`);
  return 0;
}
