import { randomSecret, serverSecret } from '@yba/access';
import type { SecretSeal, Sql } from '@yba/postgres';

/**
 * The key that seals page links, the same for all server processes. It lies sealed in the database as other secrets do; the one a
 * release before left there in the clear is sealed at the first start and removed, so that links go on.
 */
export async function pageKey(owner: Sql, secrets: SecretSeal): Promise<Buffer> {
  const { key } = await serverSecret(owner, secrets, 'page-links', async () => {
    const [clear] = await owner<{ key: Buffer }[]>`select key from page_key`;
    return { key: clear ? clear.key.toString('base64url') : randomSecret() };
  });
  await owner`delete from page_key`;
  return Buffer.from(key, 'base64url');
}
