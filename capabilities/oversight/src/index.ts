export { createOversight, type OversightOptions } from './oversight.ts';
