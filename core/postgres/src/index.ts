export { connect } from './connect.ts';
export type { Sql, Transaction } from './connect.ts';
export { startEmbedded } from './embedded/start-embedded.ts';
export type { Embedded } from './embedded/start-embedded.ts';
export { unprivilegedUser } from './embedded/unprivileged-user.ts';
export { migrate } from './migrate.ts';
export { isTransient, toOutcome } from './sqlstate.ts';
