import { OutcomeError, type Caller } from '@yba/fhir';
import { errors, type Client, type KoaContext } from 'oidc-provider';
import type { NamedUsers } from '../policy/named-users.ts';
import type { RuleBook } from '../policy/rule-book.ts';
import { assertedUser, iuaClaim } from './asserted-user.ts';

/** What is asked about users whom the assertions of systems name. */
export type Asserting = { users: Pick<NamedUsers, 'name'>; book: Pick<RuleBook, 'inForce'> };

/** What a client asserted with the request under way, once its signature held. */
const asserted = new WeakMap<KoaContext, unknown>();

/** Keeps the `extensions` of an assertion whose signature held, for the token that is issued on it. */
export function noteExtensions(context: KoaContext, extensions: unknown): void {
  if (extensions !== undefined) asserted.set(context, extensions);
}

/**
 * The claims of a system's token: its facility and, where its assertion says so, who is at the screen and what for. Throws
 * `invalid_grant`, as UDAP has it, naming what does not hold.
 */
export async function systemClaims(
  { users, book }: Asserting,
  context: KoaContext,
): Promise<Record<string, unknown>> {
  const { client } = context.oidc;
  const claims = claimsOf(client);
  try {
    const facility = claims.facility as string | undefined;
    const said = assertedUser(asserted.get(context), facility, purposes(book));
    if (!said) return claims;
    const user = said.user === undefined ? undefined : await users.name(callerOf(client), said.user);
    const organization = { facility: facility!, facilityName: String(claims.facility_name ?? facility) };
    return {
      ...claims,
      ...(user?.practitioner ? { practitioner: user.practitioner } : {}),
      extensions: iuaClaim(said, user, organization),
    };
  } catch (error) {
    if (error instanceof OutcomeError) throw new errors.InvalidGrant(error.message);
    throw error;
  }
}

/** The purposes a system may open records for. */
function purposes(book: Asserting['book']): ReadonlySet<string> {
  return new Set(
    Object.entries(book.inForce().purposes).flatMap(([code, { roles }]) =>
      roles.includes('system') ? [code] : [],
    ),
  );
}

function claimsOf(client: Client): Record<string, unknown> {
  return {
    role: 'system',
    name: client.clientName,
    facility: client.facility,
    facility_name: client.facility_name,
  };
}

function callerOf(client: Client): Caller {
  return {
    role: 'system',
    client: client.clientId,
    subject: `client/${client.clientId}`,
    name: client.clientName ?? client.clientId,
    ...(typeof client.facility === 'string' ? { facility: client.facility } : {}),
    scopes: [],
  };
}
