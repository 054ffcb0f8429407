import type { Sql } from '@yba/postgres';
import type { Artifacts } from '../oidc/artifacts.ts';
import { revokeTokens } from '../oidc/revocations.ts';
import { covered } from '../oidc/scopes.ts';

/** An app that a person agreed to, over all grants it got from them. `until`: it may read no longer unless used before. */
export type AgreedApp = {
  client: string;
  name: string;
  scopes: string[];
  agreed: Date;
  until: Date;
};

type Row = {
  client: string;
  name: string;
  registered: string;
  scope: string | null;
  openid: string | null;
  agreed: Date;
  until: Date;
};

/** The apps a person (`account/<id>`) agreed to that may still read, the newest agreement first. Our own screens are none. */
export async function agreedApps(sql: Sql, subject: string, fhirBase: string): Promise<AgreedApp[]> {
  const rows = await sql<Row[]>`
    select c.id as client, c.name, c.scope as registered,
      a.payload -> 'resources' ->> ${fhirBase} as scope, a.payload -> 'openid' ->> 'scope' as openid,
      to_timestamp((a.payload ->> 'iat')::bigint) as agreed, a.expires as until
    from oauth_artifact a join oauth_client c on c.id = a.payload ->> 'clientId'
    where a.issuer = 'yba' and a.model = 'Grant' and a.payload ->> 'accountId' = ${subject}
      and a.expires > now() and c.active
    order by agreed desc`;
  const apps = new Map<string, AgreedApp>();
  for (const { client, name, registered, scope, openid, agreed, until } of rows) {
    const known = apps.get(client);
    const asked = `${scope ?? ''} ${openid ?? ''}`.split(' ').filter(Boolean);
    const scopes = [...new Set([...(known?.scopes ?? []), ...covered(registered.split(' '), asked)])];
    apps.set(client, {
      client,
      name,
      scopes,
      agreed: known?.agreed ?? agreed,
      until: known && known.until > until ? known.until : until,
    });
  }
  return [...apps.values()];
}

/** What a person said the last time an app asked them, of grants that still hold; undefined when it has none. */
export async function lastAgreement(
  sql: Sql,
  { subject, client, fhirBase }: { subject: string; client: string; fhirBase: string },
): Promise<{ given: readonly string[]; leftOut: readonly string[] } | undefined> {
  const [last] = await sql<{ given: string; out: string }[]>`
    select coalesce(payload -> 'resources' ->> ${fhirBase}, '') as given,
      coalesce(payload -> 'rejected' -> 'resources' ->> ${fhirBase}, '') as out
    from oauth_artifact
    where issuer = 'yba' and model = 'Grant' and payload ->> 'accountId' = ${subject}
      and payload ->> 'clientId' = ${client} and expires > now()
    order by (payload ->> 'iat')::bigint desc, expires desc limit 1`;
  return last && { given: last.given.split(' '), leftOut: last.out.split(' ') };
}

/**
 * Takes back what a person agreed to with an app: its grants, codes and refresh tokens are gone, its access tokens stop
 * in every server process within seconds. `leftOut`: only grants that hold something of these scopes, for what a person leaves out
 * now an app does not keep from earlier. Answers how many grants ended.
 */
export async function withdrawApp(
  { sql, artifacts }: { sql: Sql; artifacts: Artifacts },
  subject: string,
  client: string,
  leftOut?: { scopes: readonly string[]; fhirBase: string },
): Promise<number> {
  const held = await sql<{ id: string; scope: string }[]>`
    select id, coalesce(payload -> 'resources' ->> ${leftOut?.fhirBase ?? ''}, '') as scope from oauth_artifact
    where issuer = 'yba' and model = 'Grant' and payload ->> 'accountId' = ${subject}
      and payload ->> 'clientId' = ${client} and expires > now()`;
  const grants = held.filter(({ scope }) => !leftOut || covered(scope.split(' '), leftOut.scopes).length > 0);
  for (const { id } of grants) {
    await revokeTokens(sql, { kind: 'grant', id });
    await artifacts.revoke(id);
  }
  return grants.length;
}
