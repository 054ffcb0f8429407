import type { FastifyInstance, FastifyRequest } from 'fastify';
import { takeBytes } from '../bodies.ts';
import type { BodyBudget } from '../body-budget.ts';
import { allowOf, HttpError, methodNotAllowed } from '../http-error.ts';
import type { Binding, Step } from './binding.ts';
import { ofBinary, takeContent } from './binary.ts';
import { bundle } from './bundle.ts';
import { compartment } from './compartment.ts';
import { create } from './create.ts';
import { conditionalDelete, remove } from './delete.ts';
import { everything } from './everything.ts';
import { history } from './history.ts';
import { operationHandler, pathOf } from './operation.ts';
import { conditionalPatch, patch } from './patch.ts';
import { read } from './read.ts';
import { search } from './search.ts';
import { unknownOperation } from './unknown-operation.ts';
import { conditionalUpdate, update } from './update.ts';
import { vread } from './vread.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The REST interactions: method, path under the base, the step that carries it out. */
const interactions: readonly [Method, string, Step][] = [
  ['POST', '/', bundle],
  ['GET', '/', search],
  ['POST', '/_search', search],
  ['GET', '/_history', history],
  ['GET', '/:type', search],
  ['POST', '/:type', create],
  ['PUT', '/:type', conditionalUpdate],
  ['PATCH', '/:type', conditionalPatch],
  ['DELETE', '/:type', conditionalDelete],
  ['POST', '/:type/_search', search],
  ['GET', '/:type/_history', history],
  ['GET', '/:type/:id', read],
  ['PUT', '/:type/:id', update],
  ['PATCH', '/:type/:id', patch],
  ['DELETE', '/:type/:id', remove],
  ['GET', '/:type/:id/_history', history],
  ['GET', '/:type/:id/_history/:version', vread],
  ['GET', '/:type/:id/:inner', compartment],
  ['POST', '/:type/:id/:inner/_search', compartment],
  ['GET', '/Patient/:id/$everything', everything('Patient')],
  ['POST', '/Patient/:id/$everything', everything('Patient')],
  ['GET', '/Encounter/:id/$everything', everything('Encounter')],
  ['POST', '/Encounter/:id/$everything', everything('Encounter')],
];

/** Where the content of a Binary is written as it is. */
const contents: readonly [Method, string, Step][] = [
  ['POST', '/Binary', ofBinary(create)],
  ['PUT', '/Binary/:id', ofBinary(update)],
];

const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const remedies: Readonly<Record<string, string>> = {
  '/': 'POST a transaction or batch Bundle here.',
};

/** Registers the interactions and operations, and answers 405 with Allow for the other methods of each path. */
export function addFhirRoutes(app: FastifyInstance, binding: Binding, budget: BodyBudget): void {
  const allowed = new Map<string, Set<Method>>();
  const allow = (path: string, method: Method) =>
    allowed.set(path, (allowed.get(path) ?? new Set()).add(method));

  for (const [method, path, step] of interactions) {
    app.route({ method, url: path, handler: (request, reply) => step(binding, request, reply) });
    allow(path, method);
  }
  void app.register(async (scope) => {
    takeContent(scope, budget);
    for (const [method, url, step] of contents)
      scope.route({ method, url, handler: (request, reply) => step(binding, request, reply) });
  });
  for (const operation of binding.operations) {
    const path = pathOf(operation);
    const route = {
      method: [...operation.methods],
      url: path,
      handler: operationHandler(binding, operation),
    };
    if (operation.consumes === 'bytes')
      void app.register(async (scope) => {
        takeBytes(scope, budget);
        scope.route(route);
      });
    else app.route(route);
    for (const method of operation.methods) allow(path, method);
  }
  for (const [path, known] of allowed) {
    // what may be asked of an address; R4 has no OPTIONS of its own. Source: RFC 9110 9.3.7
    app.options(path, async (request, reply) => {
      knownOperation(request);
      return reply.header('allow', allowOf(known)).code(204).send();
    });
    // before the body is read, whatever its type
    const refuse = async (request: FastifyRequest) => {
      knownOperation(request);
      const remedy = remedies[request.method] ?? remedies[path] ?? `Use ${[...known].join(', ')}.`;
      throw methodNotAllowed(request.method, [...known], remedy);
    };
    const method = methods.filter((candidate) => !known.has(candidate));
    app.route({ method, url: path, exposeHeadRoute: false, onRequest: refuse, handler: refuse });
  }
  app.all('/*', async () => {
    throw new HttpError(
      404,
      'not-found',
      'Nothing is served at this path; /fhir/metadata lists what there is.',
    );
  });
}

/** Throws 404 where the last part of the address names an operation: those that there are have routes of their own. */
function knownOperation(request: FastifyRequest): void {
  const { type, id, inner } = request.params as { type?: string; id?: string; inner?: string };
  const named = inner ?? id ?? type;
  if (named?.startsWith('$')) throw unknownOperation(named);
}
