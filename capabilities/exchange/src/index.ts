export { createExchange } from './create-exchange.ts';
export type { Exchange } from './create-exchange.ts';
export type { IdentityPort, MessageDesk } from './desk.ts';
export { createLiveSources, type LiveSources } from './live-sources/create-live-sources.ts';
export {
  deactivateSource,
  listSources,
  registerSource,
  type ListedSource,
  type LiveSource,
} from './live-sources/sources.ts';
