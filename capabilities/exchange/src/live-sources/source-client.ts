import { OutcomeError, parseJson, type Resource } from '@yba/fhir';
import { GuardError, type GuardedFetch } from '@yba/http';
import { SourceFault } from './source-fault.ts';
import type { LiveSource } from './sources.ts';

/** Speaks to one source over FHIR, with its tokens and in the name of who asks. */
export type SourceClient = {
  /** One GET below the base, or of an absolute address under it. Throws SourceFault. */
  get(url: string, asker: string, signal: AbortSignal): Promise<Resource>;
  /** A document: the content of a Binary, or what lies at the address as it is. Throws SourceFault. */
  document(url: string, asker: string, signal: AbortSignal): Promise<{ contentType: string; bytes: Buffer }>;
};

/** A token is renewed this long before it ends, in ms. */
const EARLY_MS = 30_000;

type Token = { text: string; until: number };

/**
 * A client of one source. Every request carries who asks, for whom and why as a token of IHE IUA that this platform signed:
 * as the bearer token itself, or beside the source's own token where the source gives us one.
 * Source: https://profiles.ihe.net/ITI/IUA/index.html
 */
export function sourceClient(fetch: GuardedFetch, source: LiveSource): SourceClient {
  let token: Promise<Token> | undefined;

  async function signIn(signal: AbortSignal): Promise<Token> {
    const { tokenEndpoint, id, secret, scope } = source.client!;
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) });
    const answer = await call(tokenEndpoint, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: body.toString(),
      signal,
    });
    const given = (await jsonOf(answer)) as { access_token?: unknown; expires_in?: unknown };
    if (typeof given?.access_token !== 'string') throw new SourceFault('refused', 'it gave no token');
    const lasts = typeof given.expires_in === 'number' ? given.expires_in * 1000 : 60_000;
    return { text: given.access_token, until: Date.now() + lasts - EARLY_MS };
  }

  async function bearer(signal: AbortSignal): Promise<string> {
    let held = await token;
    if (!held || held.until < Date.now()) {
      token = signIn(signal);
      token.catch(() => (token = undefined));
      held = await token;
    }
    return held.text;
  }

  async function call(url: string, request: Parameters<GuardedFetch>[1]): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(url, request);
    } catch (cause) {
      if (cause instanceof GuardError && /redirect|larger/.test(cause.message))
        throw new SourceFault('faulty', 'its answer was not taken', { cause });
      throw new SourceFault('silent', 'it could not be reached, or did not answer in time', { cause });
    }
    if (answer.ok) return answer;
    const { status } = answer;
    if (status >= 500 || status === 408 || status === 429)
      throw new SourceFault('silent', `it answered ${status}`);
    throw new SourceFault([400, 401, 403].includes(status) ? 'refused' : 'faulty', `it answered ${status}`);
  }

  /** Asks an address below the base, and no other. */
  async function ask(path: string, accept: string, asker: string, signal: AbortSignal): Promise<Response> {
    const url = URL.parse(path, `${source.base}/`)?.href ?? '';
    if (!url.startsWith(`${source.base}/`) && !url.startsWith(`${source.base}?`))
      throw new SourceFault('faulty', 'it leads to an address that is not below its base');
    if (!source.client) return call(url, { headers: { accept, authorization: `Bearer ${asker}` }, signal });
    const authorization = `Bearer ${await bearer(signal)}`;
    return call(url, { headers: { accept, authorization, 'x-iua-token': asker }, signal }).catch(
      (error: unknown) => {
        if (error instanceof SourceFault && error.missing === 'refused') token = undefined; // a new one may do
        throw error;
      },
    );
  }

  return {
    get: async (url, asker, signal) => jsonOf(await ask(url, FHIR_JSON, asker, signal)),
    async document(url, asker, signal) {
      const answer = await ask(url, `${FHIR_JSON}, */*;q=0.5`, asker, signal);
      const contentType = answer.headers.get('content-type') ?? 'application/octet-stream';
      if (!/json/.test(contentType)) return { contentType, bytes: Buffer.from(await answer.arrayBuffer()) };
      const { resourceType, contentType: kind, data } = await jsonOf(answer);
      if (resourceType !== 'Binary' || typeof kind !== 'string' || typeof data !== 'string')
        throw new SourceFault('faulty', 'what lies there is no document');
      return { contentType: kind, bytes: Buffer.from(data, 'base64') };
    },
  };
}

const FHIR_JSON = 'application/fhir+json';

async function jsonOf(answer: Response): Promise<Resource> {
  try {
    return parseJson(await answer.text());
  } catch (cause) {
    if (cause instanceof OutcomeError || cause instanceof SyntaxError)
      throw new SourceFault('faulty', 'what it answered is no JSON', { cause });
    throw cause;
  }
}
