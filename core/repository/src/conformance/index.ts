import { addBuiltIn } from './built-in.ts';

addBuiltIn();

export { DEFINITION_TYPES, definitionsOf } from './definition-store.ts';
export type { DefinitionStore } from './definition-store.ts';
export type { Definitions } from './definitions.ts';
