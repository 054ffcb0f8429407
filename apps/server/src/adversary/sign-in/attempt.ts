import { browser, exchange, signInWithPassword } from '@yba/access/testing';
import { PASSWORD, VICTIM, type World } from '../world.ts';

/** One attempt to get in by another way than the front door: answers what was wrong, if anything was. */
export type SignInAttempt = {
  attacker: string;
  goal: string;
  /** Empty when every try failed as it should. */
  attack(world: World): Promise<string[]>;
};

/** Whose sign-in is wanted. */
export const DOCTOR = { username: `doctor.${VICTIM.facility}`, password: PASSWORD };
/** What is asked for to stay signed in. */
export const OFFLINE = { scope: 'openid profile fhirUser offline_access user/*.cruds' };

/** A fault unless the token endpoint refused. */
export const refused = (what: string, { status, tokens }: Awaited<ReturnType<typeof exchange>>): string[] =>
  status >= 400 && status < 500 && !tokens.access_token ? [] : [`${what}: ${status}`];

/** What the token endpoint answers. */
export const tokenRequest = (world: World, parameters: Record<string, string>) =>
  exchange(world.url, parameters);

/** A code of the doctor's, with all it takes to exchange it. */
export async function aCode(world: World, more: Record<string, string> = {}) {
  const signedIn = await signInWithPassword(world.url, DOCTOR, 'clinic', browser(), more);
  if (!signedIn.code) throw new Error('the doctor was not signed in');
  return { ...signedIn, code: signedIn.code };
}
