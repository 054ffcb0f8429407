// https by setting and behind a proxy; clients that prove themselves by certificate.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as overHttp, type IncomingHttpHeaders } from 'node:http';
import { request as overHttps, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { certificateKeys, registerClient, type ClientProof } from '@yba/access';
import { claimsOf } from '@yba/access/testing';
import { freePort, readTls } from '@yba/http';
import { connect } from '@yba/postgres';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

const pem = (name: string) => join(import.meta.dirname, 'testing', 'certificates', name);
const ca = readFileSync(pem('ca.pem'));
const his = { cert: readFileSync(pem('his.pem')), key: readFileSync(pem('his.key')) };
const lis = { cert: readFileSync(pem('lis.pem')), key: readFileSync(pem('lis.key')) };
const ended = { cert: readFileSync(pem('ended.pem')), key: readFileSync(pem('ended.key')) };
const home = mkdtempSync(join(tmpdir(), 'yba-tls-'));
const files = { certFile: join(home, 'cert.pem'), keyFile: join(home, 'key.pem') };
after(() => rmSync(home, { recursive: true, force: true }));

type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

function ask(url: string, { body, ...options }: RequestOptions & { body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? overHttps : overHttp)(url, { ca, agent: false, ...options });
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: text }),
      );
    });
    request.end(body);
  });
}

const form = (fields: Record<string, string>, options: RequestOptions = {}) => ({
  ...options,
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...(options.headers as object) },
  body: new URLSearchParams(fields).toString(),
});

async function registered(databaseUrl: string, proof: ClientProof): Promise<string> {
  const sql = connect(databaseUrl, { max: 1 });
  const { clientId } = await registerClient(sql, {
    name: 'HIS',
    facility: '01013',
    facilityName: 'Bạch Mai',
    scope: 'system/*.cruds',
    proof,
  });
  await sql.end();
  return clientId;
}

describe('a server with a certificate of its own', () => {
  let server: TestPlatform;
  let clear: string;

  before(async () => {
    copyFileSync(pem('server.pem'), files.certFile);
    copyFileSync(pem('server.key'), files.keyFile);
    const httpPort = await freePort();
    clear = `http://localhost:${httpPort}`;
    server = await startPlatform({
      config: { tls: { ...files, clientCa: pem('ca.pem') }, httpPort, memoryMb: 272 },
    });
  });
  after(() => server.stop());

  test('speaks https, tells browsers to keep to it, and marks its cookies', async () => {
    assert.match(server.url, /^https:/);
    const { status, headers } = await ask(`${server.url}/fhir/metadata`);
    assert.equal(status, 200);
    assert.match(headers['strict-transport-security']!, /max-age=31536000/);
    const challenge = 'x'.repeat(43);
    const signIn = await ask(
      `${server.url}/oauth/authorize?client_id=yba-clinic&response_type=code&redirect_uri=${encodeURIComponent(`${server.url}/clinic/`)}&code_challenge=${challenge}&code_challenge_method=S256`,
    );
    const cookies = signIn.headers['set-cookie']!;
    assert.ok(cookies.length > 0);
    for (const cookie of cookies) {
      assert.match(cookie, /; secure/i);
      assert.match(cookie, /; httponly/i);
      assert.match(cookie, /; samesite=lax/i);
    }
  });

  test('takes TLS 1.2 and later alone', async () => {
    const port = Number(new URL(server.url).port);
    const version = (most: 'TLSv1.1' | 'TLSv1.2') =>
      new Promise<string | null>((resolve, reject) => {
        const socket = connectTls(
          {
            port,
            host: '127.0.0.1',
            servername: 'localhost',
            ca,
            minVersion: 'TLSv1',
            maxVersion: most,
            ciphers: 'DEFAULT@SECLEVEL=0',
          },
          () => resolve(socket.getProtocol()),
        );
        socket.once('error', reject);
        socket.once('secureConnect', () => socket.destroy());
      });
    assert.equal(await version('TLSv1.2'), 'TLSv1.2');
    await assert.rejects(version('TLSv1.1'));
  });

  test('tells who comes when it has as many connections as it carries 503 with Retry-After', async () => {
    const { hostname: host, port } = new URL(server.url);
    const open = async () => {
      const socket = connectTls({ host, port: Number(port), servername: 'localhost', ca });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      return socket;
    };
    const sockets = await Promise.all(Array.from({ length: 161 }, open));
    assert.equal((await ask(`${server.url}/health`)).status, 200);
    sockets.push(...(await Promise.all([open(), open()])));
    const { status, headers } = await ask(`${server.url}/health`);
    assert.equal(status, 503);
    assert.ok(headers['retry-after']);
    for (const socket of sockets) socket.destroy();
    while ((await ask(`${server.url}/health`)).status !== 200) await sleep(10);
  });

  test('leads to https who asks for a page in the clear, and refuses what carries a secret', async () => {
    const page = await ask(`${clear}/clinic?x=1`);
    assert.deepEqual([page.status, page.headers.location], [308, `${server.url}/clinic?x=1`]);
    assert.equal((await ask(`${clear}/oauth/token`, form({ grant_type: 'client_credentials' }))).status, 403);
    const withToken = await ask(`${clear}/fhir/Patient`, { headers: { authorization: 'Bearer x' } });
    assert.deepEqual([withToken.status, withToken.headers.location], [403, undefined]);
  });

  test('knows a system by the certificate a CA issued to it, and binds its token to that', async () => {
    const clientId = await registered(server.databaseUrl, {
      method: 'tls_client_auth',
      subject: 'CN=his.bachmai.vn, O=Bach Mai, C=VN',
    });
    const grant = form({ grant_type: 'client_credentials', client_id: clientId });
    const { status, body } = await ask(`${server.url}/oauth/token`, { ...grant, ...his });
    assert.equal(status, 200, body);
    const { access_token: token } = JSON.parse(body) as { access_token: string };
    assert.ok((claimsOf(token).cnf as Record<string, string>)['x5t#S256']);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await ask(`${server.url}/fhir/Patient`, { headers, ...his })).status, 200);
    assert.equal((await ask(`${server.url}/fhir/Patient`, { headers })).status, 401);
    assert.equal((await ask(`${server.url}/fhir/Patient`, { headers, ...lis })).status, 401);
    for (const other of [{}, lis]) {
      const refused = await ask(`${server.url}/oauth/token`, { ...grant, ...other });
      assert.deepEqual([refused.status, JSON.parse(refused.body).error], [401, 'invalid_client']);
    }
  });

  test('knows a system by the certificate it registered, without a CA', async () => {
    const clientId = await registered(server.databaseUrl, {
      method: 'self_signed_tls_client_auth',
      keys: certificateKeys(lis.cert.toString()),
    });
    const grant = form({ grant_type: 'client_credentials', client_id: clientId });
    assert.equal((await ask(`${server.url}/oauth/token`, { ...grant, ...lis })).status, 200);
    assert.equal((await ask(`${server.url}/oauth/token`, { ...grant, ...his })).status, 401);
  });

  test('takes no certificate that has ended, and registers none', async () => {
    const text = ended.cert.toString();
    assert.throws(() => certificateKeys(text), /ended on/);
    const { publicKey, raw } = new X509Certificate(text);
    const key = { ...publicKey.export({ format: 'jwk' }), x5c: [raw.toString('base64')] };
    const clientId = await registered(server.databaseUrl, {
      method: 'self_signed_tls_client_auth',
      keys: { jwks: { keys: [key as never] } },
    });
    const grant = form({ grant_type: 'client_credentials', client_id: clientId });
    const { status, body } = await ask(`${server.url}/oauth/token`, { ...grant, ...ended });
    assert.equal(status, 401, body);
  });

  test('believes no header about a certificate when no proxy is named', async () => {
    const clientId = await registered(server.databaseUrl, {
      method: 'self_signed_tls_client_auth',
      keys: certificateKeys(lis.cert.toString()),
    });
    const headers = {
      'x-ssl-client-cert': encodeURIComponent(lis.cert.toString()),
      'x-ssl-client-verify': 'SUCCESS',
    };
    const forged = form({ grant_type: 'client_credentials', client_id: clientId }, { headers });
    assert.equal((await ask(`${server.url}/oauth/token`, forged)).status, 401);
  });

  test('takes up a renewed certificate without a restart, and goes on with the one before until it is whole', async () => {
    const serving = async () =>
      new Promise<string>((resolve, reject) => {
        const socket = connectTls(
          { port: Number(new URL(server.url).port), host: '127.0.0.1', servername: 'localhost', ca },
          () => {
            resolve(socket.getPeerX509Certificate()!.fingerprint256);
            socket.destroy();
          },
        );
        socket.once('error', reject);
      });
    const before = await serving();
    copyFileSync(pem('renewed.pem'), files.certFile); // half of it: the key is still the old one
    await sleep(2_500);
    assert.equal(await serving(), before);
    copyFileSync(pem('renewed.key'), files.keyFile);
    for (let n = 0; n < 100 && (await serving()) === before; n++) await sleep(50);
    assert.notEqual(await serving(), before);
  });
});

describe('a server behind a proxy', () => {
  let server: TestPlatform;
  let inner: string;
  const forwarded = (more: Record<string, string> = {}) => ({ 'x-forwarded-proto': 'https', ...more });

  before(async () => {
    const port = await freePort();
    inner = `http://127.0.0.1:${port}`;
    server = await startPlatform({
      config: {
        port,
        baseUrl: 'https://yba.test',
        trustedProxies: ['127.0.0.0/8'],
        certificateHeader: 'x-ssl-client-cert',
      },
    });
  });
  after(() => server.stop());

  test('answers what came to the proxy by https, and leads the rest there', async () => {
    assert.equal((await ask(`${inner}/fhir/metadata`, { headers: forwarded() })).status, 200);
    for (const headers of [{}, { 'x-forwarded-proto': 'http' }]) {
      const page = await ask(`${inner}/clinic`, { headers });
      assert.deepEqual([page.status, page.headers.location], [308, 'https://yba.test/clinic']);
      assert.equal(
        (await ask(`${inner}/fhir/Patient`, { headers: { ...headers, authorization: 'Bearer x' } })).status,
        403,
      );
      assert.equal((await ask(`${inner}/health`, { headers })).status, 200);
    }
  });

  test('takes the certificate from the header the proxy writes, and from none that its client sent', async () => {
    const clientId = await registered(server.databaseUrl, {
      method: 'tls_client_auth',
      subject: 'C=VN,O=Bach Mai,CN=his.bachmai.vn',
    });
    const text = his.cert.toString();
    const der = text.replace(/-----[^-]+-----|\s/g, '');
    const nginx = { 'x-ssl-client-cert': encodeURIComponent(text) };
    const verified = { 'x-ssl-client-verify': 'SUCCESS' };
    const token = async (headers: Record<string, string>) => {
      const fields = { grant_type: 'client_credentials', client_id: clientId };
      const { body } = await ask(`${inner}/oauth/token`, form(fields, { headers: forwarded(headers) }));
      return (JSON.parse(body) as { access_token?: string }).access_token;
    };
    // a proxy hands on what it does not know: a certificate that its client wrote there is anybody's
    const sent = { 'client-cert': `:${der}:` };
    const own = { 'x-ssl-client-cert': encodeURIComponent(lis.cert.toString()) };
    for (const others of [{}, own]) assert.equal(await token({ ...others, ...sent, ...verified }), undefined);
    const bound = (await token({ ...nginx, ...verified }))!;
    assert.equal(await token({ ...nginx, 'x-ssl-client-verify': 'FAILED:unable to verify' }), undefined);
    const read = async (headers: Record<string, string>) =>
      (
        await ask(`${inner}/fhir/Patient`, {
          headers: forwarded({ authorization: `Bearer ${bound}`, ...headers }),
        })
      ).status;
    assert.deepEqual([await read(nginx), await read({}), await read({ ...own, ...sent })], [200, 401, 401]);
    assert.equal(await read({ 'x-ssl-client-cert': 'rubbish' }), 400);
  });
});

test('a proxy that writes the header of RFC 9440 says so; without a name none is read', async () => {
  const der = his.cert.toString().replace(/-----[^-]+-----|\s/g, '');
  const headers = {
    'x-forwarded-proto': 'https',
    'client-cert': `:${der}:`,
    'x-ssl-client-verify': 'SUCCESS',
  };
  for (const certificateHeader of ['client-cert', undefined] as const) {
    const port = await freePort();
    const config = { port, baseUrl: 'https://yba.test', trustedProxies: ['127.0.0.0/8'], certificateHeader };
    const server = await startPlatform({ config });
    const clientId = await registered(server.databaseUrl, {
      method: 'tls_client_auth',
      subject: 'CN=his.bachmai.vn,O=Bach Mai,C=VN',
    });
    const fields = { grant_type: 'client_credentials', client_id: clientId };
    const { status } = await ask(`http://127.0.0.1:${port}/oauth/token`, form(fields, { headers }));
    assert.equal(status, certificateHeader ? 200 : 401);
    await server.stop();
  }
});

test('a certificate that cannot be served is said with its file and the way out', () => {
  const good = { certFile: pem('server.pem'), keyFile: pem('server.key') };
  assert.equal(readTls(good).minVersion, 'TLSv1.2');
  assert.throws(() => readTls({ ...good, keyFile: pem('renewed.key') }), /is not the key of/);
  assert.throws(
    () => readTls({ ...good, certFile: join(home, 'none.pem') }),
    /is not there.*--tls-cert FILE/,
  );
  assert.throws(() => readTls(good, Date.parse('2999-01-01')), /ended on 2\d{3}-/);
  assert.throws(() => readTls(good, Date.parse('1999-01-01')), /begins on/);
  writeFileSync(join(home, 'rubbish.pem'), 'rubbish');
  assert.throws(() => readTls({ ...good, certFile: join(home, 'rubbish.pem') }), /holds no certificate/);
  assert.throws(() => readTls({ ...good, keyFile: join(home, 'rubbish.pem') }), /holds no private key/);
  assert.throws(() => readTls({ ...good, clientCa: join(home, 'rubbish.pem') }), /holds no certificate/);
});
