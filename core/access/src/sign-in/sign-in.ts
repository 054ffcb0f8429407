import { forbidden, outcomeError, type Caller } from '@yba/fhir';
import { facilityCode } from '@yba/repository';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Interaction } from 'oidc-provider';
import { subjectOf, type Account } from '../accounts/accounts.ts';
import { DOORS, doorFor, doorOf } from '../doors.ts';
import { endOtherSession } from '../oidc/end-other-session.ts';
import type { AuthorizationServer } from '../oidc/provider.ts';
import type { AccessOptions } from '../options.ts';
import { say } from './words.ts';

/** What the steps of a sign-in share. */
export type SignIn = Pick<AccessOptions, 'baseUrl' | 'sql' | 'ports' | 'vneid' | 'demo' | 'rateLimits'> &
  AuthorizationServer & { onError: (error: unknown) => void };

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

/**
 * Ends the sign-in with this account and answers where the browser goes on. Throws `forbidden` naming the right
 * door when the account does not belong at this one.
 */
export async function finish(
  signIn: SignIn,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  interaction: Interaction,
  account: Account,
  method: 'pwd' | 'vneid',
): Promise<string> {
  const language = request.headers['accept-language'];
  const caller = callerOf(account, interaction.params.client_id ?? '');
  const event = {
    at: new Date(),
    requestId: request.id,
    caller,
    action: 'sign-in' as const,
    persons: account.person ? [account.person] : [],
  };
  if (!DOORS[doorOf(caller.client)].roles.includes(account.role)) {
    await signIn.ports.audit.read({ ...event, outcome: 'denied' });
    throw forbidden(`${say('wrongDoor', language)} ${DOORS[doorFor(account.role)].title}.`);
  }
  await signIn.ports.audit.read({ ...event, outcome: 'success' });
  await endOtherSession(signIn, interaction, caller.subject);
  const login = { accountId: caller.subject, amr: [method] };
  return signIn.provider.interactionResult(request.raw, reply.raw, { login, consent: {} });
}

/** An account as the access log knows it. */
export function callerOf(account: Account, client: string): Caller {
  return {
    role: account.role,
    client,
    subject: subjectOf(account.id),
    name: account.name,
    ...(account.facility === null
      ? {}
      : { facility: facilityCode(account.facility), facilityName: account.facility_name ?? '' }),
    ...(account.practitioner ? { practitioner: account.practitioner } : {}),
    ...(account.person ? { person: account.person } : {}),
    scopes: [],
  };
}
