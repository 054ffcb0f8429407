export { createConformance, type ConformanceOptions } from './create-conformance.ts';
