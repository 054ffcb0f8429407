import { OutcomeError } from '@yba/fhir';
import { statusOf } from '@yba/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { notSignedInPage } from '../oidc/pages.ts';
import { inBoth, languageOf, say } from './words.ts';

/** True when a person's browser came here by itself or by a form, and so must be shown a page. */
export function wantsPage({ method, headers }: FastifyRequest): boolean {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  return (method === 'GET' || isForm) && (headers.accept?.includes('text/html') ?? false);
}

/** Error handler of the sign-in: people get a page in words, programs what the platform answers elsewhere. */
export function answerSignInError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (!wantsPage(request)) throw error; // the platform's handler is next
  const known = error instanceof OutcomeError;
  const { statusCode = 500 } = error as { statusCode?: number };
  if (!known && statusCode < 500) throw error; // a request that no page of ours sends, such as a form where JSON is taken
  const status = known ? statusOf(error.issues) : 502;
  const words = known ? error.message : say('unavailable', request.headers['accept-language']);
  return sendNotSignedIn(reply.code(status), request, words);
}

/** Sends the page that says why signing in did not work: what was said in the language asked for, in the other one too. */
export function sendNotSignedIn(reply: FastifyReply, request: FastifyRequest, words: string): FastifyReply {
  const language = languageOf(request.headers['accept-language']);
  return reply.type('text/html').send(notSignedInPage(inBoth(words), language));
}
