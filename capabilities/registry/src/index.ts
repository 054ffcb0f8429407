export { createRegistry, type RegistryOptions } from './create-registry.ts';
export { facilityEntry, keepEntries, keepPosts, postOf, staffEntry } from './find/keep-entries.ts';
