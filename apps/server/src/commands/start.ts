import { join } from 'node:path';
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

/** One of each role: enough to look around. demo.json has them all. */
function welcome({ url, dataDir, signIn }: Running): string {
  const roles = [
    ...new Map(signIn.toReversed().map((person) => [person.role, person])).values(),
  ].toReversed();
  if (roles.length === 0) return '';
  const people = roles.map(
    ({ role, username, password, name }) =>
      `  ${role.padEnd(18)} ${username.padEnd(24)} ${password.padEnd(18)} ${name}`,
  );
  return [
    '',
    `  ${url}/clinic    staff`,
    `  ${url}/book      citizens`,
    `  ${url}/command   authorities`,
    '',
    'A demonstration: everybody in it is invented. Who can sign in, one of each role:',
    ...people,
    `All ${signIn.length} of them: ${join(dataDir, 'demo.json')}`,
    'Ctrl-C stops.',
    '',
    '',
  ].join('\n');
}
