export { createHealthBook, type HealthBook, type HealthBookOptions } from './create-health-book.ts';
export type { VneidCitizen } from './vneid/citizens.ts';
