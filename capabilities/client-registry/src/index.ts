export {
  chartsNumbered,
  createClientRegistry,
  createIdentityFeed,
  findPerson,
} from './create-client-registry.ts';
export type { ClientRegistryOptions } from './create-client-registry.ts';
export { indexKeys } from './online/index-keys.ts';
export { recordLinks } from './record-links.ts';
export { resolvePersons } from './resolve-persons.ts';
export { compareWaiting } from './work-list/compare-waiting.ts';
