import type { FastifyRequest } from 'fastify';
import type { summarise } from '@yba/fhir';
import { assertJsonAccepted } from '../accept.ts';
import { HttpError } from '../http-error.ts';

/** How the answer is to be written; taken out of the query, which then holds the question alone. */
export type Presentation = { pretty: boolean };

/** The query of the URL, as it came: repeated parameters keep their order. */
export function queryOf(request: FastifyRequest): URLSearchParams | undefined {
  const at = request.url.indexOf('?');
  return at < 0 || at === request.url.length - 1 ? undefined : new URLSearchParams(request.url.slice(at + 1));
}

/**
 * Reads `_format` and `_pretty` and takes them out of the query. Throws 406 when JSON is not wanted.
 * Source: https://hl7.org/fhir/R4/http.html#parameters
 */
export function presentationOf(request: FastifyRequest, query: URLSearchParams | undefined): Presentation {
  assertJsonAccepted(request, query);
  if (!query) return { pretty: false };
  const pretty = query.get('_pretty') === 'true';
  query.delete('_format');
  query.delete('_pretty');
  return { pretty };
}

/** Which elements of a resource are wanted; undefined for all of them. */
export type Subset = Parameters<typeof summarise>[1];

const summaries = new Set(['true', 'text', 'data', 'false']);

/**
 * Reads `_summary` and `_elements` of a read. Throws 400 for a summary that a single resource does not have.
 * Source: https://hl7.org/fhir/R4/http.html#parameters
 */
export function subsetOf(query: URLSearchParams | undefined): Subset | undefined {
  const elements = query
    ?.get('_elements')
    ?.split(',')
    .filter((name) => name !== '');
  if (elements?.length) return { elements };
  const summary = query?.get('_summary');
  if (!summary || summary === 'false') return undefined;
  if (summaries.has(summary)) return { summary: summary as 'true' | 'text' | 'data' };
  throw new HttpError(
    400,
    'invalid',
    `_summary=${summary} cannot be asked of one resource; use true, text or data.`,
  );
}
