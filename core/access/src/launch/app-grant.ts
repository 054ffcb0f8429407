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
 * is the consent; a citizen consents to an app themselves, and what they leave out is kept as rejected, so that the app may ask
 * for it again by `prompt=consent` alone. An app gets a grant of its own for each launch, which keeps whom it was opened for,
 * and for each consent. Undefined when the person is still to be asked.
 * Source: https://www.rfc-editor.org/rfc/rfc6749#section-3.3
 */
export async function grantFor(granting: Granting, context: KoaContext): Promise<Grant | undefined> {
  const { provider, artifacts, fhirBase, lastsS } = granting;
  const { client, session, result, requestParamScopes } = context.oidc;
  const earlier = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const known = earlier === undefined ? undefined : await provider.Grant.find(earlier);
  const own = isScreen(client.clientId);
  const launched = own ? undefined : await launchOf(granting, context);
  const agreed = result?.consent?.agreed;
  if (!own && doorOf(client.clientId) === 'book' && !agreed) return known;
  const kept = launched || agreed ? undefined : known;
  const grant = kept ?? new provider.Grant({ accountId: session.accountId!, clientId: client.clientId });
  const registered = String(client.granted_scope ?? '').split(' ');
  const asked = [...requestParamScopes];
  const isLeftOut = (scope: string) => agreed !== undefined && !agreed.includes(scope);
  const isWithheld = (scope: string) => !own && (!registered.includes(scope) || isLeftOut(scope));
  const identity = asked.filter((scope) => IDENTITY_SCOPES.includes(scope));
  const [given, withheld] = parted(identity, isWithheld);
  const [read, leftOut] = parted(asked, isLeftOut);
  if (given.length > 0) grant.addOIDCScope(given.join(' '));
  if (withheld.length > 0) grant.rejectOIDCScope(withheld.join(' '));
  if (read.length > 0) grant.addResourceScope(fhirBase, read.join(' '));
  if (leftOut.length > 0) grant.rejectResourceScope(fhirBase, leftOut.join(' '));
  const grantId = await grant.save(lastsS);
  if (launched) await keepContext(artifacts, grantId, launched, lastsS);
  return grant;
}

const parted = (scopes: string[], isOut: (scope: string) => boolean) =>
  [scopes.filter((scope) => !isOut(scope)), scopes.filter(isOut)] as const;

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
