import type { Caller } from '@yba/fhir';
import { guardedFetch, type RawHandler } from '@yba/http';
import type { JWTPayload } from 'jose';
import type { Provider } from 'oidc-provider';
import type { AccessOptions } from '../options.ts';
import { assertStands } from '../sessions/assert-stands.ts';
import type { KnownSessions } from '../sessions/known-sessions.ts';
import type { Artifacts } from './artifacts.ts';
import { askerToken, type AskedFor } from './asker-token.ts';
import { tokenAuthenticator, type Authenticator } from './authenticate.ts';
import { currentKeys } from './current-keys.ts';
import { atPublicAddress } from './public-address.ts';
import { authorizationServer } from './provider.ts';
import type { Asserting } from './system-claims.ts';
import { revocations } from './revocations.ts';
import type { ProviderKeys } from './server-secret.ts';
import { serveAccessTokens } from './token-endpoints.ts';
import { watchGrants, watchSignOut } from './watch-grants.ts';

/** The issuer of this platform's tokens as it runs: with the keys in force, also after they were made anew. */
export type Issuer = {
  readonly provider: Provider;
  artifacts: Artifacts;
  /** Who a token speaks for, whether or not its session is locked. Throws `login`. */
  identify: Authenticator['authenticate'];
  /** The endpoints of OAuth and OpenID. */
  handler: RawHandler;
  /** In whose name we ask another system, as a token of ours. */
  askerToken(asked: AskedFor): Promise<string>;
  /** Begins to follow what is revoked and which keys are in force. Answers how to stop. */
  follow(): Promise<() => Promise<void>>;
};

/** Puts it together; makes the signing keys when the database has none yet. */
export async function runningIssuer(
  options: AccessOptions,
  sessions: Pick<KnownSessions, 'assertOpen'>,
  onError: (error: unknown) => void,
  asserting: Asserting,
  heardAll: () => Promise<void>,
): Promise<Issuer> {
  const { baseUrl, sql, secrets } = options;
  const revoked = revocations(sql);
  const keys = await currentKeys(sql, secrets, (newer) => (served = serve(newer)));
  const { authenticate, read } = tokenAuthenticator(baseUrl, keys, revoked);

  /** A token that opens something at this moment. */
  async function readOpen(token: string): Promise<{ claims: JWTPayload; caller: Caller } | undefined> {
    const known = await read(token);
    if (!known) return undefined;
    return assertStands(sessions, known.caller).then(
      () => known,
      () => undefined,
    );
  }

  function serve(inForce: ProviderKeys) {
    const fetch = options.fetch ?? guardedFetch();
    const server = authorizationServer({ ...options, keys: inForce, fetch, asserting });
    server.provider.on('server_error', (_context, error) => onError(error));
    const ending = endedBeforeAnswered(server.provider);
    serveAccessTokens(server.provider, options, readOpen);
    watchGrants(server.provider, { ...options, artifacts: server.artifacts }, ending);
    watchSignOut(server.provider, options, ending);
    return { ...server, handler: atPublicAddress(server.provider) };
  }

  /** What a request ends has ended, in this process, when it is answered. Answers what takes work that ends something. */
  function endedBeforeAnswered(provider: Provider): (work: Promise<unknown>) => void {
    const underWay = new Set<Promise<unknown>>();
    let begun = 0; // what has ended already may not have been heard of yet
    provider.use(async (context, next) => {
      const before = begun;
      await next();
      if (begun === before && context.oidc?.route !== 'revocation') return;
      await Promise.all(underWay);
      await heardAll();
    });
    return (work) => {
      begun += 1;
      const one = work.catch(onError).finally(() => underWay.delete(one));
      underWay.add(one);
    };
  }

  let served = serve(keys.now());
  return {
    get provider() {
      return served.provider;
    },
    artifacts: served.artifacts,
    identify: authenticate,
    askerToken: (asked) => askerToken(keys.now(), baseUrl, asked),
    handler: (request, response) => served.handler(request, response),
    async follow() {
      const stops = [await revoked.follow(onError), await keys.follow(onError)];
      return async () => void (await Promise.all(stops.map((stop) => stop())));
    },
  };
}
