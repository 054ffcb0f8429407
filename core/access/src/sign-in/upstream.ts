import { invalid } from '@yba/fhir';
import * as client from 'openid-client';
import type { VneidClaims, VneidOptions } from '../options.ts';

/** What the national sign-in says about a citizen. */
export type Vouched = { subject: string; number: string; name: string; level: 1 | 2 };

/** What must be kept between sending someone away and their coming back. */
export type Departure = { url: string; state: string; nonce: string; verifier: string };

export type Upstream = {
  depart(): Promise<Departure>;
  /** Exchanges the code in `callbackUrl` and checks everything that can be checked. Throws when anything is off. */
  arrive(callbackUrl: URL, kept: { state: string; nonce: string; verifier: string }): Promise<Vouched>;
};

const USUAL_CLAIMS: VneidClaims = { number: 'SoDinhDanh', name: 'HoVaTen', level: 'MucTaiKhoan' };

/**
 * VNeID as an upstream OpenID provider: authorization code with PKCE, state and nonce. Nothing of its tokens is
 * kept. The issuer's metadata is fetched when first needed, and again after a failure.
 */
export function upstream(options: VneidOptions, redirectUri: string): Upstream {
  const claims = options.claims ?? USUAL_CLAIMS;
  let discovered: Promise<client.Configuration> | undefined;
  const configuration = () => {
    discovered ??= discover(options).catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  };
  return {
    async depart() {
      const state = client.randomState();
      const nonce = client.randomNonce();
      const verifier = client.randomPKCECodeVerifier();
      const url = client.buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: 'openid',
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, state, nonce, verifier };
    },
    async arrive(callbackUrl, kept) {
      const tokens = await client.authorizationCodeGrant(await configuration(), callbackUrl, {
        expectedState: kept.state,
        expectedNonce: kept.nonce,
        pkceCodeVerifier: kept.verifier,
      });
      const said = tokens.claims()!;
      const issuer = await configuration();
      const isToldElsewhere =
        said[claims.number] === undefined ||
        (claims.level !== undefined &&
          said[claims.level] === undefined &&
          issuer.serverMetadata().userinfo_endpoint !== undefined);
      const all: Record<string, unknown> = isToldElsewhere
        ? { ...(await client.fetchUserInfo(issuer, tokens.access_token, said.sub)), ...said }
        : said;
      const number = String(all[claims.number] ?? '');
      if (!/^\d{12}$/.test(number))
        throw invalid(claims.number, 'VNeID did not say a personal number of 12 digits');
      const told = claims.level === undefined ? undefined : all[claims.level];
      const level = told === undefined || String(told) === '2' ? 2 : 1;
      return { subject: said.sub, number, name: String(all[claims.name] ?? ''), level };
    },
  };
}

async function discover(options: VneidOptions): Promise<client.Configuration> {
  const issuer = new URL(options.issuer);
  const discoveryOptions: client.DiscoveryRequestOptions = { [client.customFetch]: internalFetch(options) };
  if (issuer.protocol === 'http:') discoveryOptions.execute = [client.allowInsecureRequests];
  return client.discovery(
    issuer,
    options.clientId,
    { client_secret: options.clientSecret },
    undefined,
    discoveryOptions,
  );
}

/** Calls to the issuer's public address go to `internalUrl` when there is one. */
function internalFetch({ issuer, internalUrl }: VneidOptions): client.CustomFetch {
  const { origin } = new URL(issuer);
  return (url, init) => {
    const target = new URL(url);
    const to =
      internalUrl && target.origin === origin
        ? new URL(target.pathname + target.search, internalUrl())
        : target;
    return fetch(to, init as RequestInit);
  };
}
