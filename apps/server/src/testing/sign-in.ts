import {
  authorizationRequest,
  browser,
  exchange,
  signInWithPassword,
  type Browser,
  type Tokens,
} from '@yba/access/testing';

/** Signs a member of staff or an officer in, as the sign-in page does; answers the access token. */
export async function staffToken(
  url: string,
  username: string,
  password: string,
  door: 'clinic' | 'command' = 'clinic',
): Promise<string> {
  return (await signInTokens(url, username, password, door)).access_token;
}

/** Signs a member of staff in as the sign-in page does; answers all tokens. `more` goes with the authorization request. */
export async function signInTokens(
  url: string,
  username: string,
  password: string,
  door: 'clinic' | 'command' = 'clinic',
  more: Record<string, string> = {},
): Promise<Tokens & { refresh_token: string }> {
  const { code, redirectUri, verifier, client, refused } = await signInWithPassword(
    url,
    { username, password },
    door,
    browser(),
    more,
  );
  if (!code) throw new Error(`${username} was not signed in: ${refused?.status} ${await refused?.text()}`);
  return tokensFor(url, { code, redirect_uri: redirectUri, code_verifier: verifier, client_id: client });
}

/** Signs a citizen in through the imitation of VNeID; answers the access token. */
export async function citizenToken(url: string, number: string, password: string): Promise<string> {
  return (await tokensFor(url, await signInByVneid(url, number, password, browser()))).access_token;
}

/** A door of the screens, and who comes in by it: a citizen by number, others by username. */
export type Entrance = { door: 'clinic' | 'command' | 'book'; username: string; password: string };

/** What a browser that says it is `userAgent` keeps once somebody has signed in with it: a session of its own. */
export async function sessionCookies(
  url: string,
  { door, username, password }: Entrance,
  userAgent: string,
): Promise<ReturnType<Browser['cookies']>> {
  const visitor = browser(new Map(), userAgent);
  if (door === 'book') await signInByVneid(url, username, password, visitor);
  else {
    const { code, refused } = await signInWithPassword(url, { username, password }, door, visitor);
    if (!code) throw new Error(`${username} was not signed in: ${refused?.status} ${await refused?.text()}`);
  }
  return visitor.cookies();
}

/** Goes through the imitation of VNeID; answers what is exchanged for tokens. */
async function signInByVneid(
  url: string,
  number: string,
  password: string,
  visitor: Browser,
): Promise<Record<string, string>> {
  const { url: start, redirectUri, verifier, client } = authorizationRequest(url, 'book');
  const { location } = await visitor.follow(start, `${url}/sign-in`);
  const uid = new URL(location).searchParams.get('uid')!;
  const { location: page } = await visitor.follow(
    `${url}/oauth/interaction/${uid}/vneid`,
    `${url}/vneid/sign-in/`,
  );
  const answer = await visitor.go(page, { method: 'POST', body: new URLSearchParams({ number, password }) });
  if (answer.status !== 303) throw new Error(`the imitation refused: ${answer.status}`);
  const end = await visitor.follow(new URL(answer.headers.get('location')!, page).href, redirectUri);
  if (!end.location)
    throw new Error(`the citizen was not signed in: ${end.response.status} ${await end.response.text()}`);
  const code = new URL(end.location).searchParams.get('code')!;
  return { code, redirect_uri: redirectUri, code_verifier: verifier, client_id: client };
}

async function tokensFor(
  url: string,
  parameters: Record<string, string>,
): Promise<Tokens & { refresh_token: string }> {
  const { status, tokens } = await exchange(url, { grant_type: 'authorization_code', ...parameters });
  if (!tokens.access_token) throw new Error(`no token: ${status} ${tokens.error}`);
  return tokens as Tokens & { refresh_token: string };
}

/** The form of the page of consent with every box ticked but those whose words are left out, sent by "Agree". */
export function consent(page: string, leftOut: readonly string[] = []): Record<string, string> {
  const boxes = [...page.matchAll(/<input type="checkbox" name="([^"]+)"[^>]*><span>([^<]*)/g)];
  const ticked = boxes.filter(([, , words]) => !leftOut.some((one) => words!.includes(one)));
  return { answer: 'yes', ...Object.fromEntries(ticked.map(([, name]) => [name!, 'on'])) };
}
