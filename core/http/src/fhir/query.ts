import type { FastifyRequest } from 'fastify';
import { readQuery, subsetOf, subsetOfStatement, type Subset } from '@yba/fhir';
import { assertJsonAccepted } from '../accept.ts';
import { HttpError } from '../http-error.ts';

/** How the answer is to be written; taken out of the query, which then holds the question alone. */
export type Presentation = { pretty: boolean };

/** The same for what a write answers, which may be a part of the resource. */
export type WrittenPresentation = Presentation & { subset: Subset | undefined };

/** The query of the URL, as it came: repeated parameters keep their order. Throws 400 for what is no UTF-8. */
export function queryOf({ url }: Pick<FastifyRequest, 'url'>): URLSearchParams | undefined {
  const at = url.indexOf('?');
  return at < 0 || at === url.length - 1 ? undefined : readQuery(url.slice(at + 1));
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

/**
 * Reads `_format`, `_pretty`, `_summary` and `_elements` of a write, and takes them out of the query.
 * Source: https://hl7.org/fhir/R4/http.html#parameters
 */
export function presentationOfWrite(
  request: FastifyRequest,
  query: URLSearchParams | undefined,
): WrittenPresentation {
  const presentation = { ...presentationOf(request, query), subset: subsetOf(query) };
  query?.delete('_summary');
  query?.delete('_elements');
  return presentation;
}

/**
 * How the answer to a write is to be written that takes no parameters of its own. Throws 400 for one: a condition in the
 * wrong place would be passed over, and another resource written than was meant.
 */
export function presentationAlone(request: FastifyRequest): WrittenPresentation {
  const query = queryOf(request);
  const presentation = presentationOfWrite(request, query);
  for (const name of query?.keys() ?? []) {
    throw new HttpError(
      400,
      'invalid',
      `This request has no parameter “${name}”; a condition goes into If-None-Exist of a create, or stands instead of the id.`,
      { expression: name },
    );
  }
  return presentation;
}

/**
 * Which elements of one resource are wanted; all of them when undefined. Throws 400 for any other parameter: an answer
 * that leaves a question unread is a wrong answer. Source: https://hl7.org/fhir/R4/http.html#parameters
 */
export function subsetOfOne(query: URLSearchParams | undefined): Subset | undefined {
  refuseOthers(query, 'A read has', ['_summary', '_elements']);
  return subsetOf(query);
}

/** The same of the CapabilityStatement, which has a `mode` too. */
export function subsetOfMetadata(query: URLSearchParams | undefined): Subset | undefined {
  refuseOthers(query, 'The CapabilityStatement has', ['mode', '_summary', '_elements']);
  return subsetOfStatement(query);
}

function refuseOthers(query: URLSearchParams | undefined, what: string, known: readonly string[]): void {
  for (const name of query?.keys() ?? []) {
    if (known.includes(name)) continue;
    throw new HttpError(
      400,
      'invalid',
      `${what} no parameter “${name}”; it takes _format, _pretty, ${known.join(', ')}.`,
      { expression: name },
    );
  }
}
