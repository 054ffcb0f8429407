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

export type ProviderKeys = { signing: JWK; cookies: string[] };

/** The keys one OpenID issuer signs tokens (ES256) and cookies with. */
export function providerKeys(sql: Sql, secrets: SecretSeal, issuer: 'yba' | 'vneid'): Promise<ProviderKeys> {
  return serverSecret<ProviderKeys>(sql, secrets, `${issuer}-keys`, async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const kid = randomBytes(8).toString('hex');
    return {
      signing: { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' },
      cookies: [randomSecret()],
    };
  });
}
