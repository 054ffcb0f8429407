export { createHealthBook, type HealthBook, type HealthBookOptions } from './create-health-book.ts';
export { createLookRequests, type LookRequests } from './look-requests/create-look-requests.ts';
export type { VneidCitizen } from './vneid/citizens.ts';
