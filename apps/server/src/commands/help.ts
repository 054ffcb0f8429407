import { SETTINGS } from '../settings.ts';
import type { Setting } from '../settings.ts';
import { ADMIN } from './admin/index.ts';
import { AUDIT } from './audit/index.ts';
import type { Command } from './index.ts';

/** Lists the commands and settings. */
export async function runHelp(commands: Record<string, Command>): Promise<number> {
  process.stdout.write(`${page(commands)}\n`);
  return 0;
}

function page(commands: Record<string, Command>): string {
  const lines = Object.entries(commands).map(([name, { summary, usage }]) =>
    row(`yba ${name} ${usage}`, summary),
  );
  const settings = Object.values<Setting>(SETTINGS).map(({ flag, env, meaning, standard }) =>
    row(`${flag ? `--${flag}, ` : ''}${env}`, `${meaning} (${standard})`),
  );
  return [
    'Y Bạ: one person, one record, every hospital',
    '',
    'Commands (npm start = yba start, npm test = yba test)',
    ...lines,
    '',
    'Operations on the database (docs/operations.md)',
    ...Object.entries(ADMIN).flatMap(([name, { summary, usage }]) => [
      `  yba admin ${name} ${usage}`,
      row('', summary),
    ]),
    '',
    'Operations on the access log (docs/audit-log.md)',
    ...Object.entries(AUDIT).flatMap(([name, { summary, usage }]) => [
      `  yba audit ${name} ${usage}`,
      row('', summary),
    ]),
    '',
    'Settings',
    ...settings,
  ].join('\n');
}

const row = (left: string, right: string) => `  ${left.trim().padEnd(36)} ${right}`;
