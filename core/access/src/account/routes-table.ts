import { outcomeError } from '@yba/fhir';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { signedIn, type AccountRoutes, type Person } from './signed-in.ts';

/** The members of a JSON body, all of them asked for. */
export type Body = Record<string, object>;

/** Text of a body, at most so long. */
export const text = (maxLength: number, minLength = 1) => ({ type: 'string', minLength, maxLength }) as const;

/** A route of somebody signed in: what it does with whom, and the JSON it answers. */
export type PersonRoute = {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: Body;
  /** Members that the body may have besides. */
  also?: Body;
  /** True when a locked session may ask. */
  locked?: boolean;
  handle(person: Person, request: FastifyRequest, reply: FastifyReply): Promise<object>;
};

/**
 * Serves these routes below `/oauth`. A body that lacks something, or has what nobody would read, is refused naming it: of a licence
 * whose `withdrawn` is passed over one is in force that is not. Answers are never kept.
 */
export function addPersonRoutes(
  app: FastifyInstance,
  routes: AccountRoutes,
  table: readonly PersonRoute[],
): void {
  for (const { method, path, body, also, locked = false, handle } of table) {
    app.route({
      method,
      url: `/oauth${path}`,
      exposeHeadRoute: false,
      bodyLimit: 32_768,
      attachValidation: true,
      ...(body
        ? {
            schema: {
              body: { type: 'object', required: Object.keys(body), properties: { ...also, ...body } },
            },
          }
        : {}),
      handler: async (request, reply) => {
        const person = await signedIn(routes, request, { locked });
        const fault = request.validationError;
        if (fault)
          throw outcomeError(
            'required',
            `This needs ${Object.keys(body ?? {}).join(', ')}: ${fault.message}`,
          );
        if (body) refuseUnknown(request.body as object, Object.keys({ ...also, ...body }));
        return reply.send(await handle(person, request, reply));
      },
    });
  }
}

function refuseUnknown(body: object, known: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const name = unknown.slice(0, 60);
  throw outcomeError(
    'structure',
    {
      en: `There is no member “${name}” here; known are ${known.join(', ')}`,
      vi: `Không có trường “${name}”; các trường dùng được: ${known.join(', ')}.`,
    },
    name,
  );
}
