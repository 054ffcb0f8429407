import { readSettings } from '../config.ts';
import { progressOn } from '../progress.ts';
import { bringUp } from './bring-up.ts';
import type { Running } from './bring-up.ts';
import { untilStopped } from './until-stopped.ts';
import { builtWeb } from './web-build.ts';

/** Everything on this machine, with the demonstration nation: what `npm start` runs. */
export async function runStart(args: string[]): Promise<number> {
  const progress = progressOn(process.stderr);
  const settings = readSettings(args, { demo: true, log: 'warn' });
  const running = await bringUp(settings, builtWeb(progress), progress);
  process.stderr.write(welcome(running));
  process.stdout.write(`Y Bạ ready at ${running.url}\n`);
  return untilStopped(running, progress);
}

function welcome({ url, dataDir, signIn }: Running): string {
  if (signIn.length === 0) return '';
  const people = signIn.map(
    ({ role, username, password, name }) =>
      `  ${role.padEnd(18)} ${username.padEnd(24)} ${password.padEnd(16)} ${name}`,
  );
  const doors = [`  ${url}/clinic   staff`, `  ${url}/book     citizens`, `  ${url}/command  authorities`];
  return [
    '',
    'Demonstration: everybody here is invented. Who can sign in (all of them in',
    `${dataDir}/demo.json):`,
    ...people,
    '',
    ...doors,
    'Ctrl-C stops.',
    '',
    '',
  ].join('\n');
}
