import { setImmediate as othersTurn } from 'node:timers/promises';
import {
  addIssues,
  isFullOfIssues,
  isResourceId,
  OutcomeError,
  searchParameterIssues,
  validate,
} from '@yba/fhir';
import type { Context, Issue, Written } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { auditRefusedWrite, namedBy } from '../audit-read.ts';
import type { AccessRequest, Ports, Reach } from '../ports.ts';
import { DEFINITION_TYPES, definitionsOf } from '../conformance/index.ts';
import type { ComingDefinition, Definitions } from '../conformance/index.ts';
import type { FrameCache } from '../rows/frame-cache.ts';
import { facilityOf } from '../rows/session.ts';
import type { Pools } from '../rows/session.ts';
import { draft, issuesAt } from './change.ts';
import { conditionsIn, inTurnOfConditions } from './condition-turns.ts';
import type { Draft, Request } from './change.ts';
import type { Committer } from './committer.ts';
import { conditionReach, patchReach, shownOf } from './write-reads.ts';
import { incomplete } from './incomplete.ts';
import { withRepeats } from './repeated-creates.ts';
import { foreignNames } from './named-facility.ts';
import type { Patched, PatchRoom } from './patch-room.ts';
import { conditionalReferences } from './resolve-references.ts';
import type { ConditionalReferences } from './resolve-references.ts';
import type { Submission } from './submission.ts';

export type Env = {
  pools: Pools;
  ports: Ports;
  baseUrl: string;
  now: () => Date;
  /** Whether an update of an unknown id creates it. */
  updateCreate: boolean;
  /** Frames written or fetched a moment ago, as they are stored. */
  latest: FrameCache;
  patchRoom: PatchRoom;
  /** Whether large resources may be read: in a turn (`inRoomIfLarge`). */
  room?: boolean;
  committer: Committer;
};

/** What a capability adds to a transaction: its own rows, in the same commit. Both may run again when it is repeated. */
export type Within = {
  /** Before the writes. */
  before?(db: Transaction): Promise<void>;
  /** After the writes, before the commit; `written[i]` answers the i-th entry that writes. */
  after?(db: Transaction, written: readonly Written[]): Promise<void>;
};

export type TransactOptions = {
  handling: 'strict' | 'lenient';
  /** Applied once under this key. */
  submission?: Submission;
  within?: Within;
  /** The answer needs the texts of resources that were there already, too. */
  texts?: boolean;
  /** The answer tells the warnings of validation, too. */
  warnings?: boolean;
};

/** What was written, in the order of the requests; or what the first submission under the key was answered. */
export type Transacted = { written: Written[]; issues: Issue[]; repeat?: string };

/** Requests that are written together or not at all, on their way to a commit. */
export type Job = {
  context: Context;
  reach: Reach;
  /** How far the caller sees by the conditions of this job; undefined when none asks for more than an identifier. */
  sees: Reach | undefined;
  /** How far the caller sees of what it patches; undefined where that is every row it may change. */
  patches: Reach | undefined;
  /** What is in force for the facility beside R4. */
  definitions: Definitions;
  drafts: readonly Draft[];
  references: ConditionalReferences;
  /** How many conditions there are in it. */
  conditions: number;
  options: TransactOptions;
  /** What its patches hold of the room for them. */
  patched: Patched;
  /** How many resources, for the size of a commit. */
  size: number;
  done(transacted: Transacted): void;
  fail(error: unknown): void;
};

/**
 * Writes all requests or none. Everything that can be known without the database is checked first; the rest happens
 * in a commit, which other requests may share. Resolves when that commit is durable. The resources given are taken
 * over: ids and references are written into them.
 */
export async function transact(
  env: Env,
  context: Context,
  requests: readonly Request[],
  options: TransactOptions,
): Promise<Transacted> {
  const definitions = await definitionsOf(env.pools).of(facilityOf(context.caller));
  const warnings = await checkAll(requests, context, definitions);
  const reach = await env.ports.decide(context, accessRequest(env, requests));
  const drafts = withRepeats(requests.map((request) => draft(request, env.baseUrl)));
  const patches = await patchReach(env, context, requests);
  const conditions = conditionsIn(drafts);
  const transacted = await inTurnOfConditions(conditions, () =>
    carryOut(env, requests, { context, reach, patches, definitions, drafts, conditions, options }),
  );
  if (!options.warnings || warnings.length === 0 || transacted.repeat !== undefined) return transacted;
  return { ...transacted, issues: [...warnings, ...transacted.issues] };
}

/** Looks up what the conditions need, commits, and answers what was written. */
async function carryOut(
  env: Env,
  requests: readonly Request[],
  asked: Omit<Job, 'sees' | 'references' | 'patched' | 'size' | 'done' | 'fail'>,
): Promise<Transacted> {
  const { context, reach, definitions, drafts } = asked;
  const references = conditionalReferences(drafts);
  const sees = await conditionReach(env, context, drafts, references, definitions);
  const job = { ...asked, sees, references, patched: { bytes: 0 }, size: drafts.length };
  const store = definitionsOf(env.pools);
  const define = requests.some(({ type }) => DEFINITION_TYPES.has(type));
  const made = define ? store.reserve(definitionsIn(requests, facilityOf(reach))) : undefined;
  let transacted: Transacted;
  try {
    transacted = await committed(env, job);
  } catch (error) {
    throw await auditRefusedWrite(env, context, requests, error);
  } finally {
    made?.();
  }
  if (define) await store.refresh();
  return shownOf(env, context, transacted);
}

/** Resolves when the commit that holds the job is durable. */
async function committed(
  { committer, patchRoom }: Env,
  job: Omit<Job, 'done' | 'fail'>,
): Promise<Transacted> {
  try {
    return await new Promise((done, fail) => committer.add({ ...job, done, fail }));
  } finally {
    patchRoom.leave(job.patched);
  }
}

/** The definitions that these requests would bring. */
function definitionsIn(requests: readonly Request[], facility: number): ComingDefinition[] {
  return requests.flatMap(({ method, type, id, resource }) =>
    resource && DEFINITION_TYPES.has(type)
      ? [
          {
            len: Buffer.byteLength(JSON.stringify(resource)),
            facility,
            ...(method === 'PUT' ? { replaces: { type, ...(id ? { id } : {}), url: resource['url'] } } : {}),
          },
        ]
      : [],
  );
}

/** How many resources of a Bundle are worked on before others get their turn: some ten milliseconds. */
export const PIECE = 100;

/** Validates every resource and answers the warnings; one error tells of all of them. */
export async function checkAll(
  requests: readonly Pick<Request, 'method' | 'resource' | 'path'>[],
  { caller }: Context,
  { profiles, parameters }: Pick<Definitions, 'profiles' | 'parameters'>,
): Promise<Issue[]> {
  const errors: Issue[] = [];
  const others: Issue[] = [];
  const options = { profiles };
  for (let at = 0; at < requests.length; at++) {
    if (at % PIECE === PIECE - 1) await othersTurn();
    const { method, resource, path } = requests[at]!;
    if (!resource) continue;
    // an id that a create brings is passed over, what cannot be one too: https://hl7.org/fhir/R4/http.html#create
    if (method === 'POST' && resource.id !== undefined && !isResourceId(resource.id)) delete resource.id;
    const told = validate(resource, options);
    const found = [
      told,
      // what a parameter asks is read where it has the shape of one
      told.some(isError) ? [] : searchParameterIssues(resource, parameters),
      caller.facility ? foreignNames(resource, caller.facility) : [],
      method === 'PUT' ? incomplete(resource) : [],
    ];
    for (const some of found)
      for (const issue of issuesAt(path, some)) addIssues(isError(issue) ? errors : others, [issue]);
    if (isFullOfIssues(errors)) break;
  }
  if (errors.length > 0) throw new OutcomeError([...errors, ...others]); // the first says what is wrong
  return others;
}

const isError = ({ severity }: Issue) => severity === 'error' || severity === 'fatal';

/** Among which types of an access request each method counts. */
const DOES = { POST: 'creates', PUT: 'updates', PATCH: 'updates', DELETE: 'deletes' } as const;

function accessRequest({ baseUrl }: Env, requests: readonly Request[]): AccessRequest {
  const does = {
    types: [] as string[],
    creates: [] as string[],
    updates: [] as string[],
    deletes: [] as string[],
  };
  for (const { method, type } of requests) {
    if (!does.types.includes(type)) does.types.push(type);
    const same = does[DOES[method]];
    if (!same.includes(type)) same.push(type);
  }
  return {
    action: 'write',
    ...does,
    named: () => namedBy(requests, baseUrl),
    ...(requests.length === 1 && requests[0]!.id
      ? { target: `${requests[0]!.type}/${requests[0]!.id}` }
      : {}),
  };
}
