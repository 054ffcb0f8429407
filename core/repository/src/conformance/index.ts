import { addBuiltIn } from './built-in.ts';

addBuiltIn();

export { DEFINITION_TYPES, definitionsOf, FRESH_MS } from './definition-store.ts';
export type { ComingDefinition } from './definition-store.ts';
export type { Definitions } from './definitions.ts';
