import { join } from 'node:path';
import { createAccess, keepAuthors, type Access, type AccessOptions, type Persona } from '@yba/access';
import { createAudit, type Audit } from '@yba/audit';
import {
  createClientRegistry,
  createIdentityFeed,
  chartsNumbered,
  findPerson,
  recordLinks,
  resolvePersons,
} from '@yba/client-registry';
import { bodyTurns, guardedFetch, type Capability, type RateLimits, type Turns } from '@yba/http';
import { openSecrets } from '@yba/postgres';
import { createConformance, judgeTestRun } from '@yba/conformance';
import { readLists } from '@yba/conformance/checks';
import { createExchange, createLiveSources, type Exchange, type LiveSources } from '@yba/exchange';
import { createHealthBook, createLookRequests, type HealthBook, type LookRequests } from '@yba/health-book';
import { createOversight } from '@yba/oversight';
import { createReferral, type Referral } from '@yba/referral';
import { createSummary, type Summary } from '@yba/summary';
import { createRepository, type Repository, type RepositoryOptions } from '@yba/repository';
import { secretKeyFile, type Config } from '../config.ts';
import type { Address } from './address.ts';
import { memoryShare } from './memory.ts';
import { accountsOf, joiningClients, visitsOf } from './directory-reads.ts';
import { inNameOf } from './in-name-of.ts';
import {
  asPlatform,
  credentialed,
  facilityNames,
  peopleOnly,
  purposeOf,
  readMany,
  shownEncounter,
  shownPatients,
} from './platform-reads.ts';
import { createRegistry } from '@yba/registry';
import { pageKey } from './page-key.ts';
import { pushKeys } from './push-keys.ts';
import type { DatabasePools } from './pools.ts';
import { loggingRefusals } from './refusals.ts';
import { securityEvidence } from './security-evidence.ts';
import { sharedRateLimits } from './shared-rate-limits.ts';

/** The parts of a running platform, put together. */
export type Parts = {
  repository: Repository;
  /** The store with another clock, for a history that is made up. */
  storeAt(now: () => Date): Repository;
  access: Access;
  /** What persons decide about their own record. */
  directives: ReturnType<Access['directives']>;
  /** The policy point; what it refuses stands in the access log. */
  decide: Access['decide'];
  audit: Audit;
  /** What persons ask of whoever looked. */
  lookRequests: LookRequests;
  clientRegistry: Capability;
  exchange: Exchange;
  /** Referrals between facilities. */
  referral: Referral;
  /** The record in short, and links to it. */
  summary: Summary;
  /** Hospitals that keep detail at home and are asked when somebody asks. */
  liveSources: LiveSources;
  /** The imitation of VNeID, in demonstration mode alone. */
  book?: HealthBook;
  conformance: Capability;
  oversight: ReturnType<typeof createOversight>;
  /** The directory of facilities and staff. */
  registry: ReturnType<typeof createRegistry>;
  /** Rate limits that hold over all server processes. */
  rateLimits: RateLimits;
};

export type PartsOptions = {
  config: Config;
  address: Address;
  pools: DatabasePools;
  /** Turns of bodies and messages that are worked on; of this process's own messages alone unless given. */
  room?: Turns;
  personas: () => readonly Persona[];
  onError(error: unknown): void;
};

/**
 * Makes the parts and fills each one's ports with the others. Some need one another (the store asks the policy,
 * the policy asks where a Patient lies): those ports are functions that are called only once all are made.
 */
export async function createParts({
  config,
  address,
  pools,
  personas,
  room = bodyTurns(memoryShare(config)),
  onError,
}: PartsOptions): Promise<Parts> {
  const { baseUrl } = address;
  const { owner } = pools;
  const patient = (id: string) => parts.repository.patient(id);
  const rateLimits = sharedRateLimits(owner);
  const secrets = await openSecrets(owner, secretKeyFile(config));
  const lists = readLists(join(config.dataDir, 'code-lists'));

  const audit = await createAudit({
    baseUrl,
    owner,
    writer: pools.log,
    ports: {
      patient,
      explain: (looks) => parts.access.explain(looks),
      readsLogOf: (caller, person) => parts.access.readsLogOf(caller, person),
    },
  });
  const book =
    config.demo && !config.vneid
      ? await createHealthBook({
          baseUrl,
          sql: owner,
          secrets,
          internalUrl: () => `http://127.0.0.1:${address.innerPort ?? address.port}`,
        })
      : undefined;
  const access = await createAccess({
    baseUrl,
    sql: owner,
    lookup: pools.lookup,
    secrets,
    ports: {
      findPerson: (number) => findPerson(owner, number),
      patient,
      patients: (caller, requestId, which) => shownPatients(parts.repository)(caller, requestId, which),
      encounter: (caller, requestId, which) => shownEncounter(parts.repository)(caller, requestId, which),
      lastRead: audit.lastRead,
      lookers: audit.lookers,
      audit: audit.ports,
    },
    rateLimits,
    fetch: guardedFetch({ allow: config.outboundAllow ?? [] }),
    clientCertificates: config.tls?.clientCa !== undefined || config.certificateHeader !== undefined,
    ...citizenSignIn(config, book),
    ...(config.demo ? { demo: { personas } } : {}),
    ...(config.passwordCost ? { passwordCost: config.passwordCost } : {}),
    ...(config.idleLockMinutes ? { idleLockMinutes: config.idleLockMinutes } : {}),
    ...(config.citizenLockMinutes ? { citizenLockMinutes: config.citizenLockMinutes } : {}),
    onError,
  });
  const decide = loggingRefusals(access.decide, {
    log: audit.ports.read,
    sql: owner,
    personsConcerned: (...targets) => parts.repository.personsConcerned(...targets),
  });
  const store: RepositoryOptions = {
    pools,
    ports: {
      decide,
      persons: {
        resolve: resolvePersons,
        linked: recordLinks,
        numbered: (numbers) => chartsNumbered(pools.lookup, numbers),
      },
      audit: { ...audit.ports, read: peopleOnly(audit.ports.read) },
      authored: keepAuthors,
    },
    baseUrl: `${baseUrl}/fhir`,
    updateCreate: config.updateCreate ?? true,
    pageKey: await pageKey(owner, secrets),
  };
  const repository = createRepository(store);
  const liveSources = await createLiveSources({
    fhirBase: `${baseUrl}/fhir`,
    sql: owner,
    secrets,
    repository,
    decide: access.decide,
    audit: audit.ports,
    fetch: guardedFetch({ allow: config.outboundAllow ?? [], ...SOURCE_LIMITS }),
    askerToken: access.askerToken,
    purpose: purposeOf(access),
    onError,
  });
  const registry = { fhirBase: `${baseUrl}/fhir`, sql: owner, repository, decide, audit: audit.ports };
  const parts: Parts = {
    repository,
    storeAt: (now) => createRepository({ ...store, now }),
    access,
    directives: access.directives(repository),
    decide,
    audit,
    rateLimits,
    lookRequests: createLookRequests({
      sql: owner,
      repository,
      look: audit.look,
      personOf: async (id) => (await patient(id))?.person,
      readsLogOf: access.readsLogOf,
      events: audit.events,
      audit: audit.ports,
    }),
    clientRegistry: createClientRegistry(registry),
    exchange: createExchange(
      {
        fhirBase: registry.fhirBase,
        repository,
        owner,
        room,
        writer: pools.writer,
        reader: pools.reader,
        decide,
        audit: audit.ports,
        identities: createIdentityFeed(registry),
      },
      config.messages,
    ),
    referral: createReferral({
      sql: owner,
      repository,
      inNameOf: inNameOf(store),
      decide,
      audit: audit.ports,
      push: {
        keys: () => pushKeys(owner, secrets),
        secrets,
        contact: baseUrl.startsWith('https:') ? baseUrl : 'mailto:admin@localhost',
        fetch: guardedFetch({ allow: config.outboundAllow ?? [] }),
      },
    }),
    liveSources,
    conformance: createConformance({
      sql: owner,
      lists,
      ports: { namesOf: (codes) => facilityNames(owner, codes) },
    }),
    summary: createSummary({
      sql: owner,
      repository,
      decide,
      audit: audit.ports,
      baseUrl,
      fhirBase: `${baseUrl}/fhir`,
      rateLimits,
    }),
    oversight: createOversight({
      sql: owner,
      ports: {
        readMany: readMany(repository),
        credentialed: () => credentialed(owner),
        measure: securityEvidence(config, address, owner),
        log: audit.ports.read,
      },
    }),
    registry: createRegistry({
      sql: owner,
      baseUrl,
      repository,
      decide,
      readMany: readMany(repository),
      asPlatform,
      log: audit.ports.read,
      accountsOf: accountsOf(owner),
      visitsOf: visitsOf(owner),
      clients: joiningClients(owner),
      conform: (files, of) => judgeTestRun(owner, files, { ...of, lists }),
      authenticate: access.authenticate,
      folder: join(config.dataDir, 'hand-over'),
    }),
    ...(book ? { book } : {}),
  };
  return parts;
}

/** Most bytes, and longest time in ms, of one answer of a live source. */
const SOURCE_LIMITS = { maxBytes: 16 * 1024 * 1024, timeoutMs: 30_000 };

/** The real VNeID when it is set up, else its imitation, else none. */
function citizenSignIn({ vneid }: Config, book: HealthBook | undefined): Pick<AccessOptions, 'vneid'> {
  if (vneid) return { vneid: { ...vneid, imitation: false } };
  return book ? { vneid: book.vneid } : {};
}
