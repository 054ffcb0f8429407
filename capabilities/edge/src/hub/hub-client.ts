import { parseJson, type Issue } from '@yba/fhir';
import type { Answer } from '../outbox/message.ts';
import type { Token } from './token.ts';

/** What the hub said to a message: durable there; not taken for what it is; or not now. */
export type Sent =
  | { kind: 'received' }
  | { kind: 'refused'; answer: Answer }
  | { kind: 'later'; why: string; afterMs?: number };

/** What the hub tells of a message it has received; `unknown`: it does not have it. */
export type Told = { id: string; state: 'filed' | 'refused' | 'pending' | 'unknown'; answer: Answer };

export type HubClient = {
  /** Hands over a message; `body` is gzip of the message Bundle. Never throws for what network or hub do. */
  send(body: Buffer): Promise<Sent>;
  /** What became of messages. Throws Error when the hub cannot be asked. */
  ask(ids: readonly string[]): Promise<Told[]>;
  /** Whether the hub answers at all. */
  reach(): Promise<boolean>;
  /** A request with our token, for the twin. Throws HubAnswer for what the hub refuses, Error when it cannot be reached. */
  get(path: string): Promise<unknown>;
};

/** An answer of the hub that is none of what was asked for. */
export class HubAnswer extends Error {
  override readonly name = 'HubAnswer';
  readonly status: number;

  constructor(status: number, said: string) {
    super(`${status}: ${said}`);
    this.status = status;
  }
}

/** Time that a request has in any case, and the slowest line that is waited for (64 kb/s, shared). */
const LEAST_MS = 30_000;
const SLOWEST_BYTES_PER_MS = 2;

/** Statuses of a message that is wrong in itself: sending it again as it is changes nothing. */
const WRONG = new Set([400, 409, 413, 415, 422]);

/** Talks to the hub's exchange. Each answer of the hub is told to `contact`. Source: docs/exchange.md */
export function hubClient(fhirBase: string, token: Token, contact: () => void): HubClient {
  async function request(path: string, init: RequestInit, sizeBytes = 0): Promise<Response> {
    const attempt = async () => {
      const response = await fetch(`${fhirBase}${path}`, {
        ...init,
        headers: {
          accept: 'application/fhir+json',
          authorization: `Bearer ${await token.get()}`,
          ...init.headers,
        },
        redirect: 'error',
        signal: AbortSignal.timeout(LEAST_MS + Math.ceil(sizeBytes / SLOWEST_BYTES_PER_MS)),
      });
      contact();
      return response;
    };
    const first = await attempt();
    if (first.status !== 401) return first;
    await first.body?.cancel();
    token.forget();
    return attempt();
  }

  return {
    async send(body) {
      try {
        const response = await request(
          '/$process-message',
          {
            method: 'POST',
            headers: {
              'content-type': 'application/fhir+json',
              'content-encoding': 'gzip',
              prefer: 'respond-async',
            },
            body: body as BodyInit,
          },
          body.length,
        );
        if (response.status === 200 || response.status === 202) {
          await response.body?.cancel();
          return { kind: 'received' };
        }
        const issues = issuesOf(await response.text());
        if (WRONG.has(response.status)) return { kind: 'refused', answer: { issues } };
        const afterMs = retryAfterMs(response);
        return {
          kind: 'later',
          why: `${response.status}: ${issues[0]?.diagnostics ?? response.statusText}`,
          ...(afterMs === undefined ? {} : { afterMs }),
        };
      } catch (error) {
        return { kind: 'later', why: reasonOf(error) };
      }
    },
    async ask(ids) {
      const response = await request('/$message-status', {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        body: JSON.stringify({
          resourceType: 'Parameters',
          parameter: ids.map((id) => ({ name: 'identifier', valueString: id })),
        }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status}: ${issuesOf(text)[0]?.diagnostics ?? ''}`);
      return toldBy(parseJson(text));
    },
    async reach() {
      try {
        const response = await request('/metadata?_summary=true', { method: 'HEAD' });
        await response.body?.cancel();
        return response.ok || response.status < 500;
      } catch {
        return false;
      }
    },
    async get(path) {
      const response = await request(path, {});
      const text = await response.text();
      if (!response.ok) throw new HubAnswer(response.status, issuesOf(text)[0]?.diagnostics ?? '');
      return parseJson(text);
    },
  };
}

type Header = {
  resourceType?: string;
  extension?: { url?: string; valueCode?: string }[];
  response?: { identifier?: string; code?: string; details?: { reference?: string } };
  focus?: { reference?: string }[];
  issue?: Issue[];
};

const STATE = 'https://yba.vn/fhir/StructureDefinition/message-state';

/** Reads the answer to `$message-status`: a MessageHeader for each message, outcomes beside, and which are not known. */
export function toldBy(bundle: unknown): Told[] {
  const { entry = [] } = bundle as { entry?: { fullUrl?: string; resource?: Header }[] };
  const headers = entry.flatMap(({ resource }): Told[] => {
    const { response, focus = [] } = resource ?? {};
    if (resource?.resourceType !== 'MessageHeader' || response?.identifier === undefined) return [];
    const details = response.details?.reference;
    const outcome = entry.find(({ fullUrl }) => details !== undefined && fullUrl === details)?.resource;
    const links = focus.flatMap(({ reference }) => (reference ? [reference] : []));
    const answer = { links, ...(outcome?.issue ? { issues: outcome.issue } : {}) };
    return [{ id: response.identifier, state: stateOf(resource), answer }];
  });
  const unknown = entry.flatMap(({ resource }) =>
    (resource?.resourceType === 'OperationOutcome' ? (resource.issue ?? []) : []).flatMap((issue): Told[] => {
      const id = /^identifier=(.+)$/.exec(issue.expression?.[0] ?? '')?.[1];
      return id && issue.code === 'not-found' ? [{ id, state: 'unknown', answer: {} }] : [];
    }),
  );
  return [...headers, ...unknown];
}

function stateOf({ extension = [], response }: Header): Told['state'] {
  const state = extension.find(({ url }) => url === STATE)?.valueCode;
  if (state === 'filed' || state === 'refused') return state;
  if (state !== undefined) return 'pending';
  return response?.code === 'ok' ? 'filed' : response?.code === 'fatal-error' ? 'refused' : 'pending';
}

/** The issues of an OperationOutcome; the text itself when it is none. */
function issuesOf(text: string): Issue[] {
  try {
    const { issue } = parseJson(text) as unknown as { issue?: Issue[] };
    if (Array.isArray(issue)) return issue;
  } catch {
    // an answer of something between us and the hub
  }
  return [{ severity: 'error', code: 'processing', diagnostics: text.slice(0, 300) }];
}

function retryAfterMs(response: Response): number | undefined {
  const said = Number(response.headers.get('retry-after'));
  return Number.isFinite(said) && said > 0 ? Math.min(said, 300) * 1000 : undefined;
}

/** Why a request failed, in words for the status page. */
export function reasonOf(error: unknown): string {
  const { message, cause, name } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return 'timeout';
  return cause?.code ?? cause?.message ?? message;
}
