import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openFolder } from '@yba/postgres';
import { ConfigError, readSettings, secretKeyFile } from '../../config.ts';
import { ROOT } from '../root.ts';

/** The flags an operation takes besides --data; `true` has no value. */
export type Flags = Record<string, 'text' | 'switch'>;

/** The line of an operation, read: what stands alone, its flags, and which database it is about. */
export type Line = {
  named: string[];
  text: Record<string, string | undefined>;
  on: Record<string, boolean>;
  dataDir: string;
  databaseUrl: string | undefined;
  /** Folder the signed heads of the access log are written to, when it is not in the data folder. */
  auditWitness?: string;
  /** Of the key that secrets in the database are sealed with. */
  secretKeyFile: string;
};

/** Reads the arguments of an operation; --data and DATABASE_URL mean what they mean to the server. */
export function readLine(args: readonly string[], flags: Flags): Line {
  const options = Object.fromEntries(
    Object.entries({ ...flags, data: 'text' as const, 'secret-key': 'text' as const }).map(([name, kind]) => [
      name,
      { type: kind === 'text' ? ('string' as const) : ('boolean' as const) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const data = values['data'] as string | undefined;
    const key = values['secret-key'] as string | undefined;
    const said = [...(data === undefined ? [] : ['--data', data]), ...(key ? ['--secret-key', key] : [])];
    const settings = readSettings(said, { demo: false, log: 'warn' });
    const dataDir = settings.dataDir ? resolve(settings.dataDir) : openFolder(join(ROOT, '.yba'));
    return {
      named: positionals,
      text: values as Record<string, string | undefined>,
      on: values as unknown as Record<string, boolean>,
      dataDir,
      databaseUrl: settings.databaseUrl,
      ...(settings.auditWitness ? { auditWitness: settings.auditWitness } : {}),
      secretKeyFile: secretKeyFile({ ...settings, dataDir }),
    };
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(
      `${(cause as Error).message.split('. To specify')[0]}. "yba admin" lists the operations.`,
      { cause },
    );
  }
}

/** A moment as people write it; without a zone it is this machine's time. */
export function readMoment(text: string): Date {
  const moment = new Date(text.trim().replace(' ', 'T'));
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text.trim()) || Number.isNaN(moment.getTime()))
    throw new ConfigError(
      `"${text}" is not a moment. Write it as 2026-11-22T14:05:00+07:00, or "2026-11-22 14:05:00" in the time of this machine.`,
    );
  return moment;
}

/** A count from 1. */
export function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new ConfigError(`--${name} must be a number from 1, not "${text}".`);
  return Number(text);
}
