import type { FastifyRequest } from 'fastify';
import { HttpError } from './http-error.ts';

/** Headers that say one thing, of which Node keeps the first, or joins two to a third. */
const SINGLE = [
  'host',
  'authorization',
  'content-type',
  'idempotency-key',
  'if-modified-since',
  'if-none-exist',
  'x-provenance',
  'x-security-context',
] as const;

/**
 * What is wrong with a request whatever is served where it goes: its Host, a header that stands twice, a coding that is not
 * undone, two slashes at the beginning. Source: RFC 9112 3.2 (Host), 6.1 (Transfer-Encoding), RFC 9110 5.3
 */
export function strangeRequest({ raw, url }: FastifyRequest): HttpError | undefined {
  if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
    return new HttpError(
      400,
      'required',
      'A request of HTTP/1.1 names its Host: add the header, as in Host: yba.vn',
    );
  const twice = repeated(raw);
  if (twice !== undefined)
    return new HttpError(400, 'invalid', `The header ${twice} stands twice. Send it once.`);
  const coding = raw.headers['transfer-encoding'];
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked')
    return new HttpError(
      400,
      'not-supported',
      `Transfer-Encoding ${coding} is not taken; send the body chunked, or with its Content-Length, and name gzip as Content-Encoding.`,
    );
  if (url.startsWith('//'))
    return new HttpError(
      404,
      'not-found',
      'Nothing is served at this address: it begins with two slashes. Write one.',
    );
  return undefined;
}

/** The first of these headers that stands twice. */
function repeated(raw: FastifyRequest['raw']): string | undefined {
  if (raw.rawHeaders.length === 2 * Object.keys(raw.headers).length) return undefined;
  return SINGLE.find((name) => (raw.headersDistinct[name]?.length ?? 0) > 1);
}
