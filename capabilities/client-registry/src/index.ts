export { createClientRegistry, findPerson } from './create-client-registry.ts';
export type { ClientRegistryOptions } from './create-client-registry.ts';
export { recordLinks, resolvePersons } from './resolve-persons.ts';
