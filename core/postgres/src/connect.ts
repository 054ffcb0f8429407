import type postgres from 'postgres';
import { driver } from './driver.ts';
import { gatheringSocket } from './gathering-socket.ts';

/** A pool of connections; `` sql`…` `` runs a query. */
export type Sql = postgres.Sql;

/** One open transaction, as `sql.begin` hands it over. */
export type Transaction = postgres.TransactionSql;

/** A query under way, or a fragment of one. */
export type PendingQuery<T extends readonly any[]> = postgres.PendingQuery<T>; // oxlint-disable-line no-explicit-any -- as the driver declares it

export type ConnectOptions = {
  /** The database role all queries run as; without it the login of the URL (the owner). */
  role?: 'yba_reader' | 'yba_writer' | 'yba_sequencer';
  /** Most connections at once; 10 unless said. */
  max?: number;
  /**
   * For look-ups by key that are asked again and again: planned once for all values, by index however small the tables
   * are. Planning such a question takes ten times as long as answering it.
   */
  lookups?: boolean;
  /**
   * How long a statement waits for a lock that another holds, in ms; for ever when absent. Who waits keeps a connection from all
   * others: somebody's lock on one table would hold up what has nothing to do with it.
   */
  lockTimeoutMs?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
};

/** int8 arrives as a number while that is exact, else as its digits. */
const int8 = {
  to: 20,
  from: [20],
  serialize: (value: unknown) => String(value),
  parse: (digits: string) => (Number.isSafeInteger(Number(digits)) ? Number(digits) : digits),
};

/** Many ask at once: a statement has one process of the database to itself. Said as text: the driver leaves out a number 0. */
const NO_HELPERS = { max_parallel_workers_per_gather: '0' as unknown as number };

/** The first and the last moment that PostgreSQL and JavaScript write alike, in ms since 1970: the years 1 to 9999. */
const [FIRST, LAST] = [-62_135_596_800_000, 253_402_300_799_999];

/**
 * Dates and timestamps as the driver has them, but for the first century, whose years JavaScript takes for ours: 0001 for 2001.
 * What is asked from before the first moment, or until after the last, is asked from or until that.
 */
const date = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (value: Date | string | number) =>
    new Date(Math.min(Math.max(new Date(value).getTime(), FIRST), LAST)).toISOString(),
  parse: (text: string) => (text.startsWith('00') ? ofFirstCentury(text) : new Date(text)),
};

function ofFirstCentury(text: string): Date {
  const [, day, time = '00:00:00', sign, ...parts] =
    /^(\S+)(?: ([\d:.]+)(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?)?$/.exec(text) ?? [];
  const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  const offsetMs = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  return new Date(Date.parse(`${day}T${time}Z`) - (sign === '-' ? -offsetMs : offsetMs));
}

/**
 * Opens a pool on a PostgreSQL URL; connections are made when first needed.
 * A unix socket is written as libpq does: `postgres://user@localhost/database?host=/folder`.
 * Readers plan every statement with its values known unless they say otherwise.
 */
export function connect(url: string, options: ConnectOptions = {}): Sql {
  const { address, socket } = splitSocket(url);
  return driver(address, {
    ...(socket ? { path: socket, socket: () => gatheringSocket(socket) } : numberedHost(address)),
    max: options.max ?? 10,
    backoff: reconnectAfterS,
    types: { int8, date },
    onnotice: () => {},
    connection: {
      application_name: options.applicationName ?? 'yba',
      ...(options.role ? { role: options.role } : {}),
      ...(options.role === 'yba_reader' ? { plan_cache_mode: 'force_custom_plan', ...NO_HELPERS } : {}),
      ...(options.lookups
        ? { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off', ...NO_HELPERS }
        : {}),
      ...(options.lockTimeoutMs ? { lock_timeout: options.lockTimeoutMs } : {}),
    },
  }) as unknown as Sql;
}

/**
 * How long a pool waits before the next attempt to connect, in seconds, after so many that failed: at most one, so that a
 * database that is back is used at once. The driver's own pauses grow to 20 s, for each connection in turn.
 */
export function reconnectAfterS(failures: number, random: () => number = Math.random): number {
  return Math.min(1, 0.05 * 2 ** failures) * (0.5 + random() / 2);
}

/** Why a database cannot be worked with at the moment; undefined when it can. A standby is one that takes no writes. */
export async function failureOf(url: string): Promise<unknown> {
  const sql = connect(url, { max: 1 });
  try {
    const [row] = await sql<{ standby: boolean }[]>`select pg_is_in_recovery() as standby`;
    return row!.standby
      ? Object.assign(new Error('it is a standby, which takes no writes'), { code: '25006' })
      : undefined;
  } catch (error) {
    return error;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The same server, another database. */
export function onDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

function splitSocket(text: string): { address: string; socket: string | undefined } {
  const url = new URL(text);
  const folder = url.searchParams.get('host');
  if (!folder?.startsWith('/')) return { address: text, socket: undefined };
  url.searchParams.delete('host');
  return { address: url.href, socket: `${folder}/.s.PGSQL.${url.port || 5432}` };
}

/**
 * An IPv6 address without its brackets, which the driver would look up as a name. It reads no colon in a list, which its
 * types do not tell. Source: RFC 3986 3.2.2
 */
function numberedHost(address: string): { host?: string; port?: number } {
  const { hostname, port } = new URL(address);
  const only = (list: (string | number)[]) => list as never;
  return hostname.startsWith('[')
    ? { host: only([hostname.slice(1, -1)]), port: only([Number(port || 5432)]) }
    : {};
}
