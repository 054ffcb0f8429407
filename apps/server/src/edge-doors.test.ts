// Who may hand messages to the edge agent: by HTTP a token or a certificate, by MLLP over TLS a certificate.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { type Edge, enrol, makeSenderToken, removeSender, startEdge } from '@yba/edge';
import { smallHub, type SmallHub } from '@yba/edge/testing';
import { frameMllp, MllpDecoder, parseMessage } from '@yba/hl7v2';
import { aMessage } from '@yba/hl7v2/testing';

const pem = (name: string) => join(import.meta.dirname, 'testing', 'certificates', name);
const tls = { tlsCert: pem('server.pem'), tlsKey: pem('server.key') };
const certificate = (name: 'his' | 'lis') => ({
  cert: readFileSync(pem(`${name}.pem`)),
  key: readFileSync(pem(`${name}.key`)),
});
type Shown = Partial<ReturnType<typeof certificate>>;

const folder = mkdtempSync(join(tmpdir(), 'yba-doors-'));
let hub: SmallHub;
let edge: Edge;
let isOpen = false;

const close = async () => {
  if (isOpen) await edge.stop();
  isOpen = false;
};
const open = async (settings: object) => {
  await close();
  writeFileSync(join(folder, 'edge.json'), JSON.stringify({ outbox: { reserveMb: 0 }, ...settings }));
  edge = await startEdge({ folder, onError: (error) => assert.ifError(error) });
  isOpen = true;
};
before(async () => {
  hub = await smallHub();
  await enrol(folder, hub.url, 'RIGHT');
  await open({
    http: { port: 0, ...tls, clientCa: pem('ca.pem'), signIn: 'required' },
    mllp: [
      { port: 0, ...tls, clientCa: pem('ca.pem') },
      { port: 0, ...tls },
    ],
  });
});
after(async () => {
  await close();
  await hub?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const result = JSON.stringify({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'HbA1c' },
  subject: { reference: 'Patient?identifier=https://yba.vn/fhir/sid/mrn/27001|BN-1' },
  valueString: '7,2',
});

type Answer = { status: number; text: string; headers: NodeJS.Dict<string | string[]> };

function send(path: string, token?: string, shown: Shown = {}, body?: string): Promise<Answer> {
  const headers = {
    ...(body ? { 'content-type': 'application/fhir+json' } : {}),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const options = { method: body ? 'POST' : 'GET', headers, ca: readFileSync(pem('ca.pem')), ...shown };
  return new Promise((resolve, reject) => {
    const url = new URL(path, edge.url.replace('127.0.0.1', 'localhost'));
    const sending = request(url, { ...options, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    sending.on('error', reject).end(body);
  });
}

describe('FHIR', () => {
  test('who does not sign in hands over nothing, asks for nothing, and is told how; the page stays open', async () => {
    for (const answer of [
      await send('/fhir', undefined, {}, result),
      await send('/fhir/Observation', 'yba_edge_guessed', {}, result),
      await send('/fhir/$submit-xml', undefined, certificate('lis'), '<x/>'),
      await send('/fhir/$message-status?identifier=x'),
    ]) {
      assert.equal(answer.status, 401);
      assert.match(answer.text, /"login".*yba edge sender/);
      assert.match(String(answer.headers['www-authenticate']), /^Bearer/);
    }
    assert.equal(edge.figures().states.waiting.count + hub.received.length, 0);
    assert.equal((await send('/')).status, 200);
  });

  test('a token counts from the moment it is made until it is taken away or replaced', async () => {
    const first = makeSenderToken(folder, 'HIS', Date.now());
    assert.equal((await send('/fhir', first, {}, result)).status, 202);
    const second = makeSenderToken(folder, 'HIS', Date.now());
    assert.equal((await send('/fhir', first, {}, result)).status, 401);
    assert.equal((await send('/fhir', second, {}, result)).status, 202);
    assert.ok(!readFileSync(join(folder, 'senders.json'), 'utf8').includes(second));
    assert.equal(removeSender(folder, 'HIS'), true);
    assert.equal((await send('/fhir', second, {}, result)).status, 401);
    assert.equal(removeSender(folder, 'HIS'), false);
  });

  test('a certificate of the hospital’s own authority signs in, one that a system made itself does not', async () => {
    assert.equal((await send('/fhir', undefined, certificate('his'), result)).status, 202);
    assert.equal((await send('/fhir', undefined, certificate('lis'), result)).status, 401);
  });
});

describe('HL7 v2', () => {
  const message = aMessage('ADT^A31^ADT_A05', [
    ['PID', '1', '', ['BN-2', '', '', 'BV', 'MR'], '', ['Trịnh', 'Liên']],
  ]);

  /** The code of the answer; undefined when the connection ends without one. */
  async function exchange(port: number, shown: Shown): Promise<string | undefined> {
    const socket: TLSSocket = connect({
      port,
      host: 'localhost',
      ca: readFileSync(pem('ca.pem')),
      ...shown,
    });
    const ended = new Promise<undefined>((resolve) => socket.on('close', () => resolve(undefined)));
    socket.on('error', () => {}); // a refused handshake: the connection closes
    socket.write(frameMllp(message));
    const decoder = new MllpDecoder();
    const answered = new Promise<string>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        const [answer] = decoder.push(chunk);
        if (answer) resolve(parseMessage(answer).first('MSA')!.text(1));
      });
    });
    try {
      return await Promise.race([answered, ended]);
    } finally {
      socket.destroy();
    }
  }

  test('comes over TLS; where an authority is named, from systems that show its certificate alone', async () => {
    const [closed, encrypted] = edge.mllpPorts as [number, number];
    assert.equal(await exchange(closed, certificate('his')), 'AA');
    assert.equal(await exchange(closed, certificate('lis')), undefined);
    assert.equal(await exchange(closed, {}), undefined);
    assert.equal(await exchange(encrypted, {}), 'AA');
  });
});

test('what other machines reach asks for a sign-in, and cannot be told not to', async () => {
  await assert.rejects(open({ http: { host: '0.0.0.0', port: 0, signIn: 'none' } }), /http\.signIn/);
  await assert.rejects(open({ mllp: [{ port: 0, clientCa: pem('ca.pem') }] }), /mllp\[0\]\.clientCa/);
  await open({ http: { host: '0.0.0.0', port: 0 } });
  const post = () =>
    fetch(`${edge.url}/fhir`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: result,
    });
  assert.equal((await post()).status, 401);
  await open({ http: { port: 0 } });
  assert.equal((await post()).status, 202);
});
