import type {
  BundleAnswer,
  Caller,
  Context,
  FeedEntry,
  Interactions,
  Resource,
  SearchParameter,
  TransactionOptions,
  WriteOptions,
} from '@yba/fhir';
import { outcomeError } from '@yba/fhir';
import type { Capability } from '@yba/http';
import { personsConcerned } from './audit-read.ts';
import { definitionsOf } from './conformance/index.ts';
import { advance, feedHead, readFeed } from './feed.ts';
import type { FeedPage, Subscriber } from './feed.ts';
import { recordOperations } from './operations/index.ts';
import type { Ports } from './ports.ts';
import { history } from './read/history.ts';
import { current, inLots } from './read/current.ts';
import { formerVersions, type FormerVersion, type VersionPlace } from './read/former-versions.ts';
import { everything } from './read/everything.ts';
import { groupedReads } from './read/grouped-reads.ts';
import { read, vread } from './read/read.ts';
import { FrameCache } from './rows/frame-cache.ts';
import { patientLinks } from './rows/locate.ts';
import type { PatientLink } from './rows/locate.ts';
import { facilityOf } from './rows/session.ts';
import type { Db, Pools } from './rows/session.ts';
import { keepPageKey } from './search/page-token.ts';
import { search } from './search/search.ts';
import { batch, transaction } from './write/bundle.ts';
import type { Request } from './write/change.ts';
import { Committer } from './write/committer.ts';
import { inRoomIfLarge } from './rows/large-reads.ts';
import { PatchRoom } from './write/patch-room.ts';
import type { Env, Within } from './write/transact.ts';
import { writeOne } from './write/write-one.ts';

export type RepositoryOptions = {
  pools: Pools;
  ports: Ports;
  /** Base of fullUrls: `http://localhost:8080/fhir`. */
  baseUrl: string;
  now?: () => Date;
  /** Whether an update of an unknown id creates it; true unless told. */
  updateCreate?: boolean;
  /** 32 bytes that seal page links, the same for servers side by side; one of this process unless given. */
  pageKey?: Uint8Array;
};

/** The FHIR R4 interactions on PostgreSQL, the ordered feed of what they committed, and where Patients lie. */
export type Repository = Omit<Interactions, 'transaction'> & {
  /** As Interactions, with rows of a capability written in the same commit. */
  transaction(
    context: Context,
    bundle: Resource,
    options: TransactionOptions,
    within?: Within,
  ): Promise<BundleAnswer>;
  /** Committed changes after a cursor (FEED_START for all), in feed order; of some types as a Subscriber says. */
  feed(cursor: string, limit: number, types?: readonly string[]): Promise<FeedEntry[]>;
  feedHead(): Promise<string>;
  /** Applies the next entries to a subscriber, once, from a page read for many where it stands there; answers whether there may be more. */
  advance(subscriber: Subscriber, page?: FeedPage): Promise<boolean>;
  /** What is stored now behind `Type/id` references, for jobs of the platform: neither decided nor logged. */
  current<T = Resource>(
    references: readonly string[],
    part?: (resource: Resource) => T,
  ): Promise<Map<string, T>>;
  /** References in lots of what may be asked of `current` at a time where it may be large and all of each is wanted. */
  inLots(references: readonly string[]): Promise<string[][]>;
  /** Versions of a facility that are no longer what is read, a page at a time, for jobs of the platform: neither decided nor logged. */
  formerVersions(facility: string, after: VersionPlace | undefined, limit: number): Promise<FormerVersion[]>;
  /** Forgets what repeats of a submission were answered, 90 days after it. To be called now and then. */
  sweep(): Promise<void>;
  /** The operations of R4 that every record has. */
  readonly operations: Capability;
  /** Search parameters in force for a caller beside R4's, by type: the platform's own, and a facility's for itself. The same function as long as they stay. */
  addedParameters(caller: Caller | undefined): Promise<(type: string) => readonly SearchParameter[]>;
  /** Where a Patient lies and whose it is, whoever may see it; undefined when unknown. */
  patient(id: string): Promise<PatientLink | undefined>;
  /** The persons that these `Type/id` are about, whoever may see them, each once: for the log of an access that was denied. */
  personsConcerned(...targets: string[]): Promise<string[]>;
};

/** Some seconds' worth of what is written at full load: so far behind are those who follow the feed. */
const LATEST_BYTES = 8 * 1024 * 1024;

export function createRepository({
  pools,
  ports,
  baseUrl,
  now = () => new Date(),
  updateCreate = true,
  pageKey,
}: RepositoryOptions): Repository {
  if (pageKey) keepPageKey(pools, pageKey);
  const around = {
    pools,
    ports,
    baseUrl,
    now,
    updateCreate,
    latest: new FrameCache(LATEST_BYTES),
    patchRoom: new PatchRoom(),
  };
  const env: Env = { ...around, committer: new Committer(around) };
  const reads = groupedReads(env);
  const readsInTurn = groupedReads({ ...env, room: true });
  const counted = async <T>(inside: Env, work: (env: Env) => Promise<T>): Promise<T> => {
    if (inside.room) return work(inside); // who waits for a turn is not about to be logged
    const end = ports.audit.coming?.();
    try {
      return await work(inside);
    } finally {
      end?.();
    }
  };
  const logged = <T>(work: (env: Env) => Promise<T>): Promise<T> =>
    inRoomIfLarge(env, (inside) => counted(inside, work));
  const repository: Repository = {
    read: (context, type, id) =>
      logged((inside) => read(inside, inside.room ? readsInTurn : reads, context, type, id)),
    vread: (context, type, id, version) => logged((inside) => vread(inside, context, type, id, version)),
    history: (context, type, id, params) => logged((inside) => history(inside, context, type, id, params)),
    search: (context, type, params, options) =>
      logged((inside) => search(inside, context, type, params, options)),
    everything: (context, type, id, params) =>
      inRoomIfLarge(env, (inside) => everything(inside, context, type, id, params)),
    create: (context, resource, options) =>
      writeOne(env, context, { method: 'POST', type: resource.resourceType, resource, path: '' }, options),
    update: (context, resource, options) => writeOne(env, context, updateRequest(resource, options), options),
    patch: (context, type, id, apply, options) =>
      writeOne(env, context, { method: 'PATCH', type, apply, path: '', ...(id ? { id } : {}) }, options),
    delete: (context, type, id, options) =>
      writeOne(env, context, { method: 'DELETE', type, path: '', ...(id ? { id } : {}) }, options),
    transaction: (context, bundle, options, within) =>
      transaction(env, repository, context, bundle, options, within),
    batch: (context, bundle, options) => batch(env, repository, context, bundle, options),
    feed: (cursor, limit, types) => readFeed(pools, cursor, limit, types),
    feedHead: () => feedHead(pools),
    advance: (subscriber, page) => advance(pools, subscriber, page),
    current: (references, part) => current(env, references, part),
    inLots: (references) => inLots(env, references),
    formerVersions: (facility, after, limit) => formerVersions(env, facility, after, limit),
    async sweep() {
      await pools.owner`delete from submission where at < ${now()}::timestamptz - interval '90 days'`;
    },
    get operations() {
      return recordOperations(repository, {
        baseUrl,
        profilesFor: async ({ caller }) => (await definitionsOf(pools).of(facilityOf(caller))).profiles,
      });
    },
    addedParameters: async (caller) => (await definitionsOf(pools).of(facilityOf(caller ?? {}))).parameters,
    patient: async (id) => (await patientLinks(pools.lookup as unknown as Db, [id])).get(id),
    personsConcerned: (...targets) => personsConcerned(pools.lookup as unknown as Db, targets),
  };
  return repository;
}

function updateRequest(resource: Resource, options: WriteOptions | undefined): Request {
  const base = { method: 'PUT' as const, type: resource.resourceType, resource, path: '' };
  if (options?.condition) return base;
  if (!resource.id)
    throw outcomeError(
      'required',
      'An update needs the id of the resource, the same as in the URL',
      `${resource.resourceType}.id`,
    );
  return { ...base, id: resource.id };
}
