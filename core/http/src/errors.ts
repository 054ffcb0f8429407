import { isBeyondScope, operationOutcome, OutcomeError, type Issue, type IssueType } from '@yba/fhir';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { HttpError } from './http-error.ts';
import { FHIR_JSON, JSON_PATCH } from './media-types.ts';
import { safeError } from './safe-error.ts';
import { statusOf, type StatusContext } from './status.ts';

type Answer = { status: number; issues: readonly Issue[]; headers?: Readonly<Record<string, string>> };

/** Fastify's own errors, as FHIR tells them. Source: fastify docs/Reference/Errors.md */
const frameworkErrors: Readonly<Record<string, { status: number; code: IssueType; text: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'too-long',
    text: 'The body is larger than this server takes: 16 MiB of JSON once decompressed, 12 MiB of other content, 1 MiB of a form. Send it in parts.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'not-supported',
    text: 'This Content-Type is not taken here. Send application/fhir+json.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'invalid',
    text: 'The body is shorter or longer than its Content-Length says.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    code: 'invalid',
    text: 'The body is empty; a JSON resource is expected.',
  },
  FST_ERR_BAD_URL: { status: 400, code: 'invalid', text: 'The URL is not valid percent-encoding.' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, code: 'too-long', text: 'A part of the URL is too long.' },
};

/** Any error as an HTTP answer; what we did not foresee is an `exception` without its inner text. */
function answerTo(error: unknown, request: FastifyRequest): Answer {
  if (error instanceof HttpError) return error;
  if (error instanceof OutcomeError) {
    return {
      status: statusOf(error.issues, contextOfStatus(request)),
      issues: error.issues,
    };
  }
  const known = frameworkErrors[(error as FastifyError | undefined)?.code ?? ''];
  if (known)
    return {
      status: known.status,
      issues: [{ severity: 'error', code: known.code, diagnostics: known.text }],
    };
  const status = (error as FastifyError | undefined)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return {
      status,
      issues: [
        {
          severity: 'error',
          code: status === 404 ? 'not-found' : 'invalid',
          diagnostics: 'The request could not be understood.',
        },
      ],
    };
  }
  const diagnostics = `Something went wrong on our side. Quote request ${request.id} when you report it.`;
  return { status: 500, issues: [{ severity: 'fatal', code: 'exception', diagnostics }] };
}

/** A search body is a question, not a resource. */
function contextOfStatus({ body, routeOptions }: FastifyRequest): StatusContext {
  const hasBody = body !== undefined && body !== null && !(body instanceof URLSearchParams);
  return { hasBody, bundle: hasBody && (routeOptions.url === '/fhir' || routeOptions.url === '/fhir/') };
}

/** Headers that go with a status whatever raised it. Source: RFC 6750 3, RFC 9110 10.2.3, RFC 5789 2.2 */
function headersOf({ status, issues }: Answer, { method, headers }: FastifyRequest): Record<string, string> {
  if (status === 415 && method === 'PATCH') return { 'accept-patch': `${JSON_PATCH}, application/fhir+json` };
  if (status === 401) {
    const brought = /^bearer /i.test(headers.authorization ?? '');
    return { 'www-authenticate': `Bearer realm="yba"${brought ? ', error="invalid_token"' : ''}` };
  }
  if (status === 403 && isBeyondScope(issues))
    return { 'www-authenticate': 'Bearer realm="yba", error="insufficient_scope"' };
  if (status === 429 || status === 503) return { 'retry-after': '2' };
  return {};
}

/** Turns an error of a layer below (a database that is away) into the OutcomeError it means, or gives it back. */
export type Translate = (error: unknown) => unknown;

/** Whether the sender left in the middle of its request: nothing of the server, nor of its database, went wrong. */
function isBrokenOff(error: unknown, { raw }: FastifyRequest): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ECONNRESET' && raw.destroyed && !raw.complete;
}

/** Nobody is left to read it; it is what logs and figures count. */
const brokenOff = (cause: unknown) =>
  new HttpError(400, 'invalid', 'The request broke off before its body had come.', { cause });

/** Makes Fastify's error handler: every error leaves as an OperationOutcome, from here alone. */
export function errorHandler(translate: Translate = (error) => error) {
  return (raised: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const isLeft = isBrokenOff(raised, request);
    const error = isLeft ? brokenOff(raised) : translate(raised);
    const answer = answerTo(error, request);
    const { status, issues, headers } = answer;
    if (isLeft) request.log.info('broken off by its sender');
    if (status >= 500) request.log.error({ error: safeError(error) }, 'request failed');
    request.issue = issues[0]?.code;
    // the framework closes where a body was refused; what still comes of it is drained, so that the answer arrives
    if (status < 500 || status === 503) reply.removeHeader('connection');
    return reply
      .code(status)
      .headers({ ...headersOf(answer, request), ...headers })
      .type(FHIR_JSON)
      .send(JSON.stringify(operationOutcome(issues)));
  };
}
