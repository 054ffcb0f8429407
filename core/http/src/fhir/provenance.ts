import { OutcomeError, type WriteOptions } from '@yba/fhir';
import type { FastifyRequest } from 'fastify';
import { parseBody } from '../bodies.ts';
import { HttpError } from '../http-error.ts';

const refused = (why: string, cause?: unknown) =>
  new HttpError(400, 'invalid', why, { expression: 'X-Provenance', cause });

/**
 * The Provenance that `X-Provenance` brings along with what is written: one line of JSON. Throws 400 for what is none.
 * Source: https://hl7.org/fhir/R4/provenance.html#header
 */
export function provenanceOf({ headers }: FastifyRequest): Pick<WriteOptions, 'provenance'> {
  const text = headers['x-provenance'];
  if (text === undefined) return {};
  let provenance: WriteOptions['provenance'];
  try {
    // a header arrives as bytes, each a character; in these JSON is UTF-8, or ASCII with escapes
    provenance = parseBody(Buffer.from(String(text), 'latin1')) as WriteOptions['provenance'];
  } catch (cause) {
    if (!(cause instanceof OutcomeError)) throw cause;
    throw refused(`X-Provenance is not one line of JSON in UTF-8: ${cause.message}`, cause);
  }
  if (provenance?.resourceType !== 'Provenance')
    throw refused('X-Provenance must be a resource: {"resourceType": "Provenance", …}, without its target.');
  return { provenance };
}

/**
 * Refuses (400) the header where it would be dropped: beside a Bundle, whose entries may have a Provenance each, a
 * deletion, which leaves no version that one could be read with, and operations that write something else.
 */
export function refuseProvenance({ headers, method }: FastifyRequest): void {
  if (headers['x-provenance'] !== undefined && method !== 'GET' && method !== 'HEAD')
    throw refused(
      'X-Provenance goes with one create, update, patch, $meta-add or $meta-delete; a Bundle carries its Provenance as an entry.',
    );
}
