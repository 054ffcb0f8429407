import { OutcomeError } from '@yba/fhir';
import { statusOf } from '@yba/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { escapeHtml, plainPage } from '../oidc/pages.ts';
import { say } from './words.ts';

/** True when a person's browser came here by itself, and so must be shown a page. */
export function wantsPage(request: FastifyRequest): boolean {
  return request.method === 'GET' && (request.headers.accept?.includes('text/html') ?? false);
}

/** Error handler of the sign-in: people get a page in words, programs what the platform answers elsewhere. */
export function answerSignInError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (!wantsPage(request)) throw error; // the platform's handler is next
  const known = error instanceof OutcomeError;
  const status = known ? statusOf(error.issues) : 502;
  const words = known ? error.message : say('unavailable', request.headers['accept-language']);
  return reply.code(status).type('text/html').send(signInErrorPage(words));
}

/** A page that says in words why signing in did not work, and leads back. */
export function signInErrorPage(words: string): string {
  return plainPage(
    'Chưa đăng nhập được',
    `<p>${escapeHtml(words)}</p><p><a class="b" href="/">Về trang đầu</a></p>`,
  );
}
