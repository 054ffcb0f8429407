import type { FastifyRequest } from 'fastify';
import { HttpError } from './http-error.ts';
import { isOurVersion } from './media-types.ts';

const servable = new Set([
  '*/*',
  'application/*',
  'application/fhir+json',
  'application/json',
  'application/json+fhir',
  'text/json',
  'json',
]);

/** What most clients send. */
const usual = new Set(['*/*', 'application/fhir+json']);

/** Ranges of an Accept header that are of our version of FHIR and not refused by `q=0`, without their parameters. */
function ranges(accept: string): string[] {
  return accept
    .split(',')
    .filter(isOurVersion)
    .map((range) => range.split(';').map((part) => part.trim().toLowerCase()))
    .filter(([, ...parameters]) => !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)))
    .map(([type]) => type ?? '');
}

/** What an Accept header takes: media types and ranges of them, anything when there is none. */
export const acceptedTypes = (accept: string | undefined): string[] => ranges(accept ?? '*/*');

/**
 * Refuses (406) a request that will not take JSON. `_format` outweighs Accept; a browser's Accept, which
 * takes anything, gets JSON. Source: https://hl7.org/fhir/R4/http.html#mime-type
 */
export function assertJsonAccepted(request: FastifyRequest, query: URLSearchParams | undefined): void {
  const format = query?.get('_format');
  // '+' of application/fhir+json arrives as a space when the client did not encode it
  if (format) return assertServable(ranges(format.replace(/^([^; ]*) /, '$1+')), `_format=${format}`);
  const accept = request.headers.accept;
  if (!accept || usual.has(accept)) return;
  assertServable(ranges(accept), `Accept: ${accept}`);
}

function assertServable(types: string[], asked: string): void {
  if (types.some((type) => servable.has(type))) return;
  throw new HttpError(
    406,
    'not-supported',
    `${asked} cannot be served; resources are served as application/fhir+json; fhirVersion=4.0.`,
  );
}
