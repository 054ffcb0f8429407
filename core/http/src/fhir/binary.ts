import { parseJson, type Stored } from '@yba/fhir';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptedTypes } from '../accept.ts';
import type { BodyBudget } from '../body-budget.ts';
import { HttpError } from '../http-error.ts';
import { FHIR_XML_TYPES, JSON_LIMIT_BYTES, JSON_TYPES, XML_TYPES } from '../media-types.ts';
import { describe } from './answers.ts';
import type { Step } from './binding.ts';
import { isNotModified } from './versions.ts';

/** Names of FHIR's own formats: who names one of them wants the resource. */
const formats: ReadonlySet<string> = new Set([...JSON_TYPES, 'text/json', ...FHIR_XML_TYPES]);

/**
 * Whether a read of a Binary asks for what is in it: it names no format of FHIR, and nothing else that only a resource
 * has. Source: https://hl7.org/fhir/R4/binary.html#rest
 */
export function asksForContent({ headers }: FastifyRequest, query: URLSearchParams | undefined): boolean {
  return !query?.size && !acceptedTypes(headers.accept).some((type) => formats.has(type));
}

/** What goes into a header as it is: a type, and parameters of plain characters. */
const mediaType = /^[\w.+-]+\/[\w.+-]+(?:\s*;\s*[\w-]+=(?:"[\x20\x21\x23-\x7e]*"|[\w.+:/-]+))*$/;

/**
 * Answers a Binary as the bytes it holds, to be saved: whatever a browser could run in it stays asleep. Throws 406 when its type
 * is not wanted.
 */
export function sendContent(request: FastifyRequest, reply: FastifyReply, stored: Stored): FastifyReply {
  const { contentType, data } = parseJson(stored.text);
  const told = String(contentType);
  const type = mediaType.test(told) ? told : 'application/octet-stream';
  const [plain = ''] = type.toLowerCase().split(/\s*;/);
  const wanted = acceptedTypes(request.headers.accept);
  if (![plain, plain.replace(/\/.*/, '/*'), '*/*'].some((range) => wanted.includes(range)))
    throw new HttpError(
      406,
      'not-supported',
      `This Binary is ${plain}; ask for that, or for application/fhir+json.`,
    );
  describe(reply, stored);
  if (isNotModified(request, stored)) return reply.code(304).send();
  return reply
    .headers({
      'content-type': type,
      'content-disposition': 'attachment',
      'content-security-policy': "sandbox; default-src 'none'",
    })
    .send(Buffer.from(String(data ?? ''), 'base64'));
}

/**
 * In this scope a body that is in no format of FHIR is the content of a Binary: `Content-Type` is its type,
 * `X-Security-Context` what decides who may see it.
 */
export function takeContent(scope: FastifyInstance, budget: BodyBudget): void {
  scope.removeContentTypeParser([...XML_TYPES, 'application/x-www-form-urlencoded']);
  const bodyLimit = (JSON_LIMIT_BYTES / 4) * 3; // as base64 it is a third longer
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (request, body, done) => {
    const bytes = body as Buffer;
    request.bodyBytes = bytes;
    budget.work(
      request,
      bytes.length,
      () => done(null, binaryOf(request, bytes)),
      (error) => done(error),
    );
  });
}

function binaryOf({ headers, params }: FastifyRequest, bytes: Buffer) {
  const { id } = params as { id?: string };
  const reference = headers['x-security-context'];
  return {
    resourceType: 'Binary',
    ...(id === undefined ? {} : { id }),
    contentType: headers['content-type'] ?? 'application/octet-stream',
    ...(reference === undefined ? {} : { securityContext: { reference } }),
    ...(bytes.length > 0 ? { data: bytes.toString('base64') } : {}),
  };
}

/** The same step where the path says Binary. */
export const ofBinary =
  (step: Step): Step =>
  (binding, request, reply) => {
    (request.params as { type?: string }).type = 'Binary';
    return step(binding, request, reply);
  };
