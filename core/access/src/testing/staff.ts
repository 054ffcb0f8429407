import assert from 'node:assert/strict';
import type { NewAccount } from '../accounts/accounts.ts';
import { authorizationRequest, browser, exchange, type Browser } from './browser.ts';
import { callerOf, type Running } from './running.ts';

/** The password of accounts made here. */
export const password = 'mua xuan den roi day';

/** What a route of sign-in or of one's own account answers; `words` of a refusal. */
export type Answer = {
  status: number;
  words: string;
  redirectTo?: string;
  next?: string;
  why?: string;
  facilities?: { facility: string }[];
  recoveryCodes?: string[];
  secret?: string;
  sessions?: { id: string; facility?: string; methods: string[] }[];
  [name: string]: unknown;
};

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as Answer & { issue?: { diagnostics: string }[] };
  return { ...body, status: response.status, words: body.issue?.[0]?.diagnostics ?? '' };
}

/** Staff of a server under test: accounts, their sign-in step by step, what they ask of their account, and what is logged of them. */
export function staffOf(server: () => Running) {
  let made = 0;
  /** A new account at Bạch Mai, and the id behind it. */
  async function staff(more: Partial<NewAccount> = {}) {
    const username = `nv.${++made}`;
    const subject = await server().access.createAccount({
      username,
      password,
      role: 'nurse',
      name: 'Trần Thị Lan',
      facility: '01013',
      facilityName: 'Bệnh viện Bạch Mai',
      ...more,
    });
    return { username, subject, id: subject.slice('account/'.length) };
  }

  /** A sign-in at the clinic, one step after the other, as the page does it. */
  async function signIn(visitor: Browser = browser()) {
    const request = authorizationRequest(server().baseUrl, 'clinic', { prompt: 'login' });
    const uid = new URL(
      (await visitor.follow(request.url, `${server().baseUrl}/sign-in`)).location,
    ).searchParams.get('uid')!;
    return {
      visitor,
      step: async (name: string, body: object) =>
        answerOf(
          await visitor.go(`${server().baseUrl}/oauth/interaction/${uid}/${name}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', accept: 'application/json' },
            body: JSON.stringify(body),
          }),
        ),
      /** Goes on to the token. */
      async token(answer: Answer): Promise<string> {
        assert.ok(answer.redirectTo, `${answer.next} ${answer.words}`);
        const { location } = await visitor.follow(answer.redirectTo, request.redirectUri);
        const { tokens } = await exchange(server().baseUrl, {
          grant_type: 'authorization_code',
          client_id: request.client,
          code: new URL(location).searchParams.get('code')!,
          redirect_uri: request.redirectUri,
          code_verifier: request.verifier,
        });
        return tokens.access_token;
      },
    };
  }

  /** A token by password alone. */
  async function tokenOf(username: string, secret = password, visitor?: Browser): Promise<string> {
    const way = await signIn(visitor);
    return way.token(await way.step('password', { username, password: secret }));
  }

  /** One request about one's own account or session. */
  async function own(token: string, method: string, path: string, body?: object): Promise<Answer> {
    return answerOf(
      await fetch(`${server().baseUrl}/oauth/${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    );
  }

  /** A token's status at the FHIR base once every process has been told. */
  async function settles(token: string, status: number): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const caller = await callerOf(server().baseUrl, token);
      if ((typeof caller === 'number' ? caller : 200) === status) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`the token never came to answer ${status}`);
  }

  const logged = (subject: string, action: string) =>
    server().logged.filter((event) => event.caller.subject === subject && event.action === action);

  return { staff, signIn, tokenOf, own, settles, logged };
}
