import { connect, type Sql } from '@yba/postgres';

/** Connections by what they may do. `lookup` asks for what decisions rest on, by key, as the owner; `log` writes the access log and waits for nobody else's work; `sequencer` builds the tree over it. */
export type DatabasePools = { owner: Sql; lookup: Sql; reader: Sql; writer: Sql; log: Sql; sequencer: Sql };

/** Most connections of each pool. */
const MOST = { owner: 6, lookup: 4, reader: 12, writer: 8, log: 2, sequencer: 1 } as const;

/** How long what is only read waits for somebody's lock on a table, and a look for being logged, in ms. */
const READ_PATIENCE_MS = 3_000;
const LOG_PATIENCE_MS = 10_000;

/** Beside the pools of each process: one that hears what the database tells; and for all: commands, and who looks after the database. */
const HEARING = 1;
const BESIDE = 20;

/** Connections that a server may open: of its own process, or of its workers and their parent. */
export function connectionsMost({ workers = 1 }: { workers?: number | undefined }): number {
  const each = Object.values(MOST).reduce<number>((sum, most) => sum + most, HEARING);
  return each * (workers === 1 ? 1 : workers + 1) + BESIDE;
}

/** Opens the pools; a connection is made when first needed. */
export function openPools(url: string): DatabasePools {
  return {
    owner: connect(url, { max: MOST.owner, applicationName: 'yba-owner' }),
    lookup: connect(url, {
      lookups: true,
      max: MOST.lookup,
      lockTimeoutMs: READ_PATIENCE_MS,
      applicationName: 'yba-lookup',
    }),
    reader: connect(url, {
      role: 'yba_reader',
      max: MOST.reader,
      lockTimeoutMs: READ_PATIENCE_MS,
      applicationName: 'yba-reader',
    }),
    writer: connect(url, { role: 'yba_writer', max: MOST.writer, applicationName: 'yba-writer' }),
    log: connect(url, {
      role: 'yba_writer',
      max: MOST.log,
      lockTimeoutMs: LOG_PATIENCE_MS,
      applicationName: 'yba-log',
    }),
    sequencer: connect(url, { role: 'yba_sequencer', max: MOST.sequencer, applicationName: 'yba-sequencer' }),
  };
}

/** Lets running queries finish for up to two seconds, then closes. */
export async function closePools(pools: DatabasePools): Promise<void> {
  await Promise.all(Object.values(pools).map((pool) => pool.end({ timeout: 2 })));
}
