import { createHash } from 'node:crypto';
import type { WriteOptions } from '@yba/fhir';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../http-error.ts';

const wellFormedKey = /^[\x21-\x7e]{1,255}$/;

/** The key under which a transaction or a create is applied once; undefined when none is named. Throws 400 for what is none. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'] as string | undefined;
  if (key === undefined || wellFormedKey.test(key)) return key;
  throw new HttpError(
    400,
    'invalid',
    'Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.',
  );
}

/** The key of a create or an operation, with a hash of all that it asks for. */
export function submissionOf(request: FastifyRequest): Pick<WriteOptions, 'submission'> {
  const key = idempotencyKeyOf(request);
  if (key === undefined) return {};
  const { url, headers, bodyBytes } = request;
  const asked = [url, headers['if-none-exist'] ?? null, headers['x-provenance'] ?? null];
  const body = createHash('sha256')
    .update(JSON.stringify(asked))
    .update(bodyBytes ?? '')
    .digest('hex');
  return { submission: { key, body } };
}

/** Refuses (400) the header where a repeat would be carried out again all the same; `instead` is what is done once. */
export function refuseIdempotencyKey({ headers }: FastifyRequest, instead: string): void {
  if (headers['idempotency-key'] === undefined) return;
  throw new HttpError(
    400,
    'not-supported',
    `Idempotency-Key is not kept here: this would be done again when it is repeated. To have it done once, ${instead}.`,
    { expression: 'Idempotency-Key' },
  );
}
