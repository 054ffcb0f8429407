import type { Socket } from 'node:net';
import { operationOutcome, subsetText, type Caller, type Interactions } from '@yba/fhir';
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';
import { addBodyParsers } from './bodies.ts';
import { addAdmission, type DoorLimits } from './admission.ts';
import { BodyBudget } from './body-budget.ts';
import type { Capability } from './capability.ts';
import { answerClientError, refuseConnect, refuseExpectation } from './client-error.ts';
import { addClientCertificates, type CertificateHeader } from './client-certificate.ts';
import { addCompression } from './compress.ts';
import { boundConnections, HANDSHAKE_MS, HEAD_OPTIONS } from './connections.ts';
import { addCrossOrigin, type KnownOrigin } from './cross-origin.ts';
import { addDrain } from './drain.ts';
import { errorHandler, type Translate } from './errors.ts';
import { sendText } from './fhir/answers.ts';
import type { Binding } from './fhir/binding.ts';
import type { About } from './fhir/metadata.ts';
import { queryOf, presentationOf, subsetOfMetadata } from './fhir/query.ts';
import { knows } from './fhir/versions.ts';
import { addFhirRoutes } from './fhir/routes.ts';
import { shortHash, Statements } from './fhir/statements.ts';
import { addHealth, type Health } from './health.ts';
import { allowOf, HttpError, methodNotAllowed, nullRefused } from './http-error.ts';
import { addLongAnswers } from './long-answers.ts';
import type { LiveHub } from './live-hub.ts';
import { addLive, type Follow } from './live-route.ts';
import { FHIR_JSON, JSON_LIMIT_BYTES } from './media-types.ts';
import { addMetrics, type FiguresOfAll, type GaugeSource } from './metrics.ts';
import { addPieces } from './pieces.ts';
import { createRateLimit, limited, type RateLimits } from './rate-limit.ts';
import { tellRefusal, type Refused } from './refusals.ts';
import { requestIdOf } from './request-id.ts';
import { addOauthLimit, limitedAuthentication } from './request-limits.ts';
import { RequestLog } from './request-log.ts';
import type { Authenticate } from './request-types.ts';
import { addRouteTable } from './route-table.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { standing } from './standing.ts';
import { addStaticWeb } from './static-web.ts';
import { strangeRequest } from './strange-request.ts';
import type { TlsOptions } from './tls.ts';
import { refuseClear, trustedProxies } from './trusted-proxies.ts';
import type { Turns } from './turns.ts';
import { addVary } from './vary.ts';
import { addWideAnswers } from './wide-answers.ts';

/** Everything the door needs from the layers above it. */
export type HttpOptions = {
  interactions: Interactions;
  capabilities: readonly Capability[];
  authenticate: Authenticate;
  /** Public address without a slash at its end: `https://yba.vn`. */
  baseUrl: string;
  resourceTypes: ReadonlySet<string>;
  about: About;
  health: Health;
  /** What errors of a layer below mean, such as a database that is away. */
  translate?: Translate;
  /** Told of every attempt of a known caller that was refused, before the answer leaves: it belongs into the access log. */
  refused?: Refused;
  /** Content of `.well-known/smart-configuration`, served under the FHIR base. */
  smartConfiguration?: () => object;
  live?: { hub: LiveHub; follow: Follow };
  gauges?: readonly GaugeSource[];
  /** The figures of all processes of this server, when it has several. */
  figures?: FiguresOfAll;
  /** How much one process takes on at once. */
  limits?: DoorLimits;
  /** Turns of bodies that are worked on, when others than requests take part in them. */
  bodyTurns?: Turns;
  /** Rate limits of operations; unless given each process has its own. */
  rateLimits?: RateLimits;
  /** Certificate and key to serve https with; in the clear unless given. */
  tls?: TlsOptions | undefined;
  /** Ranges of proxies whose forwarding headers are believed; nobody's unless given. */
  trustedProxies?: readonly string[];
  /** The header in which these carry the certificate of a client; none unless given. */
  certificateHeader?: CertificateHeader | undefined;
  /** Origins whose pages may call besides our own: those of registered apps. */
  knownOrigin?: KnownOrigin;
  /** Requests a minute that one system may make of this process; as many as it can carry unless given. */
  requestsPerMinute?: number | undefined;
  /** Who brings this token reads `/metrics` from elsewhere; nobody unless given. */
  metricsToken?: string | undefined;
  /** Folder of the built web. */
  webRoot?: string | undefined;
  log?: { level: string; stream?: { write(line: string): void } };
};

function logOptions(log: HttpOptions['log']) {
  if (!log || log.level === 'silent') return false;
  return { level: log.level, base: null, ...(log.stream ? { stream: log.stream } : {}) };
}

/** `Patient/%24match` is the same path as `Patient/$match`; everything else stays as it came. */
function rewriteUrl(request: { url?: string | undefined }): string {
  const url = request.url ?? '/';
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return path.includes('%24') ? path.replaceAll('%24', '$') + url.slice(path.length) : url;
}

/** Without a Host Node would refuse a request with an empty answer. */
const SERVER_OPTIONS = { requireHostHeader: false, ...HEAD_OPTIONS };

const fhirScope =
  (options: HttpOptions, binding: Omit<Binding, 'operations' | 'statement'>) =>
  async (app: FastifyInstance) => {
    const operations = limited(
      options.capabilities.flatMap((capability) => capability.operations ?? []),
      rateLimitsOf(options),
    );
    const budget = new BodyBudget(options.limits, options.bodyTurns);
    addBodyParsers(app, budget);
    const authenticate = limitedAuthentication(
      options.authenticate,
      options.requestsPerMinute,
      rateLimitsOf(options),
    );
    const statements = new Statements({ ...binding, operations }, options.about);
    app.get('/metadata', async (request, reply) => {
      const query = queryOf(request);
      const presentation = presentationOf(request, query);
      const subset = subsetOfMetadata(query);
      // anybody may read it: a token that does not count is nobody's
      const caller = request.headers.authorization
        ? await options.authenticate(request).catch(() => undefined)
        : undefined;
      const { text, whole, hash, pretty } = await statements.of(caller);
      addVary(reply, 'authorization');
      if (caller) reply.header('cache-control', 'private, no-cache');
      // it changes with what is in force, and each form of it has its own. Source: https://hl7.org/fhir/R4/http.html#capabilities
      const tag = `W/"${shortHash(hash + JSON.stringify([presentation, subset]))}"`;
      reply.header('etag', tag);
      if (knows(request, tag)) return reply.code(304).send();
      if (!subset) return reply.type(FHIR_JSON).send(presentation.pretty ? pretty() : text);
      return sendText(
        reply,
        subsetText(text, subset, () => whole),
        presentation,
      );
    });
    app.options('/metadata', async (_, reply) =>
      reply
        .header('allow', allowOf(['GET']))
        .code(204)
        .send(),
    );
    app.route({
      method: ['POST', 'PUT', 'PATCH', 'DELETE'],
      url: '/metadata',
      onRequest: async ({ method }) => {
        throw methodNotAllowed(method, ['GET'], 'The CapabilityStatement is read by GET.');
      },
      handler: async () => {},
    });
    if (options.smartConfiguration) {
      const { smartConfiguration } = options;
      app.get('/.well-known/smart-configuration', async () => smartConfiguration());
    }
    await app.register(async (protectedScope) => {
      addAdmission(protectedScope, options.limits?.requests);
      protectedScope.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store');
        request.caller = await authenticate(request);
      });
      budget.watch(protectedScope);
      addWideAnswers(protectedScope, options.limits);
      const statement = async (caller: Caller) => (await statements.of(caller)).text;
      addFhirRoutes(protectedScope, { ...binding, operations, statement }, budget);
    });
  };

/** Limits of the whole platform, else of this process. */
const rateLimitsOf = ({ rateLimits }: HttpOptions): RateLimits =>
  rateLimits ?? ((_name, allowance) => createRateLimit(allowance));

/**
 * The one door: a Fastify server with the FHIR base at `/fhir`, the routes of the capabilities, `/health`,
 * `/metrics`, `/live` and the web. Everything under `/fhir` but discovery needs a token.
 */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const toAnswer = errorHandler(options.translate);
  const ranges = options.trustedProxies ?? [];
  const proxies = trustedProxies(ranges);
  const app = fastify({
    ...(options.tls
      ? { https: { ...options.tls, ...SERVER_OPTIONS, handshakeTimeout: HANDSHAKE_MS } }
      : { http: SERVER_OPTIONS }),
    ...(ranges.length > 0 ? { trustProxy: (address: string) => proxies.trusts(address) } : {}),
    logger: logOptions(options.log),
    logController: new RequestLog(options.resourceTypes),
    genReqId: requestIdOf,
    requestIdHeader: false,
    bodyLimit: JSON_LIMIT_BYTES,
    requestTimeout: 300_000, // 64 MiB over a provincial line
    forceCloseConnections: 'idle',
    rewriteUrl,
    clientErrorHandler: (error, socket) => answerClientError(error, socket as Socket),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 128 },
    frameworkErrors: (error, request, reply) =>
      void toAnswer(error, request as FastifyRequest, reply as never),
  }) as unknown as FastifyInstance;
  addRouteTable(app);
  addDrain(app);
  boundConnections(app.server, options.limits?.connections);
  app.server.on('connect', refuseConnect);
  app.server.on('checkExpectation', refuseExpectation);
  app.decorateRequest('caller', null as Caller | null);
  app.decorateRequest('bodyBytes', null as Buffer | null);
  app.decorateRequest('issue', undefined);
  app.setErrorHandler(async (error, request, reply) => {
    try {
      await tellRefusal(options.refused, error, request);
    } catch (failure) {
      return toAnswer(failure, request, reply); // as with a look: what cannot be logged is not answered
    }
    return toAnswer(error, request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new HttpError(404, 'not-found', 'Nothing is served at this address.');
    request.issue = error.code;
    return reply
      .code(404)
      .type(FHIR_JSON)
      .send(JSON.stringify(operationOutcome(error.issues)));
  });

  const secure = options.baseUrl.startsWith('https:');
  addSecurityHeaders(app, secure);
  if (secure && ranges.length > 0 && !options.tls) refuseClear(app, proxies, options.baseUrl);
  addClientCertificates(app, proxies, options.certificateHeader);
  addOauthLimit(app, rateLimitsOf(options));
  addCrossOrigin(app, options.baseUrl, options.knownOrigin ?? (() => false));
  app.addHook('onRequest', (request, _reply, done) => {
    done(request.url.includes('%00') ? nullRefused('URL') : strangeRequest(request));
  });
  addMetrics(app, options.gauges ?? [], { figuresOfAll: options.figures, token: options.metricsToken });
  addLongAnswers(app, options.tls !== undefined, options.limits);
  addCompression(app);
  if (options.tls) addPieces(app);
  addHealth(app, options.health);
  if (options.live) addLive(app, options.live.hub, options.authenticate, options.live.follow);

  const resources = new Map(options.capabilities.flatMap(({ resources: own = {} }) => Object.entries(own)));
  const binding = {
    interactions: options.interactions,
    resources,
    resourceTypes: options.resourceTypes,
    base: `${options.baseUrl}/fhir`,
    stands: standing(options.authenticate),
    ...(options.refused ? { refused: options.refused } : {}),
  };
  await app.register(fhirScope(options, binding), { prefix: '/fhir' });
  for (const { routes } of options.capabilities) {
    if (routes) await app.register(async (scope) => routes(scope));
  }
  addStaticWeb(app, options.webRoot);
  return app;
}
