import { forbidden, outcomeError } from '@yba/fhir';
import { facilityNumber } from '@yba/repository';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Interaction } from 'oidc-provider';
import { findAccount, subjectOf, type Account } from '../accounts/accounts.ts';
import { memberships } from '../accounts/memberships.ts';
import { stillProved, type Proof } from '../accounts/proof.ts';
import { standsAlone } from '../accounts/password-rules.ts';
import { countPasskeys } from '../passkeys/passkeys.ts';
import { hasFactor } from '../second-factor/totp.ts';
import { callersOf, logSecurity } from './security-log.ts';
import { assertDoor, finish, type SignIn } from './sign-in.ts';
import { say } from './words.ts';

/** How a person proved who they are. Source: https://www.rfc-editor.org/rfc/rfc8176#section-2 */
export type Method = 'pwd' | 'otp' | 'hwk';

/** What a sign-in under way has come to know: kept at the server, under the sign-in's id. */
export type Step = {
  account: string;
  methods: Method[];
  /** What the first of them rests on, which has to hold until the end. */
  proof: Proof;
  /** The password typed is shorter than one may be without a second factor. */
  short?: boolean;
  /** 5-character code of the facility chosen. */
  facility?: string;
};

/** What the sign-in page does next: go on, or ask for one more thing. */
export type Next =
  | { redirectTo: string }
  | { next: 'code' }
  | { next: 'password'; why: 'first' | 'short' }
  | { next: 'facility'; facilities: { facility: string; facilityName: string; role: string }[] };

type Http = { request: FastifyRequest; reply: FastifyReply };

/** An account nobody used for so long is shut until an officer of its facility opens it. Source: TCVN 14423:2026 */
const UNUSED_MS = 45 * 24 * 60 * 60 * 1000;

/** How long a sign-in may stand at one step, in seconds. */
const STEP_S = 10 * 60;

/** The step a sign-in stands at. Throws `expired` when it has not come to one, or what it began with holds no more. */
export async function stepOf(signIn: SignIn, { request }: Http, { uid }: Interaction): Promise<Step> {
  const step = (await signIn.artifacts.adapter('SignInStep').find(uid)) as Step | undefined;
  if (!step || !(await stillProved(signIn.sql, step.account, step.proof)))
    throw outcomeError('expired', say('expired', request.headers['accept-language']));
  return step;
}

/** The account of a step, whatever its facility. Throws `expired` when it is gone. */
export async function accountOf(signIn: SignIn, { request }: Http, step: Step): Promise<Account> {
  const account = await findAccount(signIn.sql, subjectOf(step.account));
  if (account) return account;
  for (const caller of await callersOf(signIn.sql, step.account, 'yba-clinic'))
    await logSecurity(signIn.ports, { requestId: request.id, caller, action: 'sign-in', outcome: 'denied' });
  throw forbidden(say('noMembership', request.headers['accept-language']));
}

/**
 * Goes on from what is known: a second factor, a password of one's own, the facility, each only where it is needed, then
 * the end. Throws `forbidden` when the account does not belong at this door, works nowhere, or was not used for 45 days.
 */
export async function goOn(signIn: SignIn, http: Http, interaction: Interaction, step: Step): Promise<Next> {
  const account = await accountOf(signIn, http, step);
  await assertDoor(signIn, http, interaction, account);
  await assertUsed(signIn, http, interaction, account);
  const wanted = await wantedOf(signIn, account, step);
  if (wanted) {
    await signIn.artifacts.adapter('SignInStep').upsert(interaction.uid, step, STEP_S);
    return wanted;
  }
  const there = step.facility
    ? await findAccount(signIn.sql, subjectOf(account.id), facilityNumber(step.facility))
    : account;
  if (!there) throw outcomeError('expired', say('expired', http.request.headers['accept-language']));
  await signIn.artifacts.adapter('SignInStep').destroy(interaction.uid);
  return { redirectTo: await finish(signIn, http, interaction, there, step) };
}

/** What is asked for next, in this order and no other; undefined when the sign-in may end. */
export async function wantedOf(signIn: SignIn, account: Account, step: Step): Promise<Next | undefined> {
  const { sql } = signIn;
  const byPassword = step.methods[0] === 'pwd';
  const codes = byPassword && (await hasFactor(sql, account.id));
  if (codes && !step.methods.includes('otp')) return { next: 'code' };
  if (byPassword && account.must_change) return { next: 'password', why: 'first' };
  if (step.short && !signIn.demo && !codes && (await countPasskeys(sql, account.id)) === 0)
    return { next: 'password', why: 'short' };
  const places = account.facility === null ? [] : await memberships(sql, account.id);
  if (places.length < 2 || places.some(({ facility }) => facility === step.facility)) return undefined;
  return {
    next: 'facility',
    facilities: places.map(({ facility, facilityName, role }) => ({ facility, facilityName, role })),
  };
}

/** True when this password needs a second factor beside it. */
export function isShort(password: string): boolean {
  return !standsAlone(password);
}

async function assertUsed(
  signIn: SignIn,
  { request }: Http,
  { params }: Interaction,
  account: Account,
): Promise<void> {
  if (signIn.demo || !account.last_sign_in || Date.now() - account.last_sign_in.getTime() < UNUSED_MS) return;
  for (const caller of await callersOf(signIn.sql, account.id, params.client_id ?? ''))
    await logSecurity(signIn.ports, {
      requestId: request.id,
      caller,
      action: 'sign-in',
      outcome: 'denied',
      reason: 'Tài khoản không dùng quá 45 ngày',
    });
  throw forbidden(say('unused', request.headers['accept-language']));
}
