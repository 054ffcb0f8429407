import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { upstream } from './upstream.ts';

/** A national issuer as it may be: identity tokens signed RS256, more about the person at the UserInfo endpoint. */
let server: Server;
let issuer: string;
let key: CryptoKey;
let nonce = '';
let inToken: Record<string, unknown> = {};
let atUserInfo: Record<string, unknown> = {};

before(async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  key = privateKey;
  const answers: Record<string, () => unknown> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/jwks': async () => ({ keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', kid: 'k' }] }),
    '/token': async () => ({
      access_token: 'a',
      token_type: 'Bearer',
      id_token: await new SignJWT({ nonce, ...inToken })
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .setIssuer(issuer)
        .setSubject('citizen-7')
        .setAudience('yba')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(key),
    }),
    '/userinfo': () => ({ sub: 'citizen-7', ...atUserInfo }),
  };
  server = createServer((request, response) => {
    void (async () => {
      const body = await answers[request.url!]!();
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function arrived(token: object, userInfo: object = {}) {
  [inToken, atUserInfo] = [{ ...token }, { ...userInfo }];
  const way = upstream(
    { issuer, clientId: 'yba', clientSecret: 's', imitation: false },
    'http://hub.example/back',
  );
  const left = await way.depart();
  nonce = left.nonce;
  return way.arrive(new URL(`http://hub.example/back?code=c&state=${left.state}`), left);
}

const WHO = { SoDinhDanh: '001185012345', HoVaTen: 'Nguyễn Thị Mai' };

test('what an issuer says of the level counts, in the token or at the UserInfo endpoint; whatever is not 2 is 1', async () => {
  for (const [token, userInfo, level] of [
    [{ ...WHO, MucTaiKhoan: '2' }, {}, 2],
    [{ ...WHO, MucTaiKhoan: 2 }, {}, 2],
    [WHO, { MucTaiKhoan: '2' }, 2],
    [{}, { ...WHO, MucTaiKhoan: '2' }, 2],
    [{ ...WHO, MucTaiKhoan: '1' }, { MucTaiKhoan: '2' }, 1],
    [WHO, {}, 2],
    [WHO, { MucTaiKhoan: '1' }, 1],
    [{ ...WHO, MucTaiKhoan: '' }, {}, 1],
    [{ ...WHO, MucTaiKhoan: '3' }, {}, 1],
  ] as const)
    assert.deepEqual(
      await arrived(token, userInfo),
      { subject: 'citizen-7', number: WHO.SoDinhDanh, name: WHO.HoVaTen, level },
      JSON.stringify([token, userInfo]),
    );
});

test('an answer without a number of twelve digits, or for another request, signs nobody in', async () => {
  await assert.rejects(arrived({ ...WHO, SoDinhDanh: '12345' }), { code: 'value' });
  await assert.rejects(arrived({ ...WHO, MucTaiKhoan: '2', nonce: 'another' }));
});
