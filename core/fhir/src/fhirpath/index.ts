export type { Ast as FhirPathNode } from './ast.ts';
export { compileFhirPath, type CompiledFhirPath, type EvaluatedNode } from './compile-fhirpath.ts';
export type { EvaluateOptions } from './env.ts';
export { parse as parseFhirPath } from './parser.ts';
