/**
 * What the creates are held against: bare `node:http` that reads and checks each resource, and inserts the text into a table
 * with a primary key and a chart index, whatever came meanwhile in one commit, two of them at a time. No token, policy,
 * references, search terms, feed or access log. In a process of its own, by DATABASE_URL; sends its port.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseJson, validate, type Resource } from '@yba/fhir';
import { arrayText, connect } from '@yba/postgres';

const TOGETHER = 64;
const COMMITS = 2;

type Waiting = { id: string; text: string; response: ServerResponse };

const sql = connect(process.env['DATABASE_URL']!, { max: COMMITS });
await sql`create table bare_create (id uuid primary key, person uuid not null, type text not null, occurred timestamptz not null, body text not null)`;
await sql`create index on bare_create (person, type, occurred desc, id)`;
const person = randomUUID();
const waiting: Waiting[] = [];
let commits = 0;

const server = createServer((request, response) => {
  void textOf(request).then((text) => {
    const issues = validate(parseJson(text) as Resource);
    if (issues.some(({ severity }) => severity === 'error')) {
      response.writeHead(422);
      response.end(JSON.stringify(issues));
      return;
    }
    if (waiting.push({ id: randomUUID(), text, response }) === 1) setImmediate(() => void commit());
  });
}).listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function commit(): Promise<void> {
  if (commits === COMMITS || waiting.length === 0) return;
  commits++;
  const taken = waiting.splice(0, TOGETHER);
  await sql`
    insert into bare_create select id, ${person}, 'Observation', now(), body
    from unnest(${arrayText(taken, ({ id }) => id)}::uuid[], ${arrayText(taken, ({ text }) => text)}::text[]) as one (id, body)`;
  for (const { id, text, response } of taken) {
    response.writeHead(201, {
      'content-type': 'application/fhir+json',
      'content-length': Buffer.byteLength(text),
      location: `/fhir/Observation/${id}/_history/1`,
    });
    response.end(text);
  }
  commits--;
  void commit();
}
