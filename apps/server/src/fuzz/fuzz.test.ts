// Nothing that is sent makes the server fail: thousands of malformed requests of each kind are told what is wrong.
// YBA_FUZZ=20000 sends that many of each kind of malformed content instead of 2,000, and an eighth of that of the others;
// YBA_FUZZ_SEED repeats a run.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startPlatform, type TestPlatform } from '../testing/platform.ts';
import { fhirClient, type FhirClient } from '../testing/fhir-client.ts';
import { Chance } from './chance.ts';
import { fuzzClasses, type FuzzClass } from './classes.ts';
import { hiddenClasses } from './hidden-classes.ts';
import { oddClasses } from './odd-classes.ts';
import { RawClient, type RawAnswer, type RawRequest } from './raw-client.ts';

const EACH = Number(process.env['YBA_FUZZ'] ?? 2000);
const SEED = Number(process.env['YBA_FUZZ_SEED'] ?? 1);
const TOGETHER = 8;

let server: TestPlatform;
let client: FhirClient;
let token = '';

before(async () => {
  server = await startPlatform();
  token = await server.facilityToken('01901', 'Bệnh viện Bạch Mai');
  client = fhirClient(server.url, token);
  for (const id of ['known', 'control']) {
    const patient = { resourceType: 'Patient', id, name: [{ text: 'Nguyễn Thị Hoa', given: ['Hoa'] }] };
    assert.equal((await client.send('PUT', `/Patient/${id}`, patient)).status, 201);
  }
});
after(() => server.stop());

/** What is wrong with an answer to a malformed request; undefined for nothing. */
function faultOf({ refused, named }: FuzzClass, { status, text }: RawAnswer): string | undefined {
  if (status >= 500 || status === 0) return `answered ${status}`;
  if (refused === 'always' && (status < 400 || status >= 500)) return `answered ${status}`;
  if (status < 400 || !text.startsWith('{')) return undefined; // Node answers what is no HTTP, and HEAD has no body
  const { issue } = JSON.parse(text) as { issue?: { diagnostics?: string; expression?: string[] }[] };
  if (!issue?.[0]?.diagnostics) return `says nothing: ${text.slice(0, 200)}`;
  return named && !issue[0].expression?.[0] ? `names no element: ${text.slice(0, 200)}` : undefined;
}

function told({ method, path, headers, body }: RawRequest): string {
  return `${method} ${path.slice(0, 200)} ${JSON.stringify(headers)?.slice(0, 200)} ${String(body).slice(0, 1000)}`;
}

/** A known read and a known write still succeed. */
async function worksStill(): Promise<void> {
  assert.equal((await client.get('/Patient/control')).status, 200);
  const written = await client.send('POST', '/Basic', {
    resourceType: 'Basic',
    code: { text: 'still here' },
  });
  assert.equal(written.status, 201, written.text);
}

const kinds = [
  ...fuzzClasses.map((fuzz) => ({ fuzz, each: EACH })),
  ...[...oddClasses, ...hiddenClasses].map((fuzz) => ({ fuzz, each: EACH / 8 })),
];
for (const [index, { fuzz, each }] of kinds.entries()) {
  test(`${fuzz.name}: ${each} requests, none breaks the server, and each is told what is wrong`, async () => {
    const chance = new Chance(SEED * 1000 + index);
    const wrong: string[] = [];
    let sent = 0;
    const send = async () => {
      const raw = new RawClient(server.url);
      for (; sent < each && wrong.length < 10;) {
        sent++;
        const request = fuzz.make(chance);
        const names = new Set(request.headers?.map(([name]) => name.toLowerCase()));
        const signed = names.has('authorization')
          ? request
          : {
              ...request,
              headers: [['authorization', `Bearer ${token}`] as const, ...(request.headers ?? [])],
            };
        const answer = await raw.send(signed);
        const fault = faultOf(fuzz, answer);
        if (fault) wrong.push(`${fault}: ${told(request)} → ${answer.text.slice(0, 300)}`);
        if (sent % 500 === 0) await worksStill();
      }
      raw.close();
    };
    await Promise.all(Array.from({ length: fuzz.alone ? 1 : TOGETHER }, send));
    assert.deepEqual(wrong, []);
    await worksStill();
  });
}
