import { currentLanguage } from '@yba/ui';
import type { Door } from '../auth/settings.ts';
import { signInText } from './messages.ts';

/** A person of the rehearsal who can sign in by one tap. */
export type Persona = {
  username: string;
  password?: string;
  name: string;
  role: string;
  roleName: string;
  facilityName?: string;
};

/** The sign-in under way at the authorization server. */
export type Interaction = {
  uid: string;
  door: Door;
  demo: boolean;
  personas?: Persona[];
  vneid?: { url: string; label: string; imitation: boolean };
};

/** The sign-in with this id. Throws Error when it is over or not of this browser. */
export async function readInteraction(uid: string, signal?: AbortSignal): Promise<Interaction> {
  const response = await fetch(`/oauth/interaction/${encodeURIComponent(uid)}`, {
    headers: { accept: 'application/json', 'accept-language': currentLanguage() },
    ...(signal ? { signal } : {}),
  });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()) as Interaction;
}

/** Answers with username and password: where to go on, or in words why not and what to do. */
export async function sendPassword(
  uid: string,
  username: string,
  password: string,
): Promise<{ redirectTo: string } | { refused: string }> {
  try {
    const response = await fetch(`/oauth/interaction/${encodeURIComponent(uid)}/password`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'accept-language': currentLanguage(),
      },
      body: JSON.stringify({ username, password }),
    });
    const body = (await response.json()) as {
      redirectTo?: string;
      issue?: { diagnostics?: string; details?: { text?: string } }[];
    };
    if (response.ok && body.redirectTo) return { redirectTo: body.redirectTo };
    return {
      refused: body.issue?.[0]?.diagnostics ?? body.issue?.[0]?.details?.text ?? signInText('failed'),
    };
  } catch {
    return { refused: signInText('network') };
  }
}
