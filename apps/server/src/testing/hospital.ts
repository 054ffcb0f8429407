/** A facility's own software: its client id and secret. */
export type Credentials = { clientId: string; clientSecret: string };

/** A FHIR answer: its status and its JSON. */
export type Answer = { status: number; body: Record<string, unknown> };

/** A facility's software at the FHIR door, with a token it renews when it is refused. */
export type Hospital = {
  /** Sends one request to a path below the FHIR base. Rejects when the server cannot be reached. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
};

/** Signs in by client credentials when first needed. `url` is the server's, without a slash at its end. */
export function hospital(url: string, { clientId, clientSecret }: Credentials): Hospital {
  let token: string | undefined;

  async function signIn(): Promise<string> {
    const answer = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: given } = (await answer.json()) as { access_token?: string };
    if (!given) throw new Error(`The server gave no token (${answer.status})`);
    return given;
  }

  return {
    async send(method, path, body, headers = {}) {
      token ??= await signIn();
      const answer = await fetch(`${url}/fhir${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (answer.status === 401) token = undefined;
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
  };
}
