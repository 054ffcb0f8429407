// docs/api.md tells the truth: each of its requests is sent, and answered as it says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fhirClient, type FhirClient } from './testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
const blocks = [...page.matchAll(/^```http\n([\s\S]*?)^```$/gm)].map(([, text]) => parse(text!));

let server: TestPlatform;
let client: FhirClient;
before(async () => {
  server = await startPlatform();
  client = fhirClient(server.url, await server.facilityToken('01901', 'Bệnh viện Bạch Mai'));
});
after(() => server.stop());

/** First line, headers and body of a block. */
function parse(text: string) {
  const [top = '', ...rest] = text.trim().split('\n\n');
  const [first = '', ...lines] = top.split('\n');
  const headers = lines.map(
    (line) =>
      [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const,
  );
  return { first, headers, body: rest.join('\n\n') };
}

/** Whether all that is told is there; `…` stands for anything. */
function assertTold(told: unknown, found: unknown, at: string): void {
  if (typeof told === 'string' && told.includes('…')) {
    const [before, behind] = told.split('…') as [string, string];
    assert.ok(String(found).startsWith(before) && String(found).endsWith(behind), `${at}: ${String(found)}`);
  } else if (typeof told === 'object' && told !== null) {
    if (Array.isArray(told))
      assert.equal((found as unknown[] | undefined)?.length, told.length, `${at}: how many`);
    for (const [name, value] of Object.entries(told))
      assertTold(value, (found as Record<string, unknown> | undefined)?.[name], `${at}.${name}`);
  } else assert.equal(found, told, at);
}

test(`the ${blocks.length / 2} requests of docs/api.md are answered as it says`, async () => {
  assert.ok(blocks.length > 30);
  for (let at = 0; at < blocks.length; at += 2) {
    const [request, told] = [blocks[at]!, blocks[at + 1]!];
    const [method = '', path = ''] = request.first.split(' ');
    const answer = await client.send(
      method,
      path.replace('/fhir', ''),
      request.body === '' ? undefined : request.body,
      Object.fromEntries(request.headers),
    );
    assert.equal(
      `${answer.status} ${STATUS_CODES[answer.status]}`,
      told.first,
      `${request.first}: ${answer.text}`,
    );
    for (const [name, value] of told.headers)
      assertTold(value, answer.headers.get(name), `${request.first} ${name}`);
    if (told.body !== '') assertTold(JSON.parse(told.body), answer.body, request.first);
  }
});
