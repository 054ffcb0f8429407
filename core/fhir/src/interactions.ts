import type { Issue, OutcomeError } from './outcome.ts';

/** A FHIR resource as parsed by `parseJson`: numbers whose digits would change are `Decimal`. */
export type Resource = {
  resourceType: string;
  id?: string;
  meta?: { versionId?: string; lastUpdated?: string; [key: string]: unknown };
  [key: string]: unknown;
};

export type Role =
  | 'system' // a facility's own software (client credentials)
  | 'doctor'
  | 'nurse'
  | 'receptionist'
  | 'identity-officer'
  | 'privacy-officer'
  | 'admin' // a facility's IT officer
  | 'citizen'
  | 'ministry'
  | 'platform'; // jobs of this server itself; never a token

/** Who asks. Made by `access` from a verified token; the only source of authority. */
export type Caller = {
  role: Role;
  /** OAuth client id. */
  client: string;
  /** `client/<id>` or `account/<id>`: what openings and the access log are kept by. */
  subject: string;
  /** Shown to the citizen: the person's name, or the system's. */
  name: string;
  /** 5-character facility code; absent for citizens and the ministry. */
  facility?: string;
  /** Name of that facility, for the access log. */
  facilityName?: string;
  /** Department they work in at that facility. */
  department?: string;
  /** `Practitioner/<id>` of a member of staff. */
  practitioner?: string;
  /** Licence to practise; `validUntil` is the last day it holds (`2031-12-31`), absent where it was given for good. */
  licence?: { number: string; scope?: string; validUntil?: string };
  /** Id of the sign-in session of a person; a system has none. */
  session?: string;
  /** The person key (uuid) of a citizen. */
  person?: string;
  /** How surely VNeID knows a citizen: its account level. Absent counts as 2. */
  assurance?: 1 | 2;
  /**
   * Set for an app of others whose scopes are about one patient: the row id of the Patient it was opened for; without one
   * it was opened for nobody, and `patient/…` shows nothing.
   */
  launch?: { patient?: string };
  /** What a facility's software said its token is for, v3-PurposeOfUse codes: nothing is opened for another purpose. */
  purposes?: readonly string[];
  /** Set when the token is bound to a certificate that the connection showed: what stands beside it is its holder's word. */
  bound?: true;
  /** Set when the practitioner stands in a header beside a token that whoever holds it may send: nobody vouches for the name. */
  namedBeside?: true;
  scopes: readonly string[];
};

/** One request: who asks, its id for logs, what for. */
export type Context = {
  caller: Caller;
  requestId: string;
  purpose?: string;
  /** Set when the request says how it takes answers of others that are asked for it. */
  patience?: Patience;
};

/** How long an answer may wait for others, in ms (`Prefer: wait`), and whether they are asked although they just were (`no-cache`). */
export type Patience = { waitMs?: number; anew?: boolean };

/** A resource version as stored: `text` is the very JSON that is served. */
export type Stored = {
  type: string;
  id: string;
  version: number;
  updated: Date;
  text: string;
};

/** What a write did. `outcome` 'unchanged' is a conditional create that found its match. */
export type Written = Stored & { outcome: 'created' | 'updated' | 'deleted' | 'unchanged'; issues?: Issue[] };

/** One entry of a searchset or history Bundle; `text` is absent for a deletion in a history. */
export type PageEntry = {
  fullUrl: string;
  text?: string;
  mode?: 'match' | 'include' | 'outcome';
  request?: { method: string; url: string };
  response?: { status: string; etag?: string; lastModified?: string };
};

/** A page of results. `self` and `next` are path and query relative to the FHIR base. */
export type Page = {
  kind: 'searchset' | 'history';
  entries: PageEntry[];
  /** Entries of the same Bundle behind `entries`, fetched as they are taken; absent when there are none. */
  more?: AsyncIterable<readonly PageEntry[]>;
  self: string;
  next?: string;
  total?: number;
  /** Headers of the answer that is this page alone. */
  headers?: Readonly<Record<string, string>>;
};

/** What must hold of the current version before a write. Source: RFC 9110 13.1.1, 13.1.2 */
export type Preconditions = {
  /** Versions of which If-Match asks for one; '*' any, as long as there is one. */
  ifMatch?: readonly number[] | '*';
  /** Versions that If-None-Match must not find; '*' none at all: the write is to create. */
  ifNoneMatch?: readonly number[] | '*';
};

export type WriteOptions = Preconditions & {
  /** Search criteria of If-None-Exist (create), or of a conditional update, patch or delete. */
  condition?: URLSearchParams;
  /**
   * A Provenance of what is written, stored with it in the same commit; its target is that version. When nothing is
   * written, it is not. Source: https://hl7.org/fhir/R4/provenance.html#header
   */
  provenance?: Resource;
  /** A create that is made once under this key; `body` is a hash of what was sent: another one under the same key is an error. */
  submission?: { key: string; body: string };
  /** Whether the warnings of validation are told too, as `issues` of what is written. */
  warnings?: boolean;
};

/**
 * What a patch makes of the current version: a new resource, the given one unchanged. May run again when another
 * writer was faster. Throws OutcomeError when it does not apply. Source: https://hl7.org/fhir/R4/http.html#patch
 */
export type Patch = (current: Resource) => Resource;

/** The interactions that change nothing. */
export type Reads = Pick<Interactions, 'read' | 'vread' | 'history' | 'search' | 'everything'>;

/** Room for what the reads of one Bundle answer: all of it is held until the last is made. */
export type Room = {
  /** Waits for a turn to make a page of so many resources (as `_count` says it; none said: the usual); resolves with what ends it. Throws `transient`. */
  turn(count: string | undefined): Promise<() => void>;
  /**
   * Counts so many more characters of answers, or fewer where they are let go. Throws `too-costly` beyond what one
   * Bundle may be answered, `transient` while the answers of others fill the room; then they are not counted.
   */
  hold(characters: number): void;
  /** Whether nobody is left to take the answer. */
  isLeft(): boolean;
};

export type TransactionOptions = {
  /** Idempotency-Key of the request; else Bundle.identifier, else the body's SHA-256 is the key. */
  idempotencyKey?: string;
  /** SHA-256 (hex) of the request body. */
  bodyHash?: string;
  handling: 'strict' | 'lenient';
  /** What each entry that writes is answered with besides its status; 'minimal' (nothing) when absent. */
  return?: 'minimal' | 'representation' | 'OperationOutcome';
  /** Who answers the reads of the Bundle, type by type; the store when absent. */
  reads?: (type: string) => Partial<Reads>;
  /** Bounds what the reads of the Bundle answer; unbounded when absent. */
  room?: Room;
  /** Text of the CapabilityStatement, for an entry that asks for `metadata`. */
  statement?: () => Promise<string>;
  /** Carries out an operation that an entry of a batch calls; without it operations are refused. */
  operation?: (call: OperationCall) => Promise<OperationAnswer>;
  /** Entries of a batch, by index, that were refused before they reached the store: each is answered with its error alone. */
  failed?: ReadonlyMap<number, OutcomeError>;
  /** Told of each entry of a batch that failed, so that a refusal stands in the access log. */
  refused?: (error: OutcomeError, request: { method: string; url: string }) => Promise<void>;
};

/** An operation as an entry of a batch calls it. `path` as in its url: `Type`, id and `$code`, as far as there are. */
export type OperationCall = {
  method: string;
  path: readonly string[];
  query: URLSearchParams;
  resource?: Resource;
  ifMatch?: Preconditions['ifMatch'];
};

/** What an operation answered: HTTP status, and the text of its resource when there is one. */
export type OperationAnswer = { status: number; text?: string };

/** The answer to a transaction or batch: the text of the response Bundle. */
export type BundleAnswer = { text: string; duplicate: boolean };

export type SearchOptions = {
  handling: 'strict' | 'lenient';
  /** Only what is in this compartment: `Patient/1`. Source: https://hl7.org/fhir/R4/compartmentdefinition.html */
  compartment?: { type: string; id: string };
};

/**
 * The FHIR R4 interactions. `http` binds them to REST, `repository` carries them out.
 * Every method throws OutcomeError. Source: https://hl7.org/fhir/R4/http.html
 */
export interface Interactions {
  read(context: Context, type: string, id: string): Promise<Stored>;
  vread(context: Context, type: string, id: string, version: string): Promise<Stored>;
  /** History of a resource; without `id` of a type; without `type` of everything. `params`: _count, _since, _at, _page. */
  history(
    context: Context,
    type: string | undefined,
    id: string | undefined,
    params: URLSearchParams,
  ): Promise<Page>;
  create(context: Context, resource: Resource, options?: WriteOptions): Promise<Written>;
  update(context: Context, resource: Resource, options?: WriteOptions): Promise<Written>;
  /** Patches the resource named by `id`, or by `options.condition`. */
  patch(
    context: Context,
    type: string,
    id: string | undefined,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<Written>;
  delete(context: Context, type: string, id: string | undefined, options?: WriteOptions): Promise<Written>;
  /** Search on a type, or on all types when `type` is undefined. */
  search(
    context: Context,
    type: string | undefined,
    params: URLSearchParams,
    options: SearchOptions,
  ): Promise<Page>;
  /** Patient/{id}/$everything and Encounter/{id}/$everything with start, end, _since, _type, _count, _page. */
  everything(context: Context, type: string, id: string, params: URLSearchParams): Promise<Page>;
  transaction(context: Context, bundle: Resource, options: TransactionOptions): Promise<BundleAnswer>;
  batch(context: Context, bundle: Resource, options: TransactionOptions): Promise<BundleAnswer>;
}

/** One row of the feed: a committed change. `patient` is the Patient it speaks of, when any. */
export type FeedEntry = {
  /** Opaque, ordered; give the last one back to go on from there. */
  cursor: string;
  type: string;
  id: string;
  version: number;
  action: 'create' | 'update' | 'delete';
  facility: string;
  /** Person key (uuid) and Patient row id (uuid) for resources of a patient compartment. */
  person?: string;
  patient?: string;
  at: Date;
  /** How long the text of the resource is now, in bytes; 0 of one that is not large. */
  len: number;
};

/** What was done, as the access log names it. */
export type AccessAction =
  | 'read'
  | 'vread'
  | 'history'
  | 'search'
  | 'create'
  | 'update'
  | 'delete'
  | 'transaction'
  | 'match'
  | 'open'
  | 'sign-in'
  | 'sign-out'
  | 'submit'
  | 'operation' // any other operation; `target` names it: `Type/$code`
  | 'export' // data left as a file
  | 'print'
  | 'erase'
  | 'backup'
  | 'restore'
  | 'security' // a security event of its own; `detail.event` names it
  | 'lock' // a screen locked, by its person or because nobody was there
  | 'unlock' // the same person entered again
  | 'revoke' // sessions ended from elsewhere
  | 'switch' // to another of one's facilities
  | 'account'; // an account, or what it signs in with, was changed; the reason says how

/** What an access to a person's record rested on: `own`, `self`, an `opening` with its purpose and reason, a relationship. */
export type AccessBasis = {
  basis: string;
  purpose?: string;
  reason?: string;
  /** Such as the version of the policy that decided. */
  detail?: Readonly<Record<string, string>>;
};

/** What the access log records of one access. No clinical content, no search values. */
export type AccessEvent = {
  at: Date;
  requestId: string;
  caller: Caller;
  action: AccessAction;
  /** Person keys touched: one log row each; none = a row that belongs to nobody. */
  persons: readonly string[];
  /** What each of these rested on when it was decided; undefined where nothing did. Absent: whoever writes the log asks. */
  bases?: readonly (AccessBasis | undefined)[];
  /** Resource type, or `Type/id` when one resource was asked for. */
  target?: string;
  /** How many resources were shown or written. */
  count?: number;
  /** v3-PurposeOfUse code, with the typed reason when there is one. */
  purpose?: string;
  reason?: string;
  outcome: 'success' | 'denied' | 'failed';
  /** Further facts by name: codes, versions, numbers; never words that the law might ask to erase. */
  detail?: Readonly<Record<string, string>>;
};
