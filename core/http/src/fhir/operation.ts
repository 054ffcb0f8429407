import { Readable } from 'node:stream';
import { forbidden, OutcomeError, validate } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Operation, OperationRequest } from '../capability.ts';
import { HttpError } from '../http-error.ts';
import { contextOf } from '../request-types.ts';
import { sendText } from './answers.ts';
import { presentationOf, queryOf } from './query.ts';
import { bodyOf } from './resource-body.ts';

/** The path of an operation under the FHIR base. Source: https://hl7.org/fhir/R4/operations.html#executing */
export function pathOf({ code, on }: Operation): string {
  if (!on.type) return `/$${code}`;
  const type = on.type === '*' ? ':type' : on.type;
  return on.instance ? `/${type}/:id/$${code}` : `/${type}/$${code}`;
}

/** What the operation is given: valid R4, whoever asks, so that operations may trust its shape. */
function contentOf(
  operation: Operation,
  request: FastifyRequest,
): Pick<OperationRequest, 'body' | 'bytes' | 'stream'> {
  if (operation.consumes === 'xml-stream') {
    if (request.body instanceof Readable) return { stream: request.body };
    throw new HttpError(415, 'not-supported', `$${operation.code} takes XML. Send application/xml.`);
  }
  if (operation.consumes === 'bytes') return request.bodyBytes === null ? {} : { bytes: request.bodyBytes };
  const body = operation.trusts === 'nothing' ? anyBodyOf(request) : validBodyOf(request);
  return { ...(body ? { body } : {}), ...(request.bodyBytes ? { bytes: request.bodyBytes } : {}) };
}

function anyBodyOf(request: FastifyRequest): Resource | undefined {
  return request.body === undefined || request.body === null ? undefined : bodyOf(request);
}

/** The body when there is one. Throws what is wrong with it as a resource. */
export function validBodyOf(request: FastifyRequest): Resource | undefined {
  const body = anyBodyOf(request);
  const faults = body
    ? validate(body).filter(({ severity }) => severity === 'error' || severity === 'fatal')
    : [];
  if (faults.length > 0) throw new OutcomeError(faults);
  return body;
}

/** The handler of an operation: question in, its answer out. */
export function operationHandler(operation: Operation) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const context = contextOf(request);
    if (context.caller.launch && !operation.forApps)
      throw forbidden(
        `$${operation.code} is for systems and our own screens, not for apps that people sign in to.`,
      );
    const query = queryOf(request) ?? new URLSearchParams();
    const presentation = presentationOf(request, query);
    const { id, type = operation.on.type } = request.params as { id?: string; type?: string };
    const answer = await operation.handle({
      context,
      query,
      headers: request.headers,
      ...(type ? { type } : {}),
      ...(id === undefined ? {} : { id }),
      ...contentOf(operation, request),
    });
    reply.code(answer.status ?? 200).headers(answer.headers ?? {});
    const text = answer.text ?? (answer.resource && JSON.stringify(answer.resource));
    return text === undefined ? reply.send() : sendText(reply, text, presentation);
  };
}
