import { randomBytes } from 'node:crypto';
import type { SecretSeal, Sql } from '@yba/postgres';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

type Row = { secret: object | null; secret_sealed: string | null };

/**
 * The secret kept under `name`, made by `create` when there is none yet. It lies sealed in the database; one that a
 * release before has left in the clear is sealed now. All server processes see the first one stored, also when several
 * start at the same moment.
 */
export async function serverSecret<T extends object>(
  sql: Sql,
  secrets: SecretSeal,
  name: string,
  create: () => Promise<T> | T,
): Promise<T> {
  const purpose = `server ${name}`;
  const read = async () => {
    const [row] = await sql<Row[]>`select secret, secret_sealed from server_secret where name = ${name}`;
    return row;
  };
  const kept = await read();
  if (kept?.secret_sealed) return JSON.parse(secrets.open(kept.secret_sealed, purpose)) as T;
  const sealed = secrets.seal(JSON.stringify(kept?.secret ?? (await create())), purpose);
  await sql`
    insert into server_secret (name, secret_sealed) values (${name}, ${sealed})
    on conflict (name) do update set secret = null, secret_sealed = excluded.secret_sealed
      where server_secret.secret_sealed is null`;
  return JSON.parse(secrets.open((await read())!.secret_sealed!, purpose)) as T;
}

/** 256 random bits as text safe in URLs: client secrets, cookie keys. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The keys of an issuer: they sign, those retired verify until the last token they signed has ended. The first cookie key signs. */
export type ProviderKeys = {
  /** Signs access tokens, and identity tokens of an issuer that has no other key for these (ES256). */
  signing: JWK;
  /** Signs identity tokens, by the algorithm that every OpenID client has (RS256). */
  identity?: JWK;
  cookies: string[];
  /** `until` in ms since 1970. */
  retired?: { key: JWK; until: number }[];
};

/** Cookie keys that still open what they signed, besides the one that signs. */
const COOKIE_KEYS_KEPT = 2;

/** What is told when keys have been made anew. */
export const KEYS_CHANNEL = 'provider_keys';

/**
 * The keys one OpenID issuer signs tokens and cookies with. Apps of others sign people in at this platform's own: they may
 * know no algorithm but RS256. Source: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
 * (id_token_signing_alg_values_supported), https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-identity-data
 */
export async function providerKeys(sql: Sql, secrets: SecretSeal, issuer: Issuing): Promise<ProviderKeys> {
  const keys = await serverSecret<ProviderKeys>(sql, secrets, `${issuer}-keys`, async () => ({
    signing: await newKey('ES256'),
    cookies: [randomSecret()],
  }));
  if (issuer !== OWN) return keys;
  return { ...keys, identity: await serverSecret(sql, secrets, IDENTITY_KEY, () => newKey('RS256')) };
}

async function newKey(alg: 'ES256' | 'RS256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomBytes(8).toString('hex');
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
}

/** Issuers that have keys here: this platform's own, and the imitation of VNeID where it was ever run. */
const ISSUERS = ['yba', 'vneid'] as const;
export type Issuing = (typeof ISSUERS)[number];

const OWN: Issuing = 'yba';
const IDENTITY_KEY = 'yba-identity-key';

/** The issuers that have made their keys. */
export async function issuersWithKeys(sql: Sql): Promise<Issuing[]> {
  const rows = await sql<{ name: string }[]>`select name from server_secret where name like '%-keys'`;
  return ISSUERS.filter((issuer) => rows.some(({ name }) => name === `${issuer}-keys`));
}

/**
 * Makes new keys for an issuer, this platform's own unless told, beside running servers, which take them up at once. The signing key before
 * goes on verifying for `lastsMs`, which is longer than its tokens live. Answers the id of the new one.
 */
export async function rotateProviderKeys(
  sql: Sql,
  secrets: SecretSeal,
  lastsMs: number = LONGEST_TOKEN_MS,
  issuer: Issuing = 'yba',
): Promise<string> {
  const before = await providerKeys(sql, secrets, issuer);
  const now = Date.now();
  const retiring = [before.signing, ...(before.identity ? [before.identity] : [])];
  const keys: ProviderKeys = {
    signing: await newKey('ES256'),
    cookies: [randomSecret(), ...before.cookies.slice(0, COOKIE_KEYS_KEPT)],
    retired: [
      ...retiring.map((key) => ({ key, until: now + lastsMs })),
      ...(before.retired ?? []).filter(({ until }) => until > now),
    ],
  };
  const identity = before.identity && (await newKey('RS256'));
  await sql.begin(async (transaction) => {
    const keep = (name: string, value: object) => transaction`
      update server_secret set secret_sealed = ${secrets.seal(JSON.stringify(value), `server ${name}`)}, created = now()
      where name = ${name}`;
    await keep(`${issuer}-keys`, keys);
    if (identity) await keep(IDENTITY_KEY, identity);
    await transaction`select pg_notify(${KEYS_CHANNEL}, '')`;
  });
  return keys.signing.kid!;
}

/** Tokens of systems and identity tokens live for an hour; some more for clocks that differ. */
export const LONGEST_TOKEN_MS = 70 * 60 * 1000;

/** The keys that verify at this moment, those that sign first. */
export function verifyingKeys({ signing, identity, retired = [] }: ProviderKeys): JWK[] {
  return [
    signing,
    ...(identity ? [identity] : []),
    ...retired.filter(({ until }) => until > Date.now()).map(({ key }) => key),
  ];
}
