import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { Browser } from '@yba/access/testing';
import type { Sql } from '@yba/postgres';

/** A passkey whose private half the test holds. */
export type HeldPasskey = { id: string; key: KeyObject; account: string };

/** Puts a passkey of an account (`account/<id>`) into the store, as its registration would. Source: RFC 9052 (COSE_Key, ES256) */
export async function heldPasskey(owner: Sql, subject: string): Promise<HeldPasskey> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const cose = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x!, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y!, 'base64url'),
  ]);
  const id = randomBytes(16).toString('base64url');
  const account = subject.replace(/^account\//, '');
  await owner`
    insert into passkey (id, account, public_key, counter, transports, synced, name)
    values (${id}, ${account}, ${cose}, 0, ${['internal']}, false, 'Máy ở khoa')`;
  return { id, key: privateKey, account };
}

/** Answers the challenge of a sign-in page, as a browser does with its authenticator. Source: https://www.w3.org/TR/webauthn-3/ */
export async function enterByPasskey(
  baseUrl: string,
  visitor: Browser,
  uid: string,
  { id, key, account }: HeldPasskey,
): Promise<Response> {
  const post = (path: string, body: object) =>
    visitor.go(`${baseUrl}/oauth/interaction/${uid}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
  const { challenge } = (await (await post('passkey/options', {})).json()) as { challenge: string };
  const told = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin: baseUrl }));
  const about = Buffer.concat([
    createHash('sha256').update(new URL(baseUrl).hostname).digest(),
    Buffer.from([0x05, 0, 0, 0, 0]), // present and verified; a key that does not count
  ]);
  const signature = sign('sha256', Buffer.concat([about, createHash('sha256').update(told).digest()]), key);
  return post('passkey', {
    response: {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: told.toString('base64url'),
        authenticatorData: about.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: Buffer.from(account).toString('base64url'),
      },
    },
  });
}
