import { text as readAll } from 'node:stream/consumers';
import {
  deleted,
  invalid,
  notFound,
  outcomeError,
  type Caller,
  type Context,
  type Interactions,
  type Resource,
  type Stored,
  type TransactionOptions,
  type Written,
} from '@yba/fhir';
import { createHttp, LiveHub, mountRaw, type Capability } from '../index.ts';

const doctor: Caller = {
  role: 'doctor',
  client: 'yba-clinic',
  subject: 'account/1',
  name: 'Bs. An',
  facility: '01013',
  scopes: [],
};

/** The port's other side, kept in memory: what the binding hands down and what it makes of the answers. */
function inMemory() {
  const rows = new Map<string, Stored>();
  const seen: { bundle?: Resource; options?: TransactionOptions; params?: string; handling?: string } = {};
  const put = (resource: Resource, outcome: Written['outcome']): Written => {
    const id = resource.id ?? 'made-here';
    const key = `${resource.resourceType}/${id}`;
    const version = (rows.get(key)?.version ?? 0) + 1;
    const stored = {
      type: resource.resourceType,
      id,
      version,
      updated: new Date('2026-01-02T03:04:05.678Z'),
      text: JSON.stringify({ ...resource, id }),
    };
    rows.set(key, stored);
    return { ...stored, outcome };
  };
  const interactions: Interactions = {
    async read(_context, type, id) {
      if (id === 'gone') throw deleted(`${type}/${id}`);
      if (id === 'broken') throw new Error('password=123 of Nguyễn Văn A');
      const row = rows.get(`${type}/${id}`);
      if (!row) throw notFound(`${type}/${id}`);
      return row;
    },
    async vread(context, type, id, version) {
      const row = await interactions.read(context, type, id);
      if (String(row.version) !== version) throw notFound(`${type}/${id}/_history/${version}`);
      return row;
    },
    async history(_context, type, id) {
      return {
        kind: 'history',
        self: `${type}/${id}/_history`,
        entries: [
          {
            fullUrl: `${type}/${id}`,
            request: { method: 'DELETE', url: `${type}/${id}` },
            response: { status: '204' },
          },
        ],
      };
    },
    async create(_context, resource, options) {
      if (resource.birthDate === 'never') throw invalid('Patient.birthDate', 'never is not a date');
      if (options?.condition?.get('identifier') === 'known') return put(resource, 'unchanged');
      return put(resource, 'created');
    },
    async update(_context, resource, options) {
      if (options?.ifMatch !== '*' && options?.ifMatch?.includes(7))
        throw outcomeError('lock-error', 'version 7 is not the current one');
      return put(resource, rows.has(`${resource.resourceType}/${resource.id}`) ? 'updated' : 'created');
    },
    async patch(context, type, id, patch) {
      const row = await interactions.read(context, type, id ?? 'found');
      return put(patch(JSON.parse(row.text) as Resource), 'updated');
    },
    async delete(_context, type, id) {
      return { type, id: id ?? 'found', version: 2, updated: new Date(), text: '', outcome: 'deleted' };
    },
    async search(_context, type, params, { handling }) {
      seen.params = params.toString();
      seen.handling = handling;
      if (params.has('colour'))
        throw outcomeError('value', 'colour is not a search parameter of Patient', 'colour');
      return {
        kind: 'searchset',
        self: `${type}?${params}`,
        next: `${type}?_page=2`,
        total: rows.size,
        entries: [...rows.values()].map(({ text, id }) => ({
          fullUrl: `${type}/${id}`,
          text,
          mode: 'match',
        })),
      };
    },
    async everything(context, _type, id, params) {
      if (id === 'long') return { kind: 'searchset', self: 'all', entries: [], more: longChart() };
      return interactions.search(
        context,
        'Patient',
        new URLSearchParams({ ...Object.fromEntries(params), id }),
        { handling: 'strict' },
      );
    },
    async transaction(_context, bundle, options) {
      seen.bundle = bundle;
      seen.options = options;
      return { text: '{"resourceType":"Bundle","type":"transaction-response"}', duplicate: false };
    },
    async batch(_context, _bundle, options) {
      seen.options = options;
      return { text: '{"resourceType":"Bundle","type":"batch-response"}', duplicate: false };
    },
  };
  return { interactions, rows, seen };
}

const listed = (id: number | string, length = 0) => ({
  fullUrl: `Patient/${id}`,
  text: JSON.stringify({ resourceType: 'Patient', id: String(id), language: 'x'.repeat(length) }),
});

/** The rest of a list; with `large` it is more than a Bundle of several answers may hold. */
async function* behind(query: URLSearchParams) {
  const length = query.has('large') ? 1024 * 1024 : 0;
  for (let id = 2; id < 12; id++) yield [listed(id, length)];
}

const probe: Capability = {
  name: 'probe',
  operations: [
    {
      code: 'match',
      on: { type: 'Patient' },
      methods: ['POST'],
      limit: { perMinute: 1, burst: 2 },
      handle: async ({ body, context }) => ({
        resource: { resourceType: 'Parameters', got: body?.resourceType, by: context.caller.name },
      }),
    },
    {
      code: 'make',
      on: { type: 'Patient', instance: true },
      methods: ['POST'],
      idempotencyKey: 'kept',
      handle: async ({ submission }) => ({ text: JSON.stringify(submission ?? {}) }),
    },
    {
      code: 'open',
      on: { type: 'Patient', instance: true },
      methods: ['POST'],
      idempotencyKey: { instead: 'look whether it is open' },
      handle: async ({ id }) => ({
        status: 201,
        text: `{"resourceType":"Parameters","id":"${id}"}`,
        headers: { 'x-told': 'yes' },
      }),
    },
    {
      code: 'listed',
      on: { type: 'Patient' },
      methods: ['GET'],
      handle: async ({ query }) => ({
        page: { kind: 'searchset', self: 'Patient/$listed', entries: [listed(1)], more: behind(query) },
      }),
    },
    {
      code: 'submit-xml',
      on: { system: true },
      methods: ['POST'],
      consumes: 'xml-stream',
      handle: async ({ stream }) => ({
        resource: { resourceType: 'Parameters', length: (await readAll(stream!)).length },
      }),
    },
  ],
  resources: {
    AuditEvent: { search: async () => ({ kind: 'searchset', self: 'AuditEvent', entries: [], total: 0 }) },
  },
  routes(app) {
    app.get('/.well-known/probe', async () => ({ probe: true }));
    mountRaw(app, '/raw', (request, response) => {
      let length = 0;
      request.on('data', (chunk: Buffer) => (length += chunk.length));
      request.on('end', () => response.end(`${request.method} ${request.url} ${length}`));
    });
  },
};

export const METRICS_TOKEN = 'a-token-of-the-collector';

type Options = {
  method?: string;
  body?: string | Uint8Array;
  headers?: Record<string, string>;
  token?: string;
};

export type Outcome = {
  resourceType: string;
  issue: { code: string; diagnostics: string; expression?: string[] }[];
};
export const outcome = async (response: Response) => (await response.json()) as Outcome;

/** The Patient of these tests. */
export const ann = { resourceType: 'Patient', id: 'ann', active: true };

const goOn = Promise.withResolvers<void>();

/** A chart in two parts; the second comes when it is told to. */
async function* longChart() {
  yield [{ fullUrl: 'Observation/1', text: '{"part":"first"}' }];
  await goOn.promise;
  yield [{ fullUrl: 'Observation/2', text: '{"part":"second"}' }];
}

/** Lets the second part of the long chart come. */
export const sendRest = () => goOn.resolve();

/** The binding on a store in memory, listening; `state` is what may happen to it. Close its `app` after the tests. */
export async function binding() {
  const store = inMemory();
  const hub = new LiveHub({ heartbeatMs: 20, perSubject: 2 });
  const lines: string[] = [];
  const state = { ready: true, closing: false, tokenRevoked: false };
  const app = await createHttp({
    metricsToken: METRICS_TOKEN,
    interactions: store.interactions,
    capabilities: [probe],
    baseUrl: 'http://yba.test',
    resourceTypes: new Set(['Patient', 'Observation', 'AuditEvent']),
    about: {
      version: '0.1.0',
      date: '2026-01-01',
      searchParameters: (type) => (type === 'Patient' ? [{ code: 'name', type: 'string' }] : []),
    },
    health: {
      check: async () => {
        if (!state.ready) throw new Error('no database');
      },
      about: { demo: true },
    },
    smartConfiguration: () => ({ token_endpoint: 'http://yba.test/oauth/token' }),
    live: {
      hub,
      follow: async (_context: Context, patients) => {
        if (patients.includes('Patient/closed') || (state.closing && patients.includes('Patient/closing')))
          throw notFound('Patient/closed');
        return new Map(
          patients.map((patient) => [
            `person of ${patient}`,
            { event: 'chart', data: { patient }, asked: true },
          ]),
        );
      },
    },
    gauges: [{ name: 'yba_feed_position', help: 'Feed position', read: () => 42 }],
    async authenticate(request) {
      if (request.headers.authorization === 'Bearer good' && !state.tokenRevoked) return doctor;
      throw outcomeError('login', 'A token is needed.');
    },
    log: { level: 'info', stream: { write: (line) => void lines.push(line) } },
  });
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  const call = (path: string, { method = 'GET', body, headers = {}, token = 'good' }: Options = {}) =>
    fetch(base + path, {
      method,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    } as RequestInit);
  const send = (method: string, path: string, resource: unknown, headers: Record<string, string> = {}) =>
    call(path, {
      method,
      body: JSON.stringify(resource),
      headers: { 'content-type': 'application/fhir+json', ...headers },
    });
  return { app, base, store, hub, lines, state, call, send };
}
