import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';
import { safeError } from './safe-error.ts';

/**
 * One log line for each request, when it is answered: the route's pattern, never its URL, query, body or ids;
 * the caller's role and facility, never who.
 */
export class RequestLog extends LogController {
  readonly #types: ReadonlySet<string>;

  /** `types`: of resources; what else stands where a type is expected, a person's number say, is not told. */
  constructor(types: ReadonlySet<string>) {
    super({ requestIdLogLabel: 'request' });
    this.#types = types;
  }

  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const { type } = (request.params ?? {}) as { type?: string };
    const line = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      type: type !== undefined && this.#types.has(type) ? type : undefined,
      role: request.caller?.role,
      facility: request.caller?.facility,
      issue: request.issue,
    };
    if (error) reply.log.error({ ...line, error: safeError(error) }, 'broken off');
    else reply.log.info(line, 'answered');
  }

  override defaultErrorLog(): void {}

  override routeNotFound(): void {}

  override streamError(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
    reply.log.warn({ error: safeError(error) }, 'response stream broke');
  }

  override writeHeadError(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
    reply.log.warn({ error: safeError(error) }, 'response head refused');
  }

  override serializerError(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
    reply.log.error({ error: safeError(error) }, 'response could not be written');
  }
}
