import { type AccessEvent, type Caller, type Context, resourceTypes } from '@yba/fhir';
import type { Capability } from '@yba/http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Sql } from '@yba/postgres';
import type { Ports, Repository, Subscriber } from '@yba/repository';
import { changeOperation, undoChangeOperation } from './facilities/change-operations.ts';
import { facilityOperation } from './facilities/facility-operation.ts';
import { findOperation } from './find/find-operation.ts';
import { handOverOperation, handOverRoutes, handOversOperation } from './hand-over/hand-over-operations.ts';
import { continueHandOver } from './hand-over/write-hand-over.ts';
import { indexSubscriber, type ReadMany } from './find/index-subscriber.ts';
import { connectionsSubscriber, countLooks } from './matrix/count-connections.ts';
import { matrixOperation } from './matrix/matrix-operation.ts';
import { advanceOperation, applyOperation, listOperation } from './onboarding/onboarding-operations.ts';
import { type JudgedFiles, sampleOperation, testRunOperation } from './onboarding/test-run.ts';
import { reportOperation } from './places/report-operation.ts';
import type { Fact } from './places/report.ts';
import { resolveFacilityOperation, resolvePlaceOperation } from './places/resolve-operations.ts';

export type RegistryOptions = {
  /** The owner's pool: the directory's index and books are of the platform. */
  sql: Sql;
  /** Public address without a slash at its end. */
  baseUrl: string;
  repository: Pick<Repository, 'read' | 'create' | 'update' | 'history' | 'current' | 'formerVersions'>;
  decide: Ports['decide'];
  /** What is stored now behind ids of one type, read as the platform itself. */
  readMany: ReadMany;
  /** The platform as whoever writes the registries. */
  asPlatform(job: string): Context;
  /** Puts an operation into the access log. */
  log(event: AccessEvent): Promise<void>;
  /** Which of these Practitioners (`Practitioner/<id>`) an account is linked to. */
  accountsOf(practitioners: readonly string[]): Promise<readonly string[]>;
  /** Visits by facility and day, from the first day to the last. */
  visitsOf(from: string, to: string): Promise<readonly Fact[]>;
  /** The software of facilities that join. */
  clients: {
    /** Registers one that may do no more than a test run; its secret is told this once. */
    register(facility: string, name: string): Promise<{ clientId: string; clientSecret: string }>;
    /** What it may do from now on. */
    set(client: string, may: 'none' | 'joining' | 'live'): Promise<void>;
  };
  /** Judges the files of a test run by the rules of the conformance kit, and keeps the figures among its results. */
  conform(
    files: readonly { name: string; bytes: Uint8Array }[],
    of: { facility: string; vendor: string; by: string },
  ): Promise<JudgedFiles>;
  /** Who asks for a file of a hand-over. Throws `login`. */
  authenticate(request: { headers: IncomingHttpHeaders; raw?: IncomingMessage }): Promise<Caller>;
  /** Where hand-overs are written. */
  folder: string;
  now?: () => Date;
};

export type Registry = {
  capability: Capability;
  subscribers: Subscriber[];
  /** Counts looks by pair and writes hand-overs, until it is stopped. */
  run(onError: (error: unknown, doing: string) => void): () => Promise<void>;
  /** Does all of that there is to do now. */
  catchUp(): Promise<void>;
};

/** How long to wait when there is nothing to do, in ms. */
const IDLE_MS = 1_000;

/**
 * The directory (IHE mCSD: the registries are in the store, this finds, dates and changes them), facilities joining and
 * leaving, and who is connected with whom.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const { sql, baseUrl, repository, folder, log } = options;
  const typeNames = [...resourceTypes].sort();
  const work = async () => {
    const moreLooks = await countLooks(sql);
    const pages = await continueHandOver({
      sql,
      baseUrl,
      folder,
      log,
      typeNames,
      current: (of) => repository.current(of),
      formerVersions: (facility, after, limit) => repository.formerVersions(facility, after, limit),
    });
    return moreLooks || pages;
  };
  return {
    capability: {
      name: 'registry',
      operations: [
        findOperation(options), // $find-in-directory: type-ahead
        facilityOperation(options), // Organization/$directory-facility: as then, as now
        changeOperation(options), // merged, renamed, moved, closed, split …
        undoChangeOperation(options), // … and back
        resolveFacilityOperation(options), // a facility's code of any day on another
        resolvePlaceOperation(options), // a place's code of any day on another
        reportOperation(options), // sums as then, as now
        listOperation(options), // $onboardings: facilities joining …
        applyOperation(options),
        advanceOperation(options), // … step by step, and back
        sampleOperation(options), // what their software reads …
        testRunOperation(options), // … and sends, judged by the conformance kit
        matrixOperation(options), // $connectivity: who with whom
        handOverOperation(options), // all records of a facility that left …
        handOversOperation(options),
      ],
      routes: handOverRoutes(options), // … as files
    },
    subscribers: [indexSubscriber(options.readMany), connectionsSubscriber(options.readMany)],
    async catchUp() {
      while (await work());
    },
    run: (onError) => running(work, onError),
  };
}

/** Works as long as there is work, looks again after a while, and goes on after an error. */
function running(
  work: () => Promise<boolean>,
  onError: (error: unknown, doing: string) => void,
): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();
  const take = async () => {
    const more = await work().catch((error: unknown) => {
      if (!stopped) onError(error, 'counting connections and handing over records');
      return false;
    });
    if (!stopped) timer = setTimeout(next, more ? 20 : IDLE_MS).unref();
  };
  const next = () => {
    turn = take();
  };
  timer = setTimeout(next, IDLE_MS).unref();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await turn;
  };
}
