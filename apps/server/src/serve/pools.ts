import { connect, type Sql } from '@yba/postgres';

/** Connections by what they may do. `lookup` asks for what decisions rest on, by key, as the owner; `log` writes the access log and waits for nobody else's work; `sequencer` builds the tree over it. */
export type DatabasePools = { owner: Sql; lookup: Sql; reader: Sql; writer: Sql; log: Sql; sequencer: Sql };

/** Opens the pools; a connection is made when first needed. */
export function openPools(url: string): DatabasePools {
  return {
    owner: connect(url, { max: 6, applicationName: 'yba-owner' }),
    lookup: connect(url, { lookups: true, max: 4, applicationName: 'yba-lookup' }),
    reader: connect(url, { role: 'yba_reader', max: 12, applicationName: 'yba-reader' }),
    writer: connect(url, { role: 'yba_writer', max: 8, applicationName: 'yba-writer' }),
    log: connect(url, { role: 'yba_writer', max: 2, applicationName: 'yba-log' }),
    sequencer: connect(url, { role: 'yba_sequencer', max: 1, applicationName: 'yba-sequencer' }),
  };
}

/** Lets running queries finish for up to two seconds, then closes. */
export async function closePools(pools: DatabasePools): Promise<void> {
  await Promise.all(Object.values(pools).map((pool) => pool.end({ timeout: 2 })));
}
