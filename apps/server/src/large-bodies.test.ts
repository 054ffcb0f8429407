// A body that is refused before all of it has come: its sender gets the answer, and may ask again on the same connection.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

const LARGE = Buffer.alloc(25 * 1024 * 1024, 'a');
const FORM = 'application/x-www-form-urlencoded';

let server: TestPlatform;
let token: string;

before(async () => {
  server = await startPlatform();
  token = await server.facilityToken('01901', 'Bệnh viện Bạch Mai');
});
after(() => server.stop());

/** The statuses that a body and a question behind it, on the same connection, are answered with. */
function statuses(path: string, type: string, isChunked: boolean): Promise<number[]> {
  const { port, hostname } = new URL(server.url);
  const signed = `host: localhost\r\nauthorization: Bearer ${token}\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: hostname });
    let text = '';
    socket.on('data', (bytes) => (text += bytes.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () =>
      resolve([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))),
    );
    const length = isChunked ? 'transfer-encoding: chunked' : `content-length: ${LARGE.length}`;
    socket.write(`POST ${path} HTTP/1.1\r\n${signed}content-type: ${type}\r\n${length}\r\n\r\n`);
    if (isChunked) socket.write(`${LARGE.length.toString(16)}\r\n`);
    socket.write(LARGE);
    if (isChunked) socket.write('\r\n0\r\n\r\n');
    socket.write(`GET /fhir/metadata HTTP/1.1\r\n${signed}connection: close\r\n\r\n`);
  });
}

for (const [path, type, status] of [
  ['/fhir', 'application/fhir+json', 413],
  ['/fhir/Patient', 'application/fhir+json', 413],
  ['/fhir/Patient', 'text/plain', 415],
  ['/fhir/Patient/_search', FORM, 413],
  ['/fhir/Binary', 'application/pdf', 413],
  ['/fhir/$submit-xml', 'application/xml', 400],
  ['/fhir/$process-message', 'application/fhir+json', 413],
  ['/oauth/token', FORM, 400],
] as const)
  test(`${path} answers 25 MB of ${type} with ${status}, and then what else is asked`, async () => {
    for (const isChunked of [false, true])
      assert.deepEqual(
        await statuses(path, type, isChunked),
        [status, 200],
        isChunked ? 'chunked' : 'length',
      );
  });
