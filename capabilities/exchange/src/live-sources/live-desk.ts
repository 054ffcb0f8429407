import type { AccessEvent, Caller, Context } from '@yba/fhir';
import type { GuardedFetch } from '@yba/http';
import type { SecretSeal, Sql } from '@yba/postgres';
import type { AccessRequest, Reach, Repository } from '@yba/repository';
import type { FanOut } from './fan-out.ts';
import type { SourceBook } from './sources.ts';

/** What asking live sources rests on. */
export type LiveSourceOptions = {
  /** FHIR base of this platform, without a slash at its end. */
  fhirBase: string;
  /** The owner's pool: whose sources know whom belongs to no facility. */
  sql: Sql;
  secrets: SecretSeal;
  repository: Pick<Repository, 'patient' | 'current'>;
  /** The policy point. */
  decide(context: Context, request: AccessRequest): Promise<Reach>;
  /** `read` resolves once the access is in the log. */
  audit: { read(event: AccessEvent): Promise<void> };
  /** A `fetch` that reaches no address it should not. */
  fetch: GuardedFetch;
  /** In whose name a source is asked, as a token it can check. */
  askerToken(asked: { caller: Caller; purpose: string; audience: string }): Promise<string>;
  /** For which purpose (v3-PurposeOfUse) this caller may look at this person now. */
  purpose(context: Context, person: string): Promise<string>;
  onError(error: unknown): void;
};

/** The same, with what is made of it. */
export type LiveDesk = LiveSourceOptions & { book: SourceBook; fanOut: FanOut };
