import { Readable } from 'node:stream';
import { forbidden, OutcomeError, validate } from '@yba/fhir';
import type { Context, OperationAnswer, OperationCall, Page, Resource } from '@yba/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Operation, OperationRequest, OperationResponse } from '../capability.ts';
import { HttpError, methodNotAllowed } from '../http-error.ts';
import { contextOf } from '../request-types.ts';
import { whileStanding } from '../standing.ts';
import { tooMuchInOne, BUNDLE_MOST } from '../wide-answers.ts';
import { sendPage, sendText } from './answers.ts';
import type { Binding } from './binding.ts';
import { bundleText } from './bundle-text.ts';
import { refuseIdempotencyKey, submissionOf } from './idempotency-key.ts';
import { provenanceOf, refuseProvenance } from './provenance.ts';
import { presentationOf, queryOf } from './query.ts';
import { bodyOf } from './resource-body.ts';
import { unknownOperation } from './unknown-operation.ts';
import { preconditionsOf } from './versions.ts';

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
  if (body) assertValid(body);
  return body;
}

function assertValid(body: Resource): void {
  const faults = validate(body).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (faults.length > 0) throw new OutcomeError(faults);
}

function refuseApps({ code, forApps }: Operation, { caller }: Context): void {
  if (caller.launch && !forApps)
    throw forbidden(`$${code} is for systems and our own screens, not for apps that people sign in to.`);
}

/** Headers that speak of the batch, or of one interaction, and not of an operation that an entry calls. */
const OF_THE_WHOLE = ['idempotency-key', 'if-match', 'if-none-match', 'if-none-exist', 'if-modified-since'];

/** Carries out the operation that an entry of a batch calls, as its own request would. */
export const operationIn =
  ({ operations, resourceTypes, base }: Binding, request: FastifyRequest) =>
  async ({ method, path, query, resource, ifMatch }: OperationCall): Promise<OperationAnswer> => {
    const code = path.at(-1)!;
    const [type, id] = path.slice(0, -1);
    const isHere = ({ on }: Operation) =>
      on.type === '*' ? type !== undefined && resourceTypes.has(type) : on.type === type;
    const here = operations.filter(
      (one) => `$${one.code}` === code && isHere(one) && Boolean(one.on.instance) === (id !== undefined),
    );
    if (here.length === 0 || path.length > 3) throw unknownOperation(code);
    const asked = method === 'HEAD' ? 'GET' : method;
    const operation = here.find(({ methods }) => (methods as readonly string[]).includes(asked));
    if (!operation)
      throw methodNotAllowed(
        method,
        here.flatMap(({ methods }) => methods),
        `${code} is called otherwise.`,
      );
    if (operation.consumes && operation.consumes !== 'json')
      throw new HttpError(400, 'not-supported', `${code} takes no resource and is called on its own.`);
    const context = contextOf(request);
    refuseApps(operation, context);
    if (resource && operation.trusts !== 'nothing') assertValid(resource);
    const headers = Object.entries(request.headers).filter(([name]) => !OF_THE_WHOLE.includes(name));
    const answer = await operation.handle({
      context,
      query: new URLSearchParams(query),
      headers: Object.fromEntries(headers),
      ...(operation.patches && ifMatch !== undefined ? { write: { ifMatch } } : {}),
      ...(type ? { type } : {}),
      ...(id === undefined ? {} : { id }),
      ...(resource ? { body: resource } : {}),
    });
    const text = answer.page ? bundleText(base, await wholePage(answer.page)) : textOf(answer);
    return { status: answer.status ?? 200, ...(text === undefined ? {} : { text }) };
  };

const textOf = ({ text, resource }: OperationResponse) => text ?? (resource && JSON.stringify(resource));

/** A page with all that is behind it: among the answers of a batch it stands in one piece. Throws `too-costly` where it is more than they may be. */
async function wholePage({ more, ...page }: Page): Promise<Page> {
  const entries = [...page.entries];
  let length = 0;
  if (more)
    for await (const part of more) {
      entries.push(...part);
      length += part.reduce((sum, { text = '' }) => sum + text.length, 0);
      if (length > BUNDLE_MOST) throw tooMuchInOne();
    }
  return { ...page, entries };
}

/** A page whose later parts are sent as long as the token of who asked opens anything. */
export const standingPage = (binding: Binding, request: FastifyRequest, page: Page): Page =>
  page.more ? { ...page, more: whileStanding(page.more, binding.stands(request)) } : page;

/** The handler of an operation: question in, its answer out. */
export function operationHandler(binding: Binding, operation: Operation) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const context = contextOf(request);
    refuseApps(operation, context);
    const query = queryOf(request) ?? new URLSearchParams();
    const presentation = presentationOf(request, query);
    const { id, type = operation.on.type } = request.params as { id?: string; type?: string };
    if (!operation.patches) refuseProvenance(request);
    const { idempotencyKey } = operation;
    if (typeof idempotencyKey === 'object') refuseIdempotencyKey(request, idempotencyKey.instead);
    const answer = await operation.handle({
      context,
      query,
      headers: request.headers,
      ...(operation.patches ? { write: { ...preconditionsOf(request), ...provenanceOf(request) } } : {}),
      ...(idempotencyKey === 'kept' ? submissionOf(request) : {}),
      ...(type ? { type } : {}),
      ...(id === undefined ? {} : { id }),
      ...contentOf(operation, request),
    });
    reply.code(answer.status ?? 200).headers(answer.headers ?? {});
    if (answer.page)
      return sendPage(reply, binding.base, standingPage(binding, request, answer.page), presentation);
    const text = textOf(answer);
    return text === undefined ? reply.send() : sendText(reply, text, presentation);
  };
}
