import { join } from 'node:path';
import { runSequencer, type HeadOptions, type Sequencer } from '@yba/audit';
import type { Sql } from '@yba/postgres';
import type { Config } from '../config.ts';
import type { Tell } from './log.ts';

/** Where the signing key of the access log and its signed heads lie, and how the log is named. */
export function headOptions(
  { dataDir, auditWitness }: Pick<Config, 'dataDir' | 'auditWitness'>,
  baseUrl: string,
  sql: Sql,
): HeadOptions {
  const keyFolder = join(dataDir, 'audit');
  return {
    sql,
    keyFolder,
    witnessFolder: auditWitness ?? join(keyFolder, 'heads'),
    name: `${new URL(baseUrl).host}/audit`,
  };
}

/** Builds the tree over the access log, and signs its head every minute. */
export function growTree(config: Config, baseUrl: string, sql: Sql, onError: Tell): Sequencer {
  return runSequencer({ ...headOptions(config, baseUrl, sql), onError });
}
