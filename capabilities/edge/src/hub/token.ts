import type { EdgeKey, Identity } from '../folder/identity.ts';
import { assertion } from './keys.ts';

/** The access token of the edge, fetched when it is needed and kept until shortly before it ends. */
export type Token = {
  get(): Promise<string>;
  /** The hub took it no more. */
  forget(): void;
};

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** What is taken off a token's life for clocks and slow lines. */
const MARGIN_MS = 60_000;
const TIMEOUT_MS = 30_000;
/** From this difference on the clock of this machine, not the key, is taken for the reason of a refusal. */
const CLOCKS_DIFFER_MS = 30_000;

/**
 * Asks for tokens by the key of the identity; by the next key when there is one that the hub may know already, which then
 * becomes the key (`adopt`). Where the clock of this machine is wrong, assertions are dated by the hub's clock, as its refusal
 * told it. Source: SMART App Launch 2, Backend Services
 */
export function accessToken(
  identity: () => Identity,
  adopt: (key: EdgeKey) => void,
  now: () => number = Date.now,
): Token {
  let held: { token: string; until: number } | undefined;
  let asking: Promise<string> | undefined;
  /** What the hub's clock is ahead of ours, in ms. */
  let aheadMs = 0;

  async function ask(): Promise<string> {
    const { key, nextKey } = identity();
    if (nextKey) {
      const token = await fetchToken(nextKey).catch((error: unknown) => {
        if (error instanceof RefusedKey) return undefined;
        throw error;
      });
      if (token !== undefined) {
        adopt(nextKey);
        return token;
      }
    }
    return fetchToken(key);
  }

  async function fetchToken(key: EdgeKey): Promise<string> {
    try {
      return await askedWith(key);
    } catch (error) {
      if (!(error instanceof RefusedKey) || error.hubClock === undefined) throw error;
      const ahead = error.hubClock - now();
      if (Math.abs(ahead - aheadMs) < CLOCKS_DIFFER_MS) throw error;
      aheadMs = ahead;
      return askedWith(key);
    }
  }

  async function askedWith(key: EdgeKey): Promise<string> {
    const { tokenEndpoint } = identity();
    const response = await fetch(tokenEndpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(identity(), key, now() + aheadMs),
      }).toString(),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.status === 401)
      throw new RefusedKey(`The hub does not take our key: ${errorOf(text)}`, dateOf(response));
    if (!response.ok) throw new Error(`No token: ${response.status} ${errorOf(text)}`);
    const { access_token, expires_in = 300 } = JSON.parse(text) as {
      access_token: string;
      expires_in?: number;
    };
    held = { token: access_token, until: now() + expires_in * 1000 - MARGIN_MS };
    return access_token;
  }

  return {
    async get() {
      if (held && held.until > now()) return held.token;
      asking ??= ask().finally(() => (asking = undefined));
      return asking;
    },
    forget: () => (held = undefined),
  };
}

/** The hub knows neither the client nor the key, or has shut it out. */
class RefusedKey extends Error {
  override readonly name = 'Error';
  /** The hub's clock at its answer, in ms. */
  readonly hubClock: number | undefined;

  constructor(message: string, hubClock: number | undefined) {
    super(message);
    this.hubClock = hubClock;
  }
}

function dateOf({ headers }: Response): number | undefined {
  const moment = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(moment) ? undefined : moment;
}

function errorOf(text: string): string {
  try {
    const { error, error_description } = JSON.parse(text) as { error?: string; error_description?: string };
    return error_description ?? error ?? '';
  } catch {
    return '';
  }
}
