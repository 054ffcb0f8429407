import { authorizationRequest, browser, exchange, signInWithPassword } from '@yba/access/testing';

/** Signs a member of staff or an officer in, as the sign-in page does; answers the access token. */
export async function staffToken(
  url: string,
  username: string,
  password: string,
  door: 'clinic' | 'command' = 'clinic',
): Promise<string> {
  const { code, redirectUri, verifier, client, refused } = await signInWithPassword(
    url,
    { username, password },
    door,
  );
  if (!code) throw new Error(`${username} was not signed in: ${refused?.status} ${await refused?.text()}`);
  return tokenFor(url, { code, redirect_uri: redirectUri, code_verifier: verifier, client_id: client });
}

/** Signs a citizen in through the imitation of VNeID; answers the access token. */
export async function citizenToken(url: string, number: string, password: string): Promise<string> {
  const visitor = browser();
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
  return tokenFor(url, { code, redirect_uri: redirectUri, code_verifier: verifier, client_id: client });
}

async function tokenFor(url: string, parameters: Record<string, string>): Promise<string> {
  const { status, tokens } = await exchange(url, { grant_type: 'authorization_code', ...parameters });
  if (!tokens.access_token) throw new Error(`no token: ${status} ${tokens.error}`);
  return tokens.access_token;
}
