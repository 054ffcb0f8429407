/** What measurements ask for as the operations do. */
export { logPage } from './messages/log-query.ts';
export type { LogFilter } from './messages/log-query.ts';
