export { FEED_START } from './feed.ts';
export type { Subscriber } from './feed.ts';
export type { AccessRequest, PersonAnswer, PersonLink, PersonQuestion, Ports, Reach } from './ports.ts';
export { createRepository } from './repository.ts';
export type { Repository, RepositoryOptions } from './repository.ts';
export { facilityCode, facilityNumber, PLATFORM } from './rows/facility-number.ts';
export type { PatientLink } from './rows/locate.ts';
export { newPerson } from './rows/row-id.ts';
export type { Pools } from './rows/session.ts';
