import { createHash, randomBytes } from 'node:crypto';

/** Keeps cookies by path as a browser does, and follows redirects one at a time. */
export type Browser = {
  /** One request, redirects not followed. */
  go(url: string, init?: RequestInit): Promise<Response>;
  /** Follows redirects until the next one leaves for `until`, or until something else is answered. */
  follow(url: string, until: string): Promise<{ response: Response; location: string }>;
  /** Another browser with the same cookies as they are now: whoever has stolen or planted them. */
  copy(): Browser;
  /** What it keeps now. */
  cookies(): Cookie[];
};

type Cookie = { name: string; value: string; path: string };

/** One without a window; `userAgent` is what it says it is. */
export function browser(cookies: ReadonlyMap<string, Cookie> = new Map(), userAgent?: string): Browser {
  const jar = new Map(cookies);
  const go = async (url: string, init: RequestInit = {}) => {
    const { pathname } = new URL(url);
    const sent = [...jar.values()].filter(
      ({ path }) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`),
    );
    const headers = new Headers(init.headers);
    if (sent.length > 0) headers.set('cookie', sent.map(({ name, value }) => `${name}=${value}`).join('; '));
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    if (userAgent) headers.set('user-agent', userAgent);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/; */);
      const [name, value] = [pair!.slice(0, pair!.indexOf('=')), pair!.slice(pair!.indexOf('=') + 1)];
      const path =
        attributes.find((attribute) => attribute.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(`${path} ${name}`);
      else jar.set(`${path} ${name}`, { name, value, path });
    }
    return response;
  };
  return {
    go,
    copy: () => browser(jar, userAgent),
    cookies: () => [...jar.values()],
    async follow(url, until) {
      let response = await go(url);
      for (;;) {
        const location = new URL(response.headers.get('location') ?? '', response.url || url).href;
        if (!response.headers.has('location')) return { response, location: '' };
        if (location.startsWith(until)) return { response, location };
        url = location;
        response = await go(url);
      }
    },
  };
}

export type AuthorizationRequest = { url: string; verifier: string; redirectUri: string; client: string };

/** An authorization request with PKCE, and its verifier. A value of `more` that is empty leaves the parameter out. */
export function authorizationRequest(
  baseUrl: string,
  door: 'clinic' | 'book' | 'command',
  more: Record<string, string> = {},
): AuthorizationRequest {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: `yba-${door}`,
    redirect_uri: `${baseUrl}/${door}/callback`,
    response_type: 'code',
    scope: 'openid profile fhirUser launch/patient user/*.cruds patient/*.rs',
    state: 's',
    nonce: 'n',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  for (const [name, value] of Object.entries(more)) if (value === '') query.delete(name);
  return {
    url: `${baseUrl}/oauth/authorize?${query}`,
    verifier,
    redirectUri: query.get('redirect_uri') ?? `${baseUrl}/${door}/callback`,
    client: query.get('client_id') ?? `yba-${door}`,
  };
}

export type Tokens = {
  access_token: string;
  id_token: string;
  refresh_token?: string;
  scope: string;
  expires_in: number;
  patient?: string;
  error?: string;
};

/** Exchanges a code at the token endpoint. */
export async function exchange(
  baseUrl: string,
  parameters: Record<string, string>,
): Promise<{ status: number; tokens: Tokens }> {
  const response = await fetch(`${baseUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
  });
  return { status: response.status, tokens: (await response.json()) as Tokens };
}

/** Signs in with a password at a door, as the sign-in page does; answers the code, or the refusal, or neither when there is one more step. */
export async function signInWithPassword(
  baseUrl: string,
  who: { username: string; password: string },
  door: 'clinic' | 'book' | 'command' = 'clinic',
  visitor: Browser = browser(),
  more: Record<string, string> = {},
): Promise<AuthorizationRequest & { uid: string; visitor: Browser; code?: string; refused?: Response }> {
  const request = authorizationRequest(baseUrl, door, more);
  const { location } = await visitor.follow(request.url, `${baseUrl}/sign-in`);
  const uid = new URL(location).searchParams.get('uid')!;
  const answer = await visitor.go(`${baseUrl}/oauth/interaction/${uid}/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(who),
  });
  if (!answer.ok) return { ...request, uid, visitor, refused: answer };
  const { redirectTo } = (await answer.json()) as { redirectTo?: string };
  if (!redirectTo) return { ...request, uid, visitor };
  const end = await visitor.follow(redirectTo, request.redirectUri);
  return { ...request, uid, visitor, code: new URL(end.location).searchParams.get('code')! };
}

/** The claims of a JWT, unchecked. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}
