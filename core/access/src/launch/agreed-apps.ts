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

/**
 * Takes back what a person agreed to with an app: its grants, codes and refresh tokens are gone, its access tokens stop
 * in every server process within seconds. Answers how many grants ended.
 */
export async function withdrawApp(
  { sql, artifacts }: { sql: Sql; artifacts: Artifacts },
  subject: string,
  client: string,
): Promise<number> {
  const grants = await sql<{ id: string }[]>`
    select id from oauth_artifact
    where issuer = 'yba' and model = 'Grant' and payload ->> 'accountId' = ${subject}
      and payload ->> 'clientId' = ${client} and expires > now()`;
  for (const { id } of grants) {
    await revokeTokens(sql, { kind: 'grant', id });
    await artifacts.revoke(id);
  }
  return grants.length;
}
