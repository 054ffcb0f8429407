import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a source behaves: as it should, or in one of the ways in which others fail. */
export type Behaviour =
  | 'well'
  | 'slow' // answers when it is let go
  | 'cut' // breaks off in the middle of its answer
  | 'away' // 503
  | 'shut' // 403
  | 'garbage' // an HTML page, with status 200
  | 'stranger' // data of somebody else among the right ones
  | 'unread'; // leaves every parameter unread

/** What a source was asked: path and query, and the headers that say who asks. */
export type Asked = { url: string; authorization: string | undefined };

/** A hospital's own small FHIR server, with the faults that such servers have; real HTTP on a port of its own. */
export type HospitalSource = {
  /** FHIR base. */
  base: string;
  behaviour: Behaviour;
  asked: Asked[];
  /** Lets the answers go that `slow` holds back. */
  letGo(): void;
  stop(): Promise<void>;
};

type Resource = { resourceType: string; id: string; [element: string]: unknown };

/** Starts one that knows one patient, with that identifier (`system|value`), or with the system alone everybody; and what is said of them. */
export async function hospitalSource(
  identifier: string,
  about: (patient: string) => Resource[],
): Promise<HospitalSource> {
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, base);
    source.asked.push({ url: request.url!, authorization: request.headers.authorization });
    const type = url.pathname.split('/')[2]!;
    if (source.behaviour === 'slow' && type !== 'Patient')
      await new Promise<void>((resolve) => waiting.push(resolve));
    if (source.behaviour === 'away') return void response.writeHead(503).end();
    if (source.behaviour === 'shut') return void response.writeHead(403).end();
    if (source.behaviour === 'garbage') return void response.end('<html>Đăng nhập</html>');
    if (type === 'Binary')
      return void response
        .writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
        .end('Giấy ra viện');
    const text = JSON.stringify(searchset(type, url.searchParams));
    response.writeHead(200, {
      'content-type': 'application/fhir+json',
      'content-length': Buffer.byteLength(text),
    });
    if (source.behaviour !== 'cut' || type === 'Patient') return void response.end(text);
    response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
  }

  function patientsBy(asked: string | null): Resource[] {
    if (!asked || (asked !== identifier && !asked.startsWith(`${identifier}|`))) return [];
    const [system, value] = asked.split('|') as [string, string];
    return [{ resourceType: 'Patient', id: `p-${value}`, identifier: [{ system, value }] }];
  }

  function searchset(type: string, query: URLSearchParams) {
    const code = source.behaviour === 'unread' ? null : query.get('code');
    const found =
      type === 'Patient'
        ? patientsBy(query.get('identifier'))
        : about(query.get('patient')!).filter(
            (one) =>
              one.resourceType === type &&
              (!code || JSON.stringify(one['code']).includes(code.split('|').at(-1)!)),
          );
    const strangers =
      source.behaviour === 'stranger' && type !== 'Patient'
        ? [{ ...found[0]!, id: 'x', subject: { reference: 'Patient/p-2' } }]
        : [];
    const resources = [...found, ...strangers];
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      total: resources.length,
      link: [{ relation: 'self', url: `${base}/${type}` }],
      entry: resources.map((resource) => ({
        fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
        resource,
        search: { mode: 'match' },
      })),
    };
  }

  const source: HospitalSource = {
    base,
    behaviour: 'well',
    asked: [],
    letGo() {
      for (const go of waiting) go();
      waiting = [];
    },
    async stop() {
      source.letGo();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return source;
}
