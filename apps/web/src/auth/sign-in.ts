import { currentSession, setSession, type Claims, type Session } from './session.ts';
import { callbackUri, doors, type Door } from './settings.ts';

const KEPT = 'yba.sign-in';

/** What one asking at the authorization server has to remember until the answer. */
type Pending = {
  door: Door;
  verifier: string;
  state: string;
  nonce: string;
  returnTo: string;
  /** Asked from a locked window, which waits. */
  beside?: true;
};

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const randomText = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** The address that asks for a session: code flow with PKCE. Source: https://www.rfc-editor.org/rfc/rfc7636 */
async function asking(
  door: Door,
  returnTo: string,
  prompt?: 'none' | 'login',
): Promise<{ url: string; pending: Pending }> {
  const pending: Pending = {
    door,
    verifier: randomText(),
    state: randomText(),
    nonce: randomText(),
    returnTo,
  };
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier));
  const query = new URLSearchParams({
    client_id: doors[door].client,
    redirect_uri: callbackUri(door),
    response_type: 'code',
    scope: doors[door].scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
    ...(prompt ? { prompt } : {}),
  });
  return { url: `/oauth/authorize?${query}`, pending };
}

/**
 * Leaves this page for the authorization server, which asks the person to sign in and comes back to `returnTo`;
 * `anew`: also when this browser has a session, for somebody else.
 */
export async function startSignIn(
  door: Door,
  returnTo: string = location.pathname + location.search + location.hash,
  anew = false,
): Promise<void> {
  const { url, pending } = await asking(door, returnTo, anew ? 'login' : undefined);
  sessionStorage.setItem(KEPT, JSON.stringify(pending));
  location.assign(url);
}

/**
 * Has the person sign in anew in a window beside this one, which stays as it is and hears of it. A browser that opens no
 * window leaves this page, and comes back to it.
 */
export async function signInBeside(door: Door): Promise<void> {
  const returnTo = location.pathname + location.search + location.hash;
  const { url, pending } = await asking(door, returnTo, 'login');
  // a window that a page opens begins with a copy of what the page keeps for its own
  sessionStorage.setItem(KEPT, JSON.stringify({ ...pending, beside: true }));
  if (window.open(url, '_blank')) return sessionStorage.removeItem(KEPT);
  sessionStorage.setItem(KEPT, JSON.stringify(pending));
  location.assign(url);
}

let renewing: Promise<boolean> | undefined;

/**
 * Asks for a new token without leaving the page: the authorization server knows this browser by its cookie and
 * answers by redirects that `fetch` follows. False when it would have to ask the person, or cannot be reached.
 */
export function renewSession(door: Door): Promise<boolean> {
  renewing ??= (async () => {
    try {
      const { url, pending } = await asking(door, '', 'none');
      const answer = await fetch(url, { credentials: 'same-origin', headers: { accept: 'text/html' } });
      const end = new URL(answer.url);
      if (end.pathname !== `/${door}/callback` || !end.searchParams.has('code')) return false;
      await exchange(end.searchParams, pending);
      return true;
    } catch {
      return false;
    } finally {
      renewing = undefined;
    }
  })();
  return renewing;
}

/** Why a sign-in came back without a session: the person cancelled, the answer was not ours or too old, or the server refused. */
export class SignInError extends Error {
  readonly reason: 'cancelled' | 'stale' | 'refused';

  constructor(reason: 'cancelled' | 'stale' | 'refused', message: string) {
    super(message);
    this.reason = reason;
  }
}

function claimsOf(token: string): Claims & { nonce?: string } {
  const body = token.split('.')[1] ?? '';
  const bytes = Uint8Array.from(atob(body.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
    char.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims & { nonce?: string };
}

async function exchange(answer: URLSearchParams, pending: Pending | null): Promise<void> {
  if (answer.get('error') === 'access_denied') throw new SignInError('cancelled', 'access_denied');
  if (!pending || answer.get('state') !== pending.state) throw new SignInError('stale', 'state');
  const refused = answer.get('error');
  if (refused) throw new SignInError('refused', answer.get('error_description') ?? refused);
  const response = await fetch('/oauth/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: doors[pending.door].client,
      redirect_uri: callbackUri(pending.door),
      code: answer.get('code') ?? '',
      code_verifier: pending.verifier,
    }),
  });
  const body = (await response.json()) as {
    access_token?: string;
    id_token?: string;
    expires_in?: number;
    error_description?: string;
  };
  if (!response.ok || !body.access_token) {
    throw new SignInError('refused', body.error_description ?? String(response.status));
  }
  const told = body.id_token ? claimsOf(body.id_token) : { sub: '' };
  if (body.id_token && told.nonce !== pending.nonce) throw new SignInError('stale', 'nonce');
  const session: Session = {
    door: pending.door,
    accessToken: body.access_token,
    expiresAt: Date.now() + (body.expires_in ?? 300) * 1000,
    claims: told.role ? told : { ...told, ...(await userinfo(body.access_token)) },
    ...(body.id_token ? { idToken: body.id_token } : {}),
  };
  setSession(session);
}

async function userinfo(accessToken: string): Promise<Partial<Claims>> {
  const response = await fetch('/oauth/userinfo', { headers: { authorization: `Bearer ${accessToken}` } });
  return response.ok ? ((await response.json()) as Partial<Claims>) : {};
}

/** What a sign-in came to: the address the person wanted; `beside`: a locked window waits for it. */
type Finished = { returnTo: string; beside: boolean };

async function finish(): Promise<Finished> {
  const pending = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Pending | null;
  sessionStorage.removeItem(KEPT);
  await exchange(new URLSearchParams(location.search), pending);
  const returnTo = pending?.returnTo ?? '';
  return {
    returnTo: !returnTo || returnTo.includes('/callback') ? `/${pending?.door}/` : returnTo,
    beside: pending?.beside === true,
  };
}

let finishing: Promise<Finished> | undefined;

/** Turns the authorization server's answer into a session, once. Throws SignInError. */
export function finishSignIn(): Promise<Finished> {
  finishing ??= finish();
  return finishing;
}

/** Ends the session here and at the authorization server, and comes back to the page of the doors. */
export function signOut(): void {
  const session = currentSession();
  const query = new URLSearchParams({ post_logout_redirect_uri: `${location.origin}/` });
  if (session?.idToken) query.set('id_token_hint', session.idToken);
  if (session) query.set('client_id', doors[session.door].client);
  location.assign(`/oauth/end-session?${query}`);
}
