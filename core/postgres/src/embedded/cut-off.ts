import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where a restore makes its database, below the data folder, until it is whole. */
export const RESTORING = 'postgres.restoring';

/** Whether a restore into this folder was cut off, or is under way: there is no database yet. */
export const isCutOff = (dataDir: string): boolean =>
  existsSync(join(dataDir, RESTORING)) && !existsSync(join(dataDir, 'postgres'));
