import type { Sql } from '@yba/postgres';
import type { Provider } from 'oidc-provider';
import { accountId } from '../accounts/accounts.ts';
import type { AccessOptions } from '../options.ts';
import { endBrowser } from '../sessions/end-browser.ts';
import { callersOf, logSecurity } from '../sign-in/security-log.ts';
import { UsedTwice, type Artifacts } from './artifacts.ts';
import { revokeTokens } from './revocations.ts';

/**
 * A grant ends when its client says so, and when a code or refresh token is used a second time, also at the same moment:
 * somebody has stolen it. Then its access tokens stop too, and a theft stands in the access log. `ending` takes the work.
 * Source: RFC 9700 4.14.2
 */
export function watchGrants(
  provider: Provider,
  { sql, ports, artifacts }: Pick<AccessOptions, 'sql' | 'ports'> & { artifacts: Artifacts },
  ending: (work: Promise<unknown>) => void,
): void {
  // of many that use it at one moment, the one that ended something tells
  const told = async (grant: string, client: string) => {
    const subject = artifacts.takeHolder(grant);
    if (subject) await tell(sql, ports, subject, client);
  };
  provider.on('grant.error', ({ oidc }, error) => {
    if (!(error instanceof UsedTwice)) return;
    const { grant } = error;
    const ended = artifacts.revoke(grant).then(() => told(grant, oidc.client.clientId));
    ending(Promise.all([ended, revokeTokens(sql, { kind: 'grant', id: grant })]));
  });
  provider.on('grant.revoked', ({ oidc }, grant) => {
    ending(revokeTokens(sql, { kind: 'grant', id: grant }));
    if (oidc.route === 'token') ending(told(grant, oidc.client.clientId));
  });
}

/** After signing out on the page that asks first, the session's access tokens end too. */
export function watchSignOut(
  provider: Provider,
  options: Pick<AccessOptions, 'sql' | 'ports'>,
  ending: (work: Promise<unknown>) => void,
): void {
  provider.on('end_session.success', ({ oidc: { session } }) => {
    if (session.destroyed) ending(endBrowser(options, session.uid, 'signed-out'));
  });
}

/** Each facility's privacy officer where this person works, and the citizen themselves, reads of it. */
async function tell(sql: Sql, ports: AccessOptions['ports'], subject: string, client: string): Promise<void> {
  const account = accountId(subject);
  if (!account) return;
  for (const caller of await callersOf(sql, account, client)) {
    await logSecurity(ports, {
      requestId: 'token',
      caller,
      action: 'sign-in',
      outcome: 'denied',
      reason: 'Một mã đã dùng được dùng lại: mọi quyền cấp cho ứng dụng này đã bị thu hồi',
    });
  }
}
