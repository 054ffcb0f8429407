export { FEED_START, ofTypes } from './feed.ts';
export type { FeedPage, Subscriber } from './feed.ts';
export type {
  AccessRequest,
  Limits,
  NamedChart,
  NumberAsked,
  PatientLimit,
  PersonAnswer,
  PersonLink,
  PersonQuestion,
  Ports,
  Reach,
  TermAlternative,
} from './ports.ts';
export { reindex, reindexState } from './reindex/reindex.ts';
export type { Reindexed, ReindexOptions, ReindexProgress } from './reindex/reindex.ts';
export { createRepository } from './repository.ts';
export type { Repository, RepositoryOptions } from './repository.ts';
export { facilityCode, facilityNumber, PLATFORM } from './rows/facility-number.ts';
export { gatherInLanes } from './rows/gather.ts';
export type { PatientLink } from './rows/locate.ts';
export { withinPage } from './rows/page-bytes.ts';
export { typeNumber } from './rows/resource-type.ts';
export { newPerson } from './rows/row-id.ts';
export { EVERY_SENSITIVITY, SENSITIVITY, SENSITIVITY_SYSTEM, sensitivityOf } from './rows/sensitivity.ts';
export type { Sensitivity } from './rows/sensitivity.ts';
export type { Pools } from './rows/session.ts';
export { reachesElsewhere, showsElsewhere } from './rows/shows.ts';
export { termHash } from './rows/term-hash.ts';
export { answerOrder } from './search/sorted.ts';
export { filterHashes } from './search/filter-hashes.ts';
export { submitterOf } from './write/submission.ts';
export type { Within } from './write/transact.ts';
export { repack } from './upkeep/repack.ts';
export type { Repacked } from './upkeep/repack.ts';
export { verify } from './upkeep/verify.ts';
export type { Verified } from './upkeep/verify.ts';
export { erase } from './upkeep/erase.ts';
export type { Erased, ErasedRows, EraseWhat } from './upkeep/erase.ts';
export { scanForTraces } from './upkeep/traces.ts';
export type { Trace } from './upkeep/traces.ts';
