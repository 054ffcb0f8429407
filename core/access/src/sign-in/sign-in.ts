import { forbidden, outcomeError } from '@yba/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Interaction } from 'oidc-provider';
import type { Account } from '../accounts/accounts.ts';
import { forgiveAttempts } from '../accounts/attempts.ts';
import type { Proof } from '../accounts/proof.ts';
import { DOORS, doorFor, doorOf } from '../doors.ts';
import { endOtherSession } from '../oidc/end-other-session.ts';
import type { AuthorizationServer } from '../oidc/provider.ts';
import type { AccessOptions } from '../options.ts';
import type { Passkeys } from '../passkeys/passkeys.ts';
import { endBrowser } from '../sessions/end-browser.ts';
import { beginSession } from '../sessions/sign-in-sessions.ts';
import { callerOf, logSecurity } from './security-log.ts';
import { say } from './words.ts';

/** What the steps of a sign-in share. */
export type SignIn = Pick<
  AccessOptions,
  'baseUrl' | 'sql' | 'secrets' | 'ports' | 'vneid' | 'demo' | 'rateLimits' | 'passwordCost'
> &
  AuthorizationServer & { passkeys: Passkeys; onError: (error: unknown) => void };

/**
 * The sign-in under way that the URL names, when it is this browser's: its cookie must name the same one, so a
 * foreign page cannot drive it. Throws `expired`, in words for people.
 */
export async function interactionOf(
  signIn: SignIn,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Interaction> {
  const { uid } = request.params as { uid: string };
  const expired = () => outcomeError('expired', say('expired', request.headers['accept-language']));
  const interaction = await signIn.provider
    .interactionDetails(request.raw, reply.raw)
    .catch((error: Error) => {
      if (error.name === 'SessionNotFound') throw expired();
      throw error;
    });
  if (interaction.uid !== uid) throw expired();
  return interaction;
}

/** Throws `forbidden` naming the right door when the account does not belong at this one. */
export async function assertDoor(
  signIn: SignIn,
  { request }: { request: FastifyRequest },
  interaction: Interaction,
  account: Account,
): Promise<void> {
  const caller = callerOf(account, interaction.params.client_id ?? '');
  if (DOORS[doorOf(caller.client)].roles.includes(account.role)) return;
  await logSecurity(signIn.ports, { requestId: request.id, caller, action: 'sign-in', outcome: 'denied' });
  throw forbidden(
    `${say('wrongDoor', request.headers['accept-language'])} ${DOORS[doorFor(account.role)].title}.`,
  );
}

/**
 * Ends the sign-in with this account at its facility and answers where the browser goes on. Throws `forbidden` naming
 * the right door when the account does not belong at this one, `expired` when what proved the person holds no more.
 */
export async function finish(
  signIn: SignIn,
  http: { request: FastifyRequest; reply: FastifyReply },
  interaction: Interaction,
  account: Account,
  { methods, proof }: { methods: string[]; proof?: Proof },
): Promise<string> {
  const { sql } = signIn;
  const { request, reply } = http;
  await assertDoor(signIn, http, interaction, account);
  const caller = callerOf(account, interaction.params.client_id ?? '');
  const signInSession = await beginSession(
    sql,
    {
      account: account.id,
      facility: account.facility,
      client: caller.client,
      methods,
      address: request.ip,
      agent: request.headers['user-agent'] ?? '',
    },
    proof,
  );
  await logSecurity(signIn.ports, {
    requestId: request.id,
    caller,
    action: 'sign-in',
    outcome: signInSession ? 'success' : 'denied',
    reason: WAYS[methods.join(' ')] ?? methods.join(' '),
  });
  if (!signInSession) throw outcomeError('expired', say('expired', request.headers['accept-language']));
  await endOtherSession(signIn, interaction, caller.subject, (browser) =>
    endBrowser(signIn, browser, 'taken-over'),
  );
  await sql`update account set last_sign_in = now() where id = ${account.id}`;
  const tried = methods.filter((method) => method === 'pwd' || method === 'otp').length;
  await forgiveAttempts(sql, { username: account.username, address: request.ip }, tried);
  const login = { accountId: caller.subject, amr: methods };
  return signIn.provider.interactionResult(request.raw, reply.raw, { login, consent: {}, signInSession });
}

/** How somebody signed in, as the privacy officer reads it. */
const WAYS: Readonly<Record<string, string>> = {
  pwd: 'Bằng mật khẩu',
  'pwd otp': 'Bằng mật khẩu và mã xác thực',
  hwk: 'Bằng khóa truy cập',
  vneid: 'Bằng VNeID',
};
