import type { Caller, Context, IssueType, Patience } from '@yba/fhir';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once `authenticate` has answered; null on public routes. */
    caller: Caller | null;
    /** The body's bytes, decompressed, as they came. */
    bodyBytes: Buffer | null;
    /** IssueType of the error answered, for the log. */
    issue: IssueType | undefined;
  }
}

/** Answers who asks, from the request's credentials. Throws OutcomeError `login` when they are missing or wrong. */
export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

/** The context that goes down with a request that has been authenticated. */
export function contextOf(request: FastifyRequest): Context {
  if (!request.caller) throw new Error('no caller on an authenticated route');
  const patience = patienceOf(request);
  const purpose = request.caller.purposes?.[0];
  return {
    caller: request.caller,
    requestId: request.id,
    ...(purpose === undefined ? {} : { purpose }),
    ...(patience ? { patience } : {}),
  };
}

/** Longest an answer waits for others, in seconds. */
const LONGEST_WAIT_S = 10;

/** Sources: https://www.rfc-editor.org/rfc/rfc7240#section-4.3, https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1.4 */
function patienceOf({ headers }: FastifyRequest): Patience | undefined {
  const prefer = headers.prefer as string | string[] | undefined;
  const wait =
    prefer === undefined ? undefined : /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/.exec(String(prefer))?.[1];
  const isAnew = headers['cache-control']?.includes('no-cache') === true;
  if (wait === undefined && !isAnew) return undefined;
  return {
    ...(wait === undefined ? {} : { waitMs: Math.min(Number(wait), LONGEST_WAIT_S) * 1000 }),
    ...(isAnew ? { anew: true } : {}),
  };
}
