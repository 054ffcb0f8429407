import { createAccess, type Access, type AccessOptions, type Persona, type ReadCurrent } from '@yba/access';
import { createAudit, type Audit } from '@yba/audit';
import { createClientRegistry, findPerson, recordLinks, resolvePersons } from '@yba/client-registry';
import { parseJson } from '@yba/fhir';
import type { Capability } from '@yba/http';
import { createExchange } from '@yba/exchange';
import { createHealthBook, type HealthBook } from '@yba/health-book';
import { createRepository, type Repository } from '@yba/repository';
import type { Config } from '../config.ts';
import type { Address } from './address.ts';
import { asPlatform } from './platform-caller.ts';
import type { DatabasePools } from './pools.ts';

/** The parts of a running platform, put together. */
export type Parts = {
  repository: Repository;
  access: Access;
  audit: Audit;
  clientRegistry: Capability;
  exchange: Capability;
  /** The imitation of VNeID, in demonstration mode alone. */
  book?: HealthBook;
  /** What is stored now, read as the platform itself for its own jobs. */
  readCurrent: ReadCurrent;
};

export type PartsOptions = {
  config: Config;
  address: Address;
  pools: DatabasePools;
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
  onError,
}: PartsOptions): Promise<Parts> {
  const { baseUrl } = address;
  const { owner } = pools;
  const patient = (id: string) => parts.repository.patient(id);

  const audit = await createAudit({
    baseUrl,
    owner,
    writer: pools.log,
    ports: { patient, explain: (looks) => parts.access.explain(looks) },
  });
  const book =
    config.demo && !config.vneid
      ? await createHealthBook({ baseUrl, sql: owner, internalUrl: () => `http://127.0.0.1:${address.port}` })
      : undefined;
  const access = await createAccess({
    baseUrl,
    sql: owner,
    ports: { findPerson: (number) => findPerson(owner, number), patient, audit: audit.ports },
    ...citizenSignIn(config, book),
    ...(config.demo ? { demo: { personas } } : {}),
    onError,
  });
  const repository = createRepository({
    pools,
    ports: {
      decide: access.decide,
      persons: { resolve: resolvePersons, linked: recordLinks },
      audit: audit.ports,
    },
    baseUrl: `${baseUrl}/fhir`,
  });
  const parts: Parts = {
    repository,
    access,
    audit,
    clientRegistry: createClientRegistry({
      sql: owner,
      repository,
      decide: access.decide,
      audit: audit.ports,
    }),
    exchange: createExchange({ repository, owner }).capability,
    ...(book ? { book } : {}),
    readCurrent: readAsPlatform(repository),
  };
  return parts;
}

/** The real VNeID when it is set up, else its imitation, else none. */
function citizenSignIn({ vneid }: Config, book: HealthBook | undefined): Pick<AccessOptions, 'vneid'> {
  if (vneid) return { vneid: { ...vneid, imitation: false } };
  return book ? { vneid: book.vneid } : {};
}

function readAsPlatform(repository: Repository): ReadCurrent {
  const context = asPlatform('feed');
  return (type, id) =>
    repository.read(context, type, id).then(
      ({ text }) => parseJson(text),
      () => undefined,
    );
}
