import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

type Bundle = {
  identifier: { value: string };
  entry: { fullUrl: string; resource: Record<string, unknown> & { resourceType: string } }[];
};

/** A hub of a few lines that keeps to docs/exchange.md; tests decide what it answers. */
export type SmallHub = {
  url: string;
  /** Messages in the order of receipt, each once. */
  received: Bundle[];
  /** The same as JSON text. */
  texts: string[];
  /** How often a message came that was there. */
  repeats: number;
  /** What becomes of a message; filed unless told. */
  verdict(bundle: Bundle): 'filed' | 'refused' | 'received';
  /** An answer in place of 202, while it is set: 503, or `break`: the line breaks after the message is kept. */
  trouble: number | 'break' | undefined;
  /** What the hub tells by GET below its FHIR base; nothing of a path that is not here. */
  tells(path: string): object | undefined;
  /** Public keys by client id, the one that counts first. */
  keys: Map<string, string[]>;
  stop(): Promise<void>;
};

export async function smallHub(facility = '27001'): Promise<SmallHub> {
  const hub: SmallHub = {
    url: '',
    received: [],
    texts: [],
    repeats: 0,
    verdict: () => 'filed',
    trouble: undefined,
    tells: () => undefined,
    keys: new Map(),
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  const server: Server = createServer((request, response) => {
    void read(request).then((body) => {
      const { status, answer } = answerTo(hub, facility, request, body);
      if (status === 0) return request.socket.destroy();
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return hub;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

type Answer = { status: number; answer?: object };

/** What an assertion may differ by from the hub's clock, in ms. */
const ASSERTED_MS = 120_000;

function answerTo(hub: SmallHub, facility: string, { url }: IncomingMessage, body: Buffer): Answer {
  switch (url) {
    case '/oauth/enrol': {
      const { code, jwks } = JSON.parse(body.toString()) as {
        code: string;
        jwks: { keys: { kid: string }[] };
      };
      if (code !== 'RIGHT')
        return { status: 403, answer: { issue: [{ code: 'forbidden', diagnostics: 'code' }] } };
      hub.keys.set('edge-1', [jwks.keys[0]!.kid]);
      return {
        status: 200,
        answer: {
          client_id: 'edge-1',
          facility,
          facility_name: 'Bệnh viện Đa khoa Bắc Ninh số 1',
          token_endpoint: `${hub.url}/oauth/token`,
          fhir_base: `${hub.url}/fhir`,
        },
      };
    }
    case '/oauth/enrol/key': {
      const { jwks } = JSON.parse(body.toString()) as { jwks: { keys: { kid: string }[] } };
      hub.keys.set('edge-1', [jwks.keys[0]!.kid, hub.keys.get('edge-1')![0]!]);
      return { status: 200, answer: {} };
    }
    case '/oauth/token': {
      const assertion = new URLSearchParams(body.toString()).get('client_assertion')!;
      const [{ kid }, { iat }] = assertion
        .split('.')
        .slice(0, 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString())) as [
        { kid: string },
        { iat: number },
      ];
      const isOfNow = Math.abs(iat * 1000 - Date.now()) < ASSERTED_MS;
      if (!hub.keys.get('edge-1')?.includes(kid) || !isOfNow)
        return { status: 401, answer: { error: 'invalid_client' } };
      return { status: 200, answer: { access_token: 'token', expires_in: 3600 } };
    }
    case '/fhir/$process-message':
      return take(hub, body.toString());
    case '/fhir/$message-status':
      return tell(hub, JSON.parse(body.toString()) as { parameter: { valueString: string }[] });
    default:
      if (typeof hub.trouble === 'number') return { status: hub.trouble, answer: { issue: [] } };
      return { status: 200, answer: hub.tells(url!.replace(/^\/fhir/, '')) ?? {} };
  }
}

function take(hub: SmallHub, text: string): Answer {
  const bundle = JSON.parse(text) as Bundle;
  if (typeof hub.trouble === 'number') return { status: hub.trouble, answer: { issue: [] } };
  if (hub.received.some(({ identifier }) => identifier.value === bundle.identifier.value)) hub.repeats++;
  else {
    hub.received.push(bundle);
    hub.texts.push(text);
  }
  return hub.trouble === 'break' ? { status: 0 } : { status: 202, answer: {} };
}

const STATE = 'https://yba.vn/fhir/StructureDefinition/message-state';

function tell(hub: SmallHub, { parameter }: { parameter: { valueString: string }[] }): Answer {
  const entry = parameter.flatMap(({ valueString: id }): object[] => {
    const bundle = hub.received.find(({ identifier }) => identifier.value === id);
    if (!bundle)
      return [
        {
          resource: {
            resourceType: 'OperationOutcome',
            issue: [{ severity: 'error', code: 'not-found', expression: [`identifier=${id}`] }],
          },
        },
      ];
    const state = hub.verdict(bundle);
    const details = state === 'refused' ? { details: { reference: `urn:uuid:${id}` } } : {};
    return [
      {
        resource: {
          resourceType: 'MessageHeader',
          extension: [{ url: STATE, valueCode: state }],
          response: { identifier: id, code: 'ok', ...details },
          ...(state === 'filed' ? { focus: [{ reference: 'Patient/p1' }] } : {}),
        },
      },
      ...(state === 'refused'
        ? [
            {
              fullUrl: `urn:uuid:${id}`,
              resource: {
                resourceType: 'OperationOutcome',
                issue: [
                  {
                    severity: 'error',
                    code: 'required',
                    diagnostics: 'Thiếu trạng thái. Add a status',
                    expression: ['Bundle.entry[2].resource.status'],
                  },
                ],
              },
            },
          ]
        : []),
    ];
  });
  return { status: 200, answer: { resourceType: 'Bundle', type: 'collection', entry } };
}
