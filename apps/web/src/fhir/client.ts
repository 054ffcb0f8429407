import { currentLanguage } from '@yba/ui';
import { isLocked, whenOpen } from '../auth/screen-lock.ts';
import { currentSession } from '../auth/session.ts';
import type { Door } from '../auth/settings.ts';
import { renewSession, startSignIn } from '../auth/sign-in.ts';
import { shellText } from '../shell/messages.ts';
import { noteAnswer } from './server-state.ts';
import type { Bundle, BundleEntry, OperationOutcome, Resource, ResourceOf } from './types.ts';

/**
 * A FHIR request that failed: the HTTP status (0 = no answer) and the server's issues. `words()` says it in the language in
 * use, `told()` what the server itself says of it to people.
 */
export class FhirError extends Error {
  readonly status: number;
  readonly outcome: OperationOutcome | undefined;
  readonly requestId: string;

  constructor(status: number, outcome?: OperationOutcome, requestId = '') {
    super(outcome?.issue[0]?.diagnostics ?? `HTTP ${status}`);
    this.status = status;
    this.outcome = outcome;
    this.requestId = requestId;
  }

  /** Vietnamese is in `details.text`, English in `diagnostics`; undefined where the server speaks to software alone. */
  told(): string | undefined {
    const said = (this.outcome?.issue ?? []).filter(({ details }) => details?.text);
    const words = said.map(({ details, diagnostics }) =>
      currentLanguage() === 'en' ? (diagnostics ?? details!.text!) : details!.text!,
    );
    return words.length > 0 ? words.join(' ') : undefined;
  }

  words(): string {
    if (this.status === 0) return shellText('errorNetwork');
    if (this.status === 401) return shellText('errorLogin');
    const told = this.status < 500 && this.status !== 429 ? this.told() : undefined;
    if (told !== undefined) return told;
    if (this.status === 403) return shellText('errorForbidden');
    if (this.status === 404 || this.status === 410) return shellText('errorNotFound');
    if (this.status === 409 || this.status === 412) return shellText('errorConflict');
    if (this.status === 429) return shellText('errorThrottled');
    if (this.status < 500)
      return shellText('errorInvalid', { detail: this.outcome?.issue[0]?.diagnostics ?? '' });
    return this.requestId
      ? shellText('errorServer', { detail: this.requestId })
      : shellText('errorServerPlain');
  }
}

/** What a screen says by itself of what was typed: its words are read when they are shown, so they follow the language. */
export class Said {
  readonly words: () => string;

  constructor(words: () => string) {
    this.words = words;
  }
}

/** The words of any error in the language in use; what is said already, a sentence of the screen, stays. */
export function errorWords(error: unknown): string {
  if (typeof error === 'string') return error;
  if (error instanceof Said) return error.words();
  return error instanceof FhirError ? error.words() : shellText('errorServerPlain');
}

type RequestOptions = {
  method?: 'GET' | 'POST' | 'PUT';
  body?: unknown;
  /** A body that goes out as it is, in place of `body`. */
  raw?: Blob;
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
  /** A POST that stores nothing (search, batch of reads, $match). */
  reads?: boolean;
};

/** JSON with the digits of `value` members kept beside them, so that 7.0 is not shown as 7. */
export function parseKeepingDigits(text: string): unknown {
  type Holder = Record<string, unknown>;
  return JSON.parse(text, function (
    this: Holder,
    key: string,
    value: unknown,
    context?: { source?: string },
  ) {
    if (
      key === 'value' &&
      typeof value === 'number' &&
      context?.source !== undefined &&
      context.source !== String(value)
    ) {
      this['digits'] = context.source;
    }
    return value;
  } as (this: unknown, key: string, value: unknown) => unknown);
}

async function send(
  path: string,
  { method = 'GET', body, raw, signal, headers }: RequestOptions,
): Promise<Response> {
  const session = currentSession();
  const request: RequestInit = {
    method,
    headers: {
      accept: 'application/fhir+json',
      ...(session ? { authorization: `Bearer ${session.accessToken}` } : {}),
      ...(raw ? { 'content-type': 'application/octet-stream' } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      ...headers,
    },
    ...(raw ? { body: raw } : {}),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  };
  try {
    return await fetch(`/fhir/${path}`, request);
  } catch (error) {
    if (signal?.aborted) throw error;
    noteAnswer(undefined, method !== 'GET');
    throw new FhirError(0);
  }
}

/**
 * Waits until a locked screen is opened, or renews the session, or leaves for the sign-in page: then the promise never
 * ends, because the page does.
 */
async function signedInAgain(door: Door): Promise<void> {
  if (await isLocked()) return whenOpen();
  if (await renewSession(door)) return;
  await startSignIn(door);
  await new Promise(() => {});
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text ? parseKeepingDigits(text) : undefined;
  } catch {
    return undefined;
  }
}

/** One request to the FHIR door with the session's token. `path` is relative to the base: "Patient/1?…". Throws FhirError. */
export async function fhir<Answer = Resource>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const session = currentSession();
  if (session && session.expiresAt - 5000 < Date.now()) await signedInAgain(session.door);
  let response = await send(path, options);
  if (response.status === 401 && session) {
    await signedInAgain(session.door);
    response = await send(path, options);
  }
  const answer = await jsonOf(response);
  noteAnswer(response, options.method !== undefined && options.method !== 'GET' && !options.reads);
  if (response.ok) return answer as Answer;
  const outcome = answer as OperationOutcome | undefined;
  const told = outcome?.resourceType === 'OperationOutcome' ? outcome : undefined;
  throw new FhirError(response.status, told, response.headers.get('x-request-id') ?? '');
}

/** The answer to one part of a batch: its resource, or the error of that part alone. */
export type BatchAnswer = { resource?: Resource; error?: FhirError };

/** Sends several GETs as one batch; answers in the same order. Throws FhirError only when the whole batch failed. */
export async function fhirBatch(
  paths: readonly string[],
  signal?: AbortSignal,
  headers: Record<string, string> = {},
): Promise<BatchAnswer[]> {
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: paths.map((url): BundleEntry => ({ request: { method: 'GET', url } })),
  };
  const answer = await fhir<Bundle>('', { method: 'POST', body: bundle, signal, headers, reads: true });
  return paths.map((_, index) => {
    const entry = answer.entry?.[index];
    const status = Number.parseInt(entry?.response?.status ?? '0', 10);
    if (entry?.resource && status >= 200 && status < 300) return { resource: entry.resource };
    const outcome = (entry?.response?.outcome ?? entry?.resource) as OperationOutcome | undefined;
    return {
      error: new FhirError(status, outcome?.resourceType === 'OperationOutcome' ? outcome : undefined),
    };
  });
}

/** The resources of one type in a Bundle. */
export function entriesOf<Type extends Resource['resourceType']>(
  bundle: Resource | undefined,
  type: Type,
): ResourceOf<Type>[] {
  const found = (bundle as Bundle | undefined)?.entry?.map((entry) => entry.resource) ?? [];
  return found.filter((one): one is ResourceOf<Type> => one?.resourceType === type);
}
