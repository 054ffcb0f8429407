import type { Sql } from '@yba/postgres';
import { errors, type Grant, type KoaContext, type Provider } from 'oidc-provider';
import { doorOf, isScreen } from '../doors.ts';
import type { Artifacts } from '../oidc/artifacts.ts';
import { firstPatient } from '../oidc/claims.ts';
import { IDENTITY_SCOPES, smartScope } from '../oidc/scopes.ts';
import { currentAccount } from '../sessions/current-session.ts';
import { keepContext, takeLaunch, type LaunchContext } from './launch-context.ts';

/** What granting rests on. */
export type Granting = {
  provider: Provider;
  artifacts: Artifacts;
  sql: Sql;
  fhirBase: string;
  lastsS: number;
};

/** Whether scopes are about a patient in context. */
export function isAboutPatient(scopes: Iterable<string>): boolean {
  return [...scopes].some((text) => text === 'launch/patient' || smartScope(text)?.context === 'patient');
}

/**
 * What this sign-in grants its client. Our own screens and apps for staff are registered by the platform's operator, which
 * is the consent; a citizen consents to an app themselves. An app gets a grant of its own for each launch, which keeps
 * whom it was opened for. Undefined when the person is still to be asked.
 */
export async function grantFor(granting: Granting, context: KoaContext): Promise<Grant | undefined> {
  const { provider, artifacts, fhirBase, lastsS } = granting;
  const { client, session, result, requestParamScopes } = context.oidc;
  const earlier = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const known = earlier === undefined ? undefined : await provider.Grant.find(earlier);
  const own = isScreen(client.clientId);
  const launched = own ? undefined : await launchOf(granting, context);
  if (!own && doorOf(client.clientId) === 'book' && !result?.consent?.agreed) return known;
  const kept = launched ? undefined : known;
  const grant = kept ?? new provider.Grant({ accountId: session.accountId!, clientId: client.clientId });
  const asked = [...requestParamScopes];
  const identity = asked.filter((scope) => IDENTITY_SCOPES.includes(scope));
  const registered = String(client.granted_scope ?? '').split(' ');
  const [given, withheld] = own
    ? [identity, []]
    : [
        identity.filter((scope) => registered.includes(scope)),
        identity.filter((scope) => !registered.includes(scope)),
      ];
  if (given.length > 0) grant.addOIDCScope(given.join(' '));
  if (withheld.length > 0) grant.rejectOIDCScope(withheld.join(' '));
  grant.addResourceScope(fhirBase, asked.join(' '));
  const grantId = await grant.save(lastsS);
  if (launched) await keepContext(artifacts, grantId, launched, lastsS);
  return grant;
}

/** Whom the app is opened for: as the chart said, as was picked, or the citizen themselves. */
async function launchOf({ sql }: Granting, context: KoaContext): Promise<LaunchContext | undefined> {
  const { client, params, result, session, requestParamScopes } = context.oidc;
  if (params.launch !== undefined) {
    const launch = await takeLaunch(sql, params.launch, {
      client: client.clientId,
      subject: session.accountId!,
      challenge: params.code_challenge!,
    });
    if (!launch)
      throw new errors.InvalidRequest('launch is unknown, was used, or belongs to another app or person');
    return launch;
  }
  if (result?.launch) return result.launch;
  if (!isAboutPatient(requestParamScopes)) return undefined;
  const now = await currentAccount(sql, context, session.accountId!);
  return now?.account.person ? firstPatient(sql, now.account.person) : undefined;
}
