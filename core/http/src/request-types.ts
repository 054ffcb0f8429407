import type { Caller, Context, IssueType } from '@yba/fhir';
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
  return { caller: request.caller, requestId: request.id };
}
