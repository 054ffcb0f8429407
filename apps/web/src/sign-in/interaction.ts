import { currentLanguage } from '@yba/ui';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser';
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

/** What a step of the sign-in answers: where to go on, what is asked for next, or in words why not and what to do. */
export type StepAnswer =
  | { redirectTo: string }
  | { next: 'code' }
  | { next: 'password'; why: 'first' | 'short' }
  | { next: 'facility'; facilities: { facility: string; facilityName: string; role: string }[] }
  | { refused: string; over?: boolean };

/** Answers one step: "password", "code", "new-password", "facility", "passkey". */
export async function sendStep(uid: string, step: string, body: object): Promise<StepAnswer> {
  return (await send(uid, step, body)) as StepAnswer;
}

/** Begins to prove a passkey: what the browser proves it with, or why not. */
export async function passkeyOptions(
  uid: string,
): Promise<PublicKeyCredentialRequestOptionsJSON | { refused: string }> {
  return (await send(uid, 'passkey/options', {})) as
    PublicKeyCredentialRequestOptionsJSON | { refused: string };
}

async function send(uid: string, step: string, body: object): Promise<object> {
  try {
    const response = await fetch(`/oauth/interaction/${encodeURIComponent(uid)}/${step}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'accept-language': currentLanguage(),
      },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as {
      issue?: { code?: string; diagnostics?: string; details?: { text?: string } }[];
    };
    if (response.ok) return answer;
    const issue = answer.issue?.[0];
    return {
      refused: issue?.diagnostics ?? issue?.details?.text ?? signInText('failed'),
      over: issue?.code === 'expired',
    };
  } catch {
    return { refused: signInText('network') };
  }
}
