import type { FastifyRequest } from 'fastify';
import type { Authenticate } from './request-types.ts';

/** Resolves while the token of a request still opens something. Throws OutcomeError `login` once it was revoked, or its session ended. */
export type Stands = () => Promise<void>;

/**
 * What is asked again while an answer is under way. A token that runs out by itself meanwhile was good when the answer began:
 * its session goes on.
 */
export const standing =
  (authenticate: Authenticate) =>
  (request: FastifyRequest): Stands => {
    const expires = expiryOf(request.headers.authorization);
    return async () => {
      if (Date.now() < expires) await authenticate(request);
    };
  };

/** Ends, as an answer that broke off, once the token of who asked opens nothing any more: however slowly he reads. */
export async function* whileStanding<Part>(parts: AsyncIterable<Part>, stands: Stands): AsyncGenerator<Part> {
  for await (const part of parts) {
    await stands();
    yield part;
  }
}

/** When a token that was verified runs out by its own word, in ms; never where it does not say. */
function expiryOf(authorization: string | undefined): number {
  const [, claims = ''] = authorization?.split('.') ?? [];
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { exp?: number };
    return exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
