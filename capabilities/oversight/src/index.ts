export { createOversight, type OversightOptions } from './oversight.ts';
export type { Measured } from './security/measured.ts';
