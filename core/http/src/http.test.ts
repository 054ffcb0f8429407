import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { text as readAll } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
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
import { createHttp, LiveHub, mountRaw, type Capability } from './index.ts';

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
    async batch() {
      return { text: '{"resourceType":"Bundle","type":"batch-response"}', duplicate: false };
    },
  };
  return { interactions, rows, seen };
}

const store = inMemory();
const hub = new LiveHub({ heartbeatMs: 20, perSubject: 2 });
const lines: string[] = [];
let ready = true;
let closing = false;
let tokenRevoked = false;
const goOn = Promise.withResolvers<void>();

/** A chart in two parts; the second comes when it is told to. */
async function* longChart() {
  yield [{ fullUrl: 'Observation/1', text: '{"part":"first"}' }];
  await goOn.promise;
  yield [{ fullUrl: 'Observation/2', text: '{"part":"second"}' }];
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

const METRICS_TOKEN = 'a-token-of-the-collector';
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
      if (!ready) throw new Error('no database');
    },
    about: { demo: true },
  },
  smartConfiguration: () => ({ token_endpoint: 'http://yba.test/oauth/token' }),
  live: {
    hub,
    follow: async (_context: Context, patients) => {
      if (patients.includes('Patient/closed') || (closing && patients.includes('Patient/closing')))
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
    if (request.headers.authorization === 'Bearer good' && !tokenRevoked) return doctor;
    throw outcomeError('login', 'A token is needed.');
  },
  log: { level: 'info', stream: { write: (line) => void lines.push(line) } },
});

let base = '';
before(async () => {
  base = await app.listen({ port: 0, host: '127.0.0.1' });
});
after(() => app.close());

type Options = {
  method?: string;
  body?: string | Uint8Array;
  headers?: Record<string, string>;
  token?: string;
};
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
type Outcome = {
  resourceType: string;
  issue: { code: string; diagnostics: string; expression?: string[] }[];
};
const outcome = async (response: Response) => (await response.json()) as Outcome;

const ann = { resourceType: 'Patient', id: 'ann', active: true };

describe('reading and writing', () => {
  test('an update creates with 201, ETag, Last-Modified and an absolute Location', async () => {
    const response = await send('PUT', '/fhir/Patient/ann', ann);
    assert.equal(response.status, 201);
    assert.equal(response.headers.get('etag'), 'W/"1"');
    assert.equal(response.headers.get('last-modified'), 'Fri, 02 Jan 2026 03:04:05 GMT');
    assert.equal(response.headers.get('location'), 'http://yba.test/fhir/Patient/ann/_history/1');
    assert.deepEqual(await response.json(), ann);
  });

  test('reads the stored text as FHIR JSON, and HEAD tells the same without it', async () => {
    const response = await call('/fhir/Patient/ann');
    assert.equal(response.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(await response.text(), JSON.stringify(ann));
    const head = await call('/fhir/Patient/ann', { method: 'HEAD' });
    assert.equal(head.headers.get('content-length'), String(JSON.stringify(ann).length));
    assert.equal(await head.text(), '');
  });

  test('answers 304 when the client has the version or nothing is newer', async () => {
    assert.equal((await call('/fhir/Patient/ann', { headers: { 'if-none-match': 'W/"1"' } })).status, 304);
    assert.equal((await call('/fhir/Patient/ann', { headers: { 'if-none-match': 'W/"9"' } })).status, 200);
    const since = (date: string) => call('/fhir/Patient/ann', { headers: { 'if-modified-since': date } });
    assert.equal((await since('Fri, 02 Jan 2026 03:04:05 GMT')).status, 304);
    assert.equal((await since('Fri, 02 Jan 2026 03:04:04 GMT')).status, 200);
  });

  test('a read may be cut to some elements or a summary, and says so', async () => {
    await send('PUT', '/fhir/Patient/cut', {
      resourceType: 'Patient',
      id: 'cut',
      active: true,
      birthDate: '1990-01-01',
      text: { status: 'empty' },
    });
    const cut = (await (await call('/fhir/Patient/cut?_elements=birthDate')).json()) as Record<
      string,
      unknown
    >;
    assert.deepEqual(Object.keys(cut).sort(), ['birthDate', 'id', 'meta', 'resourceType']);
    assert.match(JSON.stringify(cut.meta), /SUBSETTED/);
    const data = (await (await call('/fhir/Patient/cut/_history/1?_summary=data')).json()) as Record<
      string,
      unknown
    >;
    assert.deepEqual([data.text, data.active], [undefined, true]);
    assert.equal((await call('/fhir/Patient/cut?_summary=count')).status, 400);
  });

  test('vread and history answer their version and their Bundle', async () => {
    assert.equal((await call('/fhir/Patient/ann/_history/1')).status, 200);
    assert.equal((await call('/fhir/Patient/ann/_history/5')).status, 404);
    const history = (await (await call('/fhir/Patient/ann/_history')).json()) as {
      type: string;
      entry: { fullUrl: string }[];
    };
    assert.equal(history.type, 'history');
    assert.equal(history.entry[0]?.fullUrl, 'http://yba.test/fhir/Patient/ann');
  });

  test('a number keeps its digits through parse and answer', async () => {
    const text = '{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.500}}';
    const response = await call('/fhir/Observation/o', {
      method: 'PUT',
      body: text,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    assert.match(await response.text(), /"value":1\.500/);
  });

  test('Prefer: return=minimal and return=OperationOutcome are kept', async () => {
    const minimal = await send(
      'POST',
      '/fhir/Patient',
      { resourceType: 'Patient' },
      { prefer: 'return=minimal' },
    );
    assert.equal(minimal.status, 201);
    assert.equal(await minimal.text(), '');
    for (const prefer of [
      'return="minimal"',
      'return = minimal',
      'handling=strict, return="minimal"',
      'Return=minimal',
    ]) {
      const same = await send('POST', '/fhir/Patient', { resourceType: 'Patient' }, { prefer });
      assert.equal(await same.text(), '', prefer);
    }
    const told = await send(
      'POST',
      '/fhir/Patient',
      { resourceType: 'Patient' },
      { prefer: 'return=OperationOutcome' },
    );
    assert.equal((await outcome(told)).resourceType, 'OperationOutcome');
  });

  test('conditional create, update and delete hand their criteria down; empty ones are refused', async () => {
    const again = await send(
      'POST',
      '/fhir/Patient',
      { resourceType: 'Patient' },
      { 'if-none-exist': 'identifier=known' },
    );
    assert.equal(again.status, 200);
    assert.equal(
      (await send('POST', '/fhir/Patient', { resourceType: 'Patient' }, { 'if-none-exist': '' })).status,
      400,
    );
    assert.equal(
      (await send('PUT', '/fhir/Patient?identifier=a', { resourceType: 'Patient', id: 'cond' })).status,
      201,
    );
    assert.equal((await send('PUT', '/fhir/Patient', { resourceType: 'Patient' })).status, 400);
    assert.equal((await call('/fhir/Patient', { method: 'DELETE' })).status, 400);
    assert.equal((await call('/fhir/Patient?identifier=a', { method: 'DELETE' })).status, 204);
    assert.equal(
      (await call('/fhir/Patient/ann', { method: 'DELETE', headers: { prefer: 'return=OperationOutcome' } }))
        .status,
      200,
    );
  });

  test('a DELETE and an operation may name a content type for no body', async () => {
    const headers = { 'content-type': 'application/fhir+json' };
    assert.equal((await call('/fhir/Patient/ann', { method: 'DELETE', body: '', headers })).status, 204);
    assert.equal((await call('/fhir/Patient/ann/$open', { method: 'POST', body: '', headers })).status, 201);
    assert.equal((await call('/fhir/Patient', { method: 'POST', body: '', headers })).status, 400);
  });

  test('If-Match with another version is 412, with nonsense 400', async () => {
    assert.equal((await send('PUT', '/fhir/Patient/ann', ann, { 'if-match': 'W/"7"' })).status, 412);
    assert.equal((await send('PUT', '/fhir/Patient/ann', ann, { 'if-match': 'yes' })).status, 400);
  });

  test('the body must be what the URL says, and the answer names the field', async () => {
    const otherType = await send('POST', '/fhir/Observation', { resourceType: 'Patient' });
    assert.equal(otherType.status, 400);
    assert.deepEqual((await outcome(otherType)).issue[0]?.expression, ['Patient.resourceType']);
    const otherId = await send('PUT', '/fhir/Patient/ben', ann);
    assert.equal(otherId.status, 400);
    assert.deepEqual((await outcome(otherId)).issue[0]?.expression, ['Patient.id']);
  });
});

describe('searching', () => {
  test('GET and POST _search answer a Bundle with absolute self and next', async () => {
    const response = await call('/fhir/Patient?name=an&_format=json&_pretty=true');
    const text = await response.text();
    const bundle = JSON.parse(text) as {
      link: { relation: string; url: string }[];
      entry: { search: { mode: string } }[];
    };
    assert.match(text, /\n {2}"/);
    assert.equal(store.seen.params, 'name=an');
    assert.deepEqual(bundle.link, [
      { relation: 'self', url: 'http://yba.test/fhir/Patient?name=an' },
      { relation: 'next', url: 'http://yba.test/fhir/Patient?_page=2' },
    ]);
    assert.equal(bundle.entry[0]?.search.mode, 'match');
    const posted = await call('/fhir/Patient/_search?active=true', {
      method: 'POST',
      body: 'name=an&name=bi',
      headers: { 'content-type': 'application/x-www-form-urlencoded', prefer: 'handling=lenient' },
    });
    assert.equal(posted.status, 200);
    assert.equal(store.seen.params, 'active=true&name=an&name=bi');
    assert.equal(store.seen.handling, 'lenient');
  });

  test('a search posted as JSON is refused: its question would go unread', async () => {
    assert.equal((await send('POST', '/fhir/Patient/_search', { name: 'x' })).status, 415);
  });

  test('a wrong parameter is 400, not 422', async () => {
    assert.equal((await call('/fhir/Patient?colour=red')).status, 400);
  });

  test('$everything hands the id down', async () => {
    assert.equal((await call('/fhir/Patient/ann/$everything?_count=3')).status, 200);
    assert.equal(store.seen.params, '_count=3&id=ann');
  });
});

describe('bundles', () => {
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [] };

  test('a chart that is being sent breaks off once the token of who asked is revoked', async () => {
    const reader = (await call('/fhir/Patient/long/$everything')).body!.getReader();
    let text = '';
    const takeIn = async () => {
      const { done, value } = await reader.read();
      text += Buffer.from(value ?? []).toString();
      return !done;
    };
    while (!text.includes('"first"') && (await takeIn()));
    tokenRevoked = true;
    goOn.resolve();
    await assert.rejects(async () => {
      while (await takeIn());
    }, 'it does not end as if it were whole');
    tokenRevoked = false;
    assert.match(text, /"first"/);
    assert.doesNotMatch(text, /"second"/);
  });

  test('a transaction goes down with the hash of its bytes, its key and its handling', async () => {
    const response = await send('POST', '/fhir', bundle, {
      'idempotency-key': 'k-1',
      prefer: 'handling=lenient',
    });
    assert.equal(response.status, 200);
    assert.equal(store.seen.options?.handling, 'lenient');
    assert.equal(store.seen.options?.idempotencyKey, 'k-1');
    assert.match(store.seen.options?.bodyHash ?? '', /^[0-9a-f]{64}$/);
  });

  test('a key that would not make it once is refused: of a patch, a batch, an operation that is done again', async () => {
    const key = { 'idempotency-key': 'k-2' };
    const patch = [{ op: 'add', path: '/active', value: true }];
    for (const response of [
      await send('PATCH', '/fhir/Patient/1', patch, {
        ...key,
        'content-type': 'application/json-patch+json',
      }),
      await send('POST', '/fhir', { ...bundle, type: 'batch' }, key),
      await send('POST', '/fhir/Patient/1/$open', undefined, key),
    ]) {
      assert.equal(response.status, 400);
      const [issue] = (await outcome(response)).issue;
      assert.match(issue!.diagnostics, /^Idempotency-Key is not kept here.* To have it done once, /);
    }
  });

  test('an operation that keeps keys is given the key, and a hash of all that is asked under it', async () => {
    const make = async (id: string, body?: object, key = 'k-3') => {
      const response = await send('POST', `/fhir/Patient/${id}/$make`, body, { 'idempotency-key': key });
      return { status: response.status, ...((await response.json()) as { key?: string; body?: string }) };
    };
    const first = await make('1', ann);
    assert.equal(first.key, 'k-3');
    assert.equal((await make('1', ann)).body, first.body);
    const others = await Promise.all([make('2', ann), make('1', { ...ann, active: false }), make('1')]);
    for (const { status } of others) assert.equal(status, 200);
    assert.equal(new Set([first, ...others].map(({ body }) => body)).size, 4);
    assert.equal((await make('1', ann, 'two words')).status, 400);
    assert.deepEqual(await (await send('POST', '/fhir/Patient/1/$make', ann)).json(), {});
  });

  test('a batch is a batch, another Bundle type is refused, and so is another resource', async () => {
    const batch = await send('POST', '/fhir/', { ...bundle, type: 'batch' });
    assert.match(await batch.text(), /batch-response/);
    assert.equal((await send('POST', '/fhir', { ...bundle, type: 'document' })).status, 400);
    assert.match((await outcome(await send('POST', '/fhir', ann))).issue[0]!.diagnostics, /fhir\/Patient/);
  });
});

describe('operations and capabilities', () => {
  test('operations are found at their level, percent-encoded or not', async () => {
    const match = await send('POST', '/fhir/Patient/$match', { resourceType: 'Parameters' });
    assert.deepEqual(await match.json(), { resourceType: 'Parameters', got: 'Parameters', by: 'Bs. An' });
    const open = await send('POST', '/fhir/Patient/ann/%24open', { resourceType: 'Parameters' });
    assert.equal(open.status, 201);
    assert.equal(open.headers.get('x-told'), 'yes');
  });

  test('an operation with a limit answers 429 with Retry-After once it is used up', async () => {
    await send('POST', '/fhir/Patient/$match', { resourceType: 'Parameters' });
    const third = await send('POST', '/fhir/Patient/$match', { resourceType: 'Parameters' });
    assert.equal(third.status, 429);
    assert.ok(third.headers.get('retry-after'));
  });

  test('an unknown operation is 404 and a known one by another method 405', async () => {
    assert.equal((await call('/fhir/Patient/$nothing')).status, 404);
    assert.equal((await send('POST', '/fhir/Patient/$nothing', { resourceType: 'Parameters' })).status, 404);
    assert.equal((await send('POST', '/fhir/$nothing', { resourceType: 'Parameters' })).status, 404);
    const wrong = await call('/fhir/Patient/$match');
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get('allow'), 'POST, OPTIONS');
  });

  test('an XML operation is streamed its body, plain or gzipped, and refuses JSON', async () => {
    const xml = '<GIAMDINHHS>'.padEnd(100_000, ' ');
    const headers = { 'content-type': 'application/xml' };
    const plain = await call('/fhir/$submit-xml', { method: 'POST', body: xml, headers });
    assert.deepEqual(await plain.json(), { resourceType: 'Parameters', length: 100_000 });
    const zipped = await call('/fhir/$submit-xml', {
      method: 'POST',
      body: gzipSync(xml),
      headers: { ...headers, 'content-encoding': 'gzip' },
    });
    assert.deepEqual(await zipped.json(), { resourceType: 'Parameters', length: 100_000 });
    assert.equal((await send('POST', '/fhir/$submit-xml', ann)).status, 415);
  });

  test('an XML stream is broken off with 413 past 64 MiB, also when it hides in gzip', async () => {
    const headers = { 'content-type': 'application/xml', 'content-encoding': 'gzip' };
    const response = await call('/fhir/$submit-xml', {
      method: 'POST',
      body: gzipSync(Buffer.alloc(65 * 1024 * 1024, 32)),
      headers,
    });
    assert.equal(response.status, 413);
    assert.equal((await outcome(response)).issue[0]?.code, 'too-long');
  });

  test('an XML stream whose encoding is cut off or damaged is 400, not a fault of ours', async () => {
    const xml = Buffer.from('<GIAMDINHHS>'.padEnd(100_000, ' '));
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(xml).subarray(0, 60)],
      ['gzip', Buffer.concat([gzipSync(xml).subarray(0, 40), Buffer.alloc(40, 255)])],
      ['zstd', zstdCompressSync(xml).subarray(0, -4)],
      ['zstd', Buffer.from('no zstd')],
    ] as const) {
      const headers = { 'content-type': 'application/xml', 'content-encoding': encoding };
      const response = await call('/fhir/$submit-xml', { method: 'POST', body: bytes, headers });
      assert.equal(response.status, 400, encoding);
      assert.match((await outcome(response)).issue[0]!.diagnostics, new RegExp(`not whole ${encoding}`));
    }
  });

  test('a type that a capability serves offers only what it declares', async () => {
    assert.equal((await call('/fhir/AuditEvent')).status, 200);
    const refused = await send('POST', '/fhir/AuditEvent', { resourceType: 'AuditEvent' });
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.get('allow'), 'GET, HEAD, OPTIONS');
  });

  test('routes of a capability are mounted, raw ones with their body unread', async () => {
    assert.deepEqual(await (await call('/.well-known/probe', { token: '' })).json(), { probe: true });
    const raw = await call('/raw/token?x=1', {
      method: 'POST',
      body: 'grant_type=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(await raw.text(), 'POST /raw/token?x=1 12');
    assert.equal(raw.headers.get('x-frame-options'), 'DENY');
  });
});

describe('refusals', () => {
  test('everything under /fhir but discovery is 401 without a token', async () => {
    const response = await call('/fhir/Patient/ann', { token: '' });
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="yba"');
    assert.equal((await outcome(response)).issue[0]?.code, 'login');
    const refused = await call('/fhir/Patient/ann', { token: 'bad' });
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer realm="yba", error="invalid_token"');
    for (const path of ['/fhir', '/fhir/Patient/$match', '/fhir/no/such/place/at/all/here']) {
      assert.equal((await call(path, { token: 'bad', method: 'POST' })).status, 401, path);
    }
    assert.equal((await call('/fhir/metadata', { token: '' })).status, 200);
    const smart = await call('/fhir/.well-known/smart-configuration', { token: '' });
    assert.deepEqual(await smart.json(), { token_endpoint: 'http://yba.test/oauth/token' });
  });

  test('unknown places are 404 and unoffered methods 405 with Allow', async () => {
    assert.equal((await call('/fhir/Pizza')).status, 404);
    assert.equal((await call('/fhir/a/b/c/d/e/f')).status, 404);
    assert.equal((await outcome(await call('/nowhere'))).issue[0]?.code, 'not-found');
    const wrong = await send('PUT', '/fhir/Patient/ann/_history', ann);
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get('allow'), 'GET, HEAD, OPTIONS');
  });

  test('two slashes at the beginning are another address: 404, not a refusal', async () => {
    for (const path of ['//fhir/Patient/ann', '//fhir//Patient', '//health', '//']) {
      const response = await call(path);
      assert.equal(response.status, 404, path);
      assert.match((await outcome(response)).issue[0]!.diagnostics, /Write one/);
    }
  });

  test('a request without Host, with a header twice, an Expect or a coding that is unknown, is told what is wrong with it', async () => {
    const { hostname, port } = new URL(base);
    for (const [headers, status, words] of [
      ['', 400, /names its Host/],
      ['Host: x\r\nhost: y\r\n', 400, /header host stands twice/],
      ['Host: x\r\nIf-None-Exist: a=1\r\nIf-None-Exist: b=2\r\n', 400, /header if-none-exist stands twice/],
      [
        'Host: x\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n',
        400,
        /authorization stands twice/,
      ],
      [
        'Host: x\r\nTransfer-Encoding: gzip, chunked\r\n',
        400,
        /Transfer-Encoding gzip, chunked is not taken/,
      ],
      ['Host: x\r\nExpect: foo\r\n', 417, /Expect: 100-continue/],
    ] as const) {
      const socket = connect(Number(port), hostname);
      socket.end(`GET /fhir/metadata HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
      const answer = await readAll(socket);
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(answer, /"resourceType":"OperationOutcome"/);
      assert.match(answer, words);
    }
  });

  test('OPTIONS tells what may be asked of an address', async () => {
    for (const [path, allowed] of [
      ['/fhir', 'POST, GET, HEAD, OPTIONS'],
      ['/fhir/Patient', 'GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS'],
      ['/fhir/metadata', 'GET, HEAD, OPTIONS'],
      ['/fhir/Patient/$match', 'POST, OPTIONS'],
    ] as const) {
      const answer = await call(path, { method: 'OPTIONS' });
      assert.deepEqual([answer.status, await answer.text()], [204, ''], path);
      assert.deepEqual(answer.headers.get('allow')?.split(', ').toSorted(), allowed.split(', ').toSorted());
    }
    assert.equal((await call('/fhir/Patient/$nothing', { method: 'OPTIONS' })).status, 404);
  });

  test('a deleted resource is 410, an invalid one 422 with its expression', async () => {
    assert.equal((await call('/fhir/Patient/gone')).status, 410);
    const response = await send('POST', '/fhir/Patient', { resourceType: 'Patient', birthDate: 'never' });
    assert.equal(response.status, 422);
    assert.deepEqual((await outcome(response)).issue[0]?.expression, ['Patient.birthDate']);
  });

  test('what cannot be parsed is 400 with its place', async () => {
    const twice = '{"resourceType":"Patient","active":true,"active":false}';
    for (const body of ['', '{"resourceType":', '[]', 'null', '{"id":"x"}', twice]) {
      const response = await call('/fhir/Patient', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/fhir+json' },
      });
      assert.equal(response.status, 400, body);
    }
    const latin = await call('/fhir/Patient', {
      method: 'POST',
      body: Buffer.from([0x7b, 0xe9, 0x7d]),
      headers: { 'content-type': 'application/json' },
    });
    assert.match((await outcome(latin)).issue[0]!.diagnostics, /UTF-8/);
  });

  test('the character U+0000 is refused wherever it is written', async () => {
    assert.equal((await call('/fhir/Patient?name=%00')).status, 400);
    assert.equal((await call('/fhir/Patient/%00')).status, 400);
    const headers = { 'content-type': 'application/fhir+json' };
    const post = (body: string) => call('/fhir/Patient', { method: 'POST', body, headers });
    assert.equal((await post('{"resourceType":"Patient","name":[{"text":"a\\u0000"}]}')).status, 400);
    assert.equal((await post('{"resourceType":"Patient","name":[{"text":"a\\\\u0000"}]}')).status, 201);
  });

  test('what an operation is given is valid, or refused with its place', async () => {
    const refused = await send('POST', '/fhir/Patient/ann/$open', {
      resourceType: 'Parameters',
      parameter: 'x',
    });
    assert.equal(refused.status, 422);
    assert.deepEqual((await outcome(refused)).issue[0]?.expression, ['Parameters.parameter']);
  });

  test('XML resources and unknown encodings are 415, an Accept without JSON 406', async () => {
    const xml = await call('/fhir/Patient', {
      method: 'POST',
      body: '<Patient/>',
      headers: { 'content-type': 'application/fhir+xml' },
    });
    assert.equal(xml.status, 415);
    assert.match((await outcome(xml)).issue[0]!.diagnostics, /fhir\+json/);
    assert.equal(
      (
        await call('/fhir/Patient', {
          method: 'POST',
          body: '<Patient/>',
          headers: { 'content-type': 'text/xml' },
        })
      ).status,
      415,
    );
    for (const [charset, status] of [
      ['UTF-8', 201],
      ['"utf8"', 201],
      ['us-ascii', 201],
      ['iso-8859-1', 415],
      ['utf-16', 415],
    ] as const) {
      const type = `application/fhir+json; charset=${charset}`;
      const answer = await send(
        'POST',
        '/fhir/Patient',
        { resourceType: 'Patient' },
        { 'content-type': type },
      );
      assert.equal(answer.status, status, type);
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=windows-1258' };
    assert.equal(
      (await call('/fhir/Patient/_search', { method: 'POST', body: 'name=Lan', headers: form })).status,
      415,
    );
    const brotli = await send('POST', '/fhir/Patient', ann, { 'content-encoding': 'br' });
    assert.equal(brotli.status, 415);
    assert.equal(
      (await call('/fhir/Patient/ann', { headers: { accept: 'application/fhir+xml' } })).status,
      406,
    );
    assert.equal((await call('/fhir/Patient/ann?_format=xml')).status, 406);
    assert.equal(
      (
        await call('/fhir/Patient/ann', {
          headers: { accept: 'text/html, application/fhir+xml;q=0.9, */*;q=0.8' },
        })
      ).status,
      200,
    );
  });

  test('a gzipped body is read, one that swells past 16 MiB is 413, a broken one 400', async () => {
    const headers = { 'content-type': 'application/fhir+json', 'content-encoding': 'gzip' };
    const put = (body: Buffer) => call('/fhir/Patient/ann', { method: 'PUT', body: body, headers });
    assert.equal((await put(gzipSync(JSON.stringify(ann)))).status, 200);
    assert.equal((await put(gzipSync(Buffer.alloc(17 * 1024 * 1024, 32)))).status, 413);
    for (const broken of [Buffer.from('not gzip'), gzipSync(JSON.stringify(ann)).subarray(0, -9)]) {
      const refused = await put(broken);
      assert.equal(refused.status, 400);
      assert.match((await outcome(refused)).issue[0]!.diagnostics, /not whole gzip/);
    }
    const large = await call('/fhir/Patient', {
      method: 'POST',
      body: Buffer.alloc(16 * 1024 * 1024 + 1, 32),
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(large.status, 413);
    const form = await call('/fhir/Patient/_search', {
      method: 'POST',
      body: `name=${'a'.repeat(1024 * 1024)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(form.status, 413);
    assert.match((await outcome(form)).issue[0]!.diagnostics, /1 MiB of a form/);
  });

  test('what we did not foresee is 500 with the request id and no inner text, in answer and log', async () => {
    const response = await call('/fhir/Patient/broken', { headers: { 'x-request-id': 'my-request' } });
    assert.equal(response.status, 500);
    const text = await response.text();
    assert.match(text, /my-request/);
    assert.doesNotMatch(text, /password|Nguyễn/);
    assert.ok(lines.some((line) => line.includes('request failed') && line.includes('my-request')));
  });
});

describe('around the API', () => {
  test('every answer has a request id, and a well-formed one of the caller is kept', async () => {
    const made = await call('/health');
    assert.match(made.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    const kept = await call('/health', { headers: { 'x-request-id': 'abc-1' } });
    assert.equal(kept.headers.get('x-request-id'), 'abc-1');
    const refused = await call('/health', { headers: { 'x-request-id': 'a b<script>' } });
    assert.match(refused.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  test('logs name the route, role and status, and nothing of the patient', async () => {
    lines.length = 0;
    await call('/fhir/Patient/secret-id?name=Nguyen');
    await call('/fhir/Patient?identifier=001099012345');
    for (const path of ['/fhir/001099012345', '/fhir/Nguyen-Thi-Hanh/secret-id']) await call(path);
    const log = lines.join('');
    assert.match(log, /"route":"\/fhir\/:type\/:id"/);
    assert.match(log, /"type":"Patient"/);
    assert.match(log, /"role":"doctor","facility":"01013"/);
    assert.doesNotMatch(log, /secret-id|Nguyen|001099012345/);
  });

  test('a sender that leaves in the middle of its body is logged as that, not as a fault of ours', async () => {
    lines.length = 0;
    const { hostname, port } = new URL(base);
    const begun = once(app.server, 'request');
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(
      'POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nX-Request-Id: left-early\r\n' +
        'Content-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n{"resourceType":',
    );
    await begun;
    await setImmediate(); // its body is being read
    socket.destroy();
    const deadline = Date.now() + 10_000;
    while (!lines.some((line) => line.includes('left-early')) && Date.now() < deadline) await setImmediate();
    const told = lines.filter((line) => line.includes('left-early'));
    assert.ok(told.length > 0, 'the request is in the log');
    for (const line of told) assert.doesNotMatch(line, /"level":50|"status":5/);
  });

  test('health tells whether the database answers', async () => {
    assert.deepEqual(await (await call('/health', { token: '' })).json(), { status: 'ok', demo: true });
    ready = false;
    assert.equal((await call('/health', { token: '' })).status, 503);
    ready = true;
  });

  test('metrics are read from this machine, and from elsewhere with the token alone', async () => {
    const text = await (await call('/metrics', { token: '' })).text();
    assert.match(text, /yba_http_request_duration_seconds_bucket\{[^}]*route="\/fhir\/:type\/:id"/);
    assert.match(text, /yba_feed_position 42/);
    assert.match(text, /nodejs_eventloop_lag_seconds/);
    const elsewhere = async (headers: Record<string, string>) =>
      (await call('/metrics', { headers: { 'x-forwarded-for': '10.0.0.1', ...headers } })).status;
    assert.equal(await elsewhere({}), 403);
    assert.equal(await elsewhere({ authorization: 'Bearer good' }), 403, 'a token for the FHIR base');
    assert.equal(await elsewhere({ authorization: `Bearer ${METRICS_TOKEN}x` }), 403);
    assert.equal(await elsewhere({ authorization: `Bearer ${METRICS_TOKEN}` }), 200);
  });

  test('pages may load nothing inline or foreign', async () => {
    const response = await call('/', { token: '' });
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  });

  test('another version of FHIR is neither taken nor served', async () => {
    const read = async (accept: string, query = '') =>
      (await call(`/fhir/Patient/ann${query}`, { headers: { accept } })).status;
    const write = async (type: string) =>
      (
        await call('/fhir/Patient', {
          method: 'POST',
          headers: { 'content-type': type },
          body: '{"resourceType":"Patient"}',
        })
      ).status;
    for (const version of ['4.0', '4.0.1', '"4.0"']) {
      assert.equal(await read(`application/fhir+json; fhirVersion=${version}`), 200, version);
      assert.equal(await write(`application/fhir+json; charset=utf-8; fhirVersion=${version}`), 201, version);
    }
    assert.equal(await read('application/fhir+json; fhirVersion=3.0'), 406);
    assert.equal(await read('application/fhir+json; fhirVersion=5.0, application/fhir+json'), 200);
    assert.equal(await read('*/*', '?_format=application/fhir%2Bjson;%20fhirVersion=5.0'), 406);
    assert.equal(await write('application/fhir+json; fhirVersion=3.0'), 415);
  });

  test('the CapabilityStatement is read and nothing else', async () => {
    const answer = await call('/fhir/metadata', { method: 'POST', body: '{}' });
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD, OPTIONS']);
  });

  test('the CapabilityStatement has an ETag, and is 304 to who has it', async () => {
    const tag = (await call('/fhir/metadata')).headers.get('etag')!;
    assert.match(tag, /^W\/"[0-9a-f]{16}"$/);
    for (const [known, status] of [
      [tag, 304],
      [`"other", ${tag}`, 304],
      ['W/"other"', 200],
    ] as const) {
      const answer = await call('/fhir/metadata', { headers: { 'if-none-match': known } });
      assert.deepEqual([answer.status, answer.headers.get('etag')], [status, tag]);
    }
    const forms = ['?_pretty=true', '?_summary=true', '?_summary=text', '?_elements=status', '?_format=json'];
    const tags = [];
    for (const form of forms) {
      const answer = await call(`/fhir/metadata${form}`, { headers: { 'if-none-match': tag } });
      assert.equal(answer.status, form === '?_format=json' ? 304 : 200, form);
      tags.push(answer.headers.get('etag'));
    }
    assert.equal(new Set(tags).size, forms.length);
  });

  test('the CapabilityStatement lists what is registered', async () => {
    const statement = (await (await call('/fhir/metadata')).json()) as {
      rest: {
        resource: {
          type: string;
          interaction: { code: string }[];
          operation?: { name: string }[];
          searchParam?: object[];
        }[];
      }[];
    };
    const [auditEvent, , patient] = statement.rest[0]!.resource;
    assert.deepEqual(auditEvent?.interaction, [{ code: 'search-type' }]);
    assert.deepEqual(
      patient?.operation?.map(({ name }) => name),
      ['everything', 'match', 'make', 'open'],
    );
    assert.deepEqual(patient?.searchParam, [{ name: 'name', type: 'string' }]);
  });

  test('an answer names every header of the request that it goes by', async () => {
    await send('PUT', '/fhir/Patient/long', { resourceType: 'Patient', id: 'long', text: 'ă'.repeat(5000) });
    const headers = { origin: 'https://app.example' };
    const varies = async (path: string) =>
      (await call(path, { headers })).headers.get('vary')?.split(', ').sort();
    // a facility's own search parameters are told to its token alone
    assert.deepEqual(await varies('/fhir/metadata'), ['accept-encoding', 'authorization', 'origin']);
    assert.deepEqual(await varies('/fhir/Patient/long'), ['accept-encoding', 'origin']);
  });

  test('long answers are compressed for clients that take it', async () => {
    await send('PUT', '/fhir/Patient/long', { resourceType: 'Patient', id: 'long', text: 'ă'.repeat(5000) });
    const zipped = await call('/fhir/Patient/long', { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(zipped.headers.get('content-encoding'), 'gzip');
    assert.equal(((await zipped.json()) as { text: string }).text.length, 5000);
    const plain = await call('/fhir/Patient/long', { headers: { 'accept-encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null);
  });
});

describe('the live stream', () => {
  const listen = async (query: string) => {
    const stop = new AbortController();
    const response = await fetch(`${base}/live${query}`, {
      headers: { authorization: 'Bearer good' },
      signal: stop.signal,
    });
    const reader = response.body?.getReader();
    const until = async (pattern: RegExp) => {
      let text = '';
      while (!pattern.test(text)) text += Buffer.from((await reader!.read()).value ?? []).toString();
      return text;
    };
    const end = async () => {
      let text = '';
      for (;;) {
        const { done, value } = await reader!.read();
        if (done) return text;
        text += Buffer.from(value).toString();
      }
    };
    return { response, until, end, stop: () => stop.abort() };
  };

  test('tells of the chart asked for, once however many of its topics moved, with a heartbeat', async () => {
    const stream = await listen('?patient=Patient/1');
    assert.equal(stream.response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    hub.publish(['person of Patient/2', 'person of Patient/1', 'person of Patient/1']);
    const text = await stream.until(/still here/);
    assert.equal(text.match(/event: chart\ndata: {"patient":"Patient\/1"}\n\n/g)?.length, 1);
    stream.stop();
  });

  test('ends when its token opens nothing any more, and before it would tell of a chart that was closed', async () => {
    const revoked = await listen('');
    const closed = await listen('?patient=Patient/closing');
    await revoked.until(/still here/);
    closing = true;
    hub.publish(['person of Patient/closing']);
    assert.doesNotMatch(await closed.end(), /event: chart/);
    tokenRevoked = true;
    await revoked.end();
    tokenRevoked = false;
  });

  test('refuses without a token, for a closed chart, and beyond the bound', async () => {
    assert.equal((await call('/live', { token: '' })).status, 401);
    assert.equal((await call('/live?patient=Patient/closed')).status, 404);
    while (hub.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const streams = [await listen(''), await listen('')];
    assert.equal((await call('/live')).status, 429);
    for (const { stop } of streams) stop();
    while (hub.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const atOnce = await Promise.all(Array.from({ length: 6 }, () => listen('')));
    assert.deepEqual(atOnce.map(({ response }) => response.status).sort(), [200, 200, 429, 429, 429, 429]);
    for (const { stop } of atOnce) stop();
  });
});
