import { currentLanguage } from '@yba/ui';
import { shellText } from '../shell/messages.ts';
import { currentSession } from './session.ts';

/** A request about one's own session or account that failed: the HTTP status (0 = no answer), and in words why and what to do. */
export class OwnError extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

type OwnOptions = { method?: 'GET' | 'POST' | 'DELETE'; body?: object; signal?: AbortSignal };

/** One request below `/oauth` with the session's token: "session", "account/password". Throws OwnError. */
export async function own<Answer = object>(
  path: string,
  { method = 'GET', body, signal }: OwnOptions = {},
): Promise<Answer> {
  const session = currentSession();
  const response = await fetch(`/oauth/${path}`, {
    method,
    headers: {
      accept: 'application/json',
      'accept-language': currentLanguage(),
      ...(session ? { authorization: `Bearer ${session.accessToken}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  }).catch(() => undefined);
  if (!response) throw new OwnError(0, shellText('errorNetwork'));
  const answer = (await response.json().catch(() => ({}))) as Answer & {
    issue?: { diagnostics?: string; details?: { text?: string } }[];
  };
  if (response.ok) return answer;
  const { details, diagnostics } = answer.issue?.[0] ?? {};
  const said = currentLanguage() === 'en' ? diagnostics : (details?.text ?? diagnostics);
  throw new OwnError(response.status, said ?? shellText('errorServerPlain'));
}

/** Ends one of one's own sessions, here or elsewhere. */
export const endSession = (id: string): Promise<object> =>
  own(`account/sessions/${id}`, { method: 'DELETE' });

/** Ends all of one's own sessions but this; answers how many. */
export async function endOtherSessions(): Promise<number> {
  const { ended } = await own<{ ended: number }>('account/sessions', { method: 'DELETE' });
  return ended;
}
