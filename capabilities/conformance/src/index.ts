export { createConformance, type ConformanceOptions } from './create-conformance.ts';
export { judgeTestRun } from './results/test-run.ts';
