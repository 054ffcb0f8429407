export { connect } from './connect.ts';
export type { PendingQuery, Sql, Transaction } from './connect.ts';
export { startEmbedded } from './embedded/start-embedded.ts';
export type { Embedded } from './embedded/start-embedded.ts';
export { openFolder } from './embedded/open-folder.ts';
export { migrate } from './migrate.ts';
export { isTransient, toOutcome } from './sqlstate.ts';
