import { randomBytes } from 'node:crypto';
import type { Sql } from '@yba/postgres';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

/**
 * The secret kept under `name`, made by `create` when there is none yet. All server processes see the first one
 * stored, also when several start at the same moment.
 */
export async function serverSecret<T extends object>(
  sql: Sql,
  name: string,
  create: () => Promise<T> | T,
): Promise<T> {
  const [kept] = await sql<{ secret: T }[]>`select secret from server_secret where name = ${name}`;
  if (kept) return kept.secret;
  const made = await create();
  await sql`
    insert into server_secret (name, secret) values (${name}, ${sql.json(made as never)})
    on conflict (name) do nothing`;
  const [first] = await sql<{ secret: T }[]>`select secret from server_secret where name = ${name}`;
  return first!.secret;
}

/** 256 random bits as text safe in URLs: client secrets, cookie keys. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

export type ProviderKeys = { signing: JWK; cookies: string[] };

/** The keys one OpenID issuer signs tokens (ES256) and cookies with. */
export function providerKeys(sql: Sql, issuer: 'yba' | 'vneid'): Promise<ProviderKeys> {
  return serverSecret<ProviderKeys>(sql, `${issuer}-keys`, async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const kid = randomBytes(8).toString('hex');
    return {
      signing: { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' },
      cookies: [randomSecret()],
    };
  });
}
