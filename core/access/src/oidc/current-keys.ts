import type { SecretSeal, Sql } from '@yba/postgres';
import { KEYS_CHANNEL, providerKeys, type Issuing, type ProviderKeys } from './server-secret.ts';

/** The keys in force, in a process that goes on while they are made anew. */
export type CurrentKeys = {
  now(): ProviderKeys;
  /** Looks for newer ones, as a token of an unknown key asks for; not more often than once in a while. */
  renew(): Promise<void>;
  /** Begins to follow. Answers how to stop. */
  follow(onError: (error: unknown) => void): Promise<() => Promise<void>>;
};

/** How often unknown keys may have the database asked, in ms: anybody can name one. */
const RENEW_MS = 1_000;

/** `changed` is called with the keys whenever they are others. */
export async function currentKeys(
  sql: Sql,
  secrets: SecretSeal,
  changed: (keys: ProviderKeys) => void,
  issuer: Issuing = 'yba',
): Promise<CurrentKeys> {
  let keys = await providerKeys(sql, secrets, issuer);
  let asked = Number.NEGATIVE_INFINITY;
  const read = async () => {
    const newer = await providerKeys(sql, secrets, issuer);
    if (newer.signing.kid === keys.signing.kid) return;
    keys = newer;
    changed(keys);
  };
  return {
    now: () => keys,
    async renew() {
      if (asked > performance.now() - RENEW_MS) return;
      asked = performance.now();
      await read();
    },
    async follow(onError) {
      const hear = () => void read().catch(onError);
      // told again whenever the connection comes back
      const { unlisten } = await sql.listen(KEYS_CHANNEL, hear, hear);
      return unlisten;
    },
  };
}
