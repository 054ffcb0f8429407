import { createHash, randomBytes } from 'node:crypto';

/** Keeps cookies between requests and never follows a redirect by itself, as a test of a sign-in wants it. */
export function browserLike() {
  const cookies = new Map<string, string>();
  return async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as object), cookie },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name) cookies.set(name, value ?? '');
    }
    return response;
  };
}

/** What a sign-in ended with. */
export type Tokens = { access_token: string; id_token: string; claims: Record<string, unknown> };

/** How the person shows who they are, given the address of the interaction; answers where to go on. */
export type ShowWho = (go: ReturnType<typeof browserLike>, interaction: string) => Promise<string>;

/** Signs in with a username and password, as the sign-in page does. */
export const withPassword =
  (username: string, password: string): ShowWho =>
  async (go, interaction) => {
    const response = await go(`${interaction}/password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    const { redirectTo } = (await response.json()) as { redirectTo?: string };
    if (!redirectTo) throw new Error(`not signed in: ${response.status}`);
    return redirectTo;
  };

/** The authorization-code flow with PKCE of one of the three doors. */
export async function signInAt(
  url: string,
  door: 'clinic' | 'book' | 'command',
  showWho: ShowWho,
): Promise<Tokens> {
  const go = browserLike();
  const verifier = randomBytes(32).toString('base64url');
  const redirect = `${url}/${door}/callback`;
  const asked = new URLSearchParams({
    client_id: `yba-${door}`,
    response_type: 'code',
    redirect_uri: redirect,
    state: 's',
    nonce: 'n',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    scope:
      door === 'book'
        ? 'openid profile fhirUser launch/patient patient/*.rs'
        : 'openid profile fhirUser user/*.cruds',
  });
  let at = `${url}/oauth/authorize?${asked}`;
  for (let step = 0; step < 20 && !at.startsWith(redirect); step++) {
    const next = (await go(at, { headers: { accept: 'text/html' } })).headers.get('location');
    if (!next) throw new Error(`the sign-in stopped at ${new URL(at).pathname}`);
    const absolute = new URL(next, at).href;
    const uid = /\/sign-in\?uid=([^&]+)/.exec(absolute)?.[1];
    at = uid ? new URL(await showWho(go, `${url}/oauth/interaction/${uid}`), url).href : absolute;
  }
  const code = new URL(at).searchParams.get('code');
  if (!code) throw new Error(`no code: ${at}`);
  const response = await go(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirect,
      client_id: `yba-${door}`,
      code_verifier: verifier,
    }),
  });
  const tokens = (await response.json()) as Tokens;
  if (!tokens.access_token) throw new Error(`no token: ${response.status} ${JSON.stringify(tokens)}`);
  const claims = JSON.parse(Buffer.from(tokens.id_token.split('.')[1]!, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  return { ...tokens, claims };
}
