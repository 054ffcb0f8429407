import type { Client, Provider } from 'oidc-provider';

/** How often an unknown key may have a client's address asked again before its time, in ms: anybody can name one. */
const AGAIN_MS = 10_000;

/** Clients remembered with when they were last asked again. */
const KNOWN_MOST = 10_000;

/** The key set of a client at its `jwks_uri`, as oidc-provider 9 keeps it (lib/models/client.js). */
type KeyStore = {
  freshUntil?: number;
  fresh(): boolean;
  selectForVerify(wanted: { alg?: string; kid?: string }): unknown[];
};

/**
 * Lets a client change its keys without waiting until what is remembered of its address is old: an assertion signed by a key
 * that is not among them has the address asked once more, by the same guarded fetch, and at most every ten seconds.
 * Source: https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys
 */
export function refetchUnknownKeys(provider: Provider, againMs = AGAIN_MS): void {
  const asked = new Map<string, number>();
  const watched = new WeakSet<Client>();
  const find = provider.Client.find.bind(provider.Client);
  provider.Client.find = async (id) => {
    const client = await find(id);
    if (client?.jwksUri && !watched.has(client)) {
      watched.add(client);
      watch(client.asymmetricKeyStore as KeyStore, () => {
        const now = Date.now();
        if ((asked.get(id) ?? 0) > now - againMs) return false;
        if (asked.size >= KNOWN_MOST) asked.clear();
        asked.set(id, now);
        return true;
      });
    }
    return client;
  };
}

/** A key set that is no longer fresh is fetched by the library, and the assertion looked at again. */
function watch(keys: KeyStore, mayAsk: () => boolean): void {
  const select = keys.selectForVerify.bind(keys);
  keys.selectForVerify = (wanted) => {
    const found = select(wanted);
    if (found.length === 0 && wanted.kid !== undefined && keys.fresh() && mayAsk()) keys.freshUntil = 0;
    return found;
  };
}
