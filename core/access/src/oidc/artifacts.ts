import { createHash } from 'node:crypto';
import type { Sql } from '@yba/postgres';
import { errors, type Adapter } from 'oidc-provider';
import { removeArtifacts } from './remove-artifacts.ts';

type Row = { payload: Record<string, unknown>; consumed: Date | null };

/** Where an issuer keeps its artifacts; one table for all issuers and models, so several server processes agree. */
export type Artifacts = {
  /** The adapter oidc-provider asks for, by model name. */
  adapter(model: string): Adapter;
  /** Removes an artifact and answers it: of two that ask at the same moment one gets it. */
  take(model: string, id: string): Promise<Record<string, unknown> | undefined>;
  /** Removes everything issued under a grant, refresh tokens and codes included. */
  revoke(grantId: string): Promise<void>;
  /** Whose a grant was under which this process removed something, once: whoever takes it tells of it. */
  takeHolder(grantId: string): string | undefined;
  /** Removes what has expired; answers how many rows. */
  sweep(): Promise<number>;
};

/** So many holders of revoked grants are remembered, for what is told of the revocation. */
const REMEMBERED = 1_000;

/** A code or refresh token that somebody else used at the same moment: one of the two stole it. */
export class UsedTwice extends errors.InvalidGrant {
  readonly grant: string;

  constructor(grant: string) {
    super('already used');
    this.grant = grant;
  }
}

/** What opens something by its id alone lies under the hash of that. (A session's cookie is signed besides.) */
const HASHED: ReadonlySet<string> = new Set(['AuthorizationCode', 'RefreshToken', 'Launch']);

/** Artifacts of one issuer in PostgreSQL. A code or refresh token marked as used stays until it expires, so that replay is seen. */
export function artifacts(sql: Sql, issuer: 'yba' | 'vneid'): Artifacts {
  const one = async (rows: Promise<Row[]>) => {
    const [row] = await rows;
    if (!row) return undefined;
    return row.consumed
      ? { ...row.payload, consumed: Math.floor(row.consumed.getTime() / 1000) }
      : row.payload;
  };
  const holders = new Map<string, string>();
  const revoke = async (grantId: string) => {
    const held = await removeArtifacts(sql, sql`issuer = ${issuer} and grant_id = ${grantId}`);
    const account = held.find((each) => each.account !== null)?.account;
    if (account) {
      if (holders.size >= REMEMBERED) holders.clear();
      holders.set(grantId, account);
    }
    await sql`delete from oauth_artifact where issuer = ${issuer} and model = 'Grant' and id = ${grantId}`;
  };
  return {
    revoke,
    takeHolder(grantId) {
      const holder = holders.get(grantId);
      holders.delete(grantId);
      return holder;
    },
    async take(model, id) {
      const [row] = await sql<Row[]>`
        delete from oauth_artifact where issuer = ${issuer} and model = ${model} and id = ${id}
        returning case when expires is null or expires > now() then payload end as payload`;
      return row?.payload ?? undefined;
    },
    async sweep() {
      return (await removeArtifacts(sql, sql`expires < now()`)).length;
    },
    adapter: (model) => adapterOf(model),
  };

  async function usedTwice(model: string, key: string): Promise<UsedTwice | undefined> {
    const [row] = await sql<{ grant: string }[]>`
      select grant_id as grant from oauth_artifact
      where issuer = ${issuer} and model = ${model} and id = ${key} and grant_id is not null`;
    return row && new UsedTwice(row.grant);
  }

  function adapterOf(model: string): Adapter {
    const hashed = HASHED.has(model);
    const keyOf = (id: string) => (hashed ? createHash('sha256').update(id).digest('base64url') : id);
    const whole = (id: string, payload: Record<string, unknown> | undefined) =>
      payload && hashed ? { ...payload, jti: id } : payload;
    return {
      async upsert(id, { jti, ...rest }, expiresIn) {
        const payload = hashed || jti === undefined ? rest : { jti, ...rest };
        const expires = expiresIn === undefined ? null : new Date(Date.now() + expiresIn * 1000);
        const grant = (payload.grantId as string | undefined) ?? null;
        const uid = model === 'Session' ? (payload.uid as string) : null;
        const { count } = await sql`
          insert into oauth_artifact (issuer, model, id, payload, grant_id, uid, expires)
          values (${issuer}, ${model}, ${keyOf(id)}, ${sql.json(payload as never)}, ${grant}, ${uid}, ${expires})
          on conflict (issuer, model, id) do update
            set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, expires = excluded.expires
            where ${model !== 'ReplayDetection'} or oauth_artifact.expires <= now()`;
        // two processes may have found it unused at the same moment: only one may go on
        if (count === 0) throw new errors.InvalidClientAuth('client assertion tokens must only be used once');
      },
      async find(id) {
        const found = await one(sql<Row[]>`
          select payload, consumed from oauth_artifact
          where issuer = ${issuer} and model = ${model} and id = ${keyOf(id)} and (expires is null or expires > now())`);
        return whole(id, found);
      },
      findByUid: (uid) =>
        one(sql<Row[]>`
        select payload, consumed from oauth_artifact
        where issuer = ${issuer} and model = ${model} and uid = ${uid} and (expires is null or expires > now())`),
      findByUserCode: async () => undefined,
      async consume(id) {
        const { count } = await sql`
          update oauth_artifact set consumed = now()
          where issuer = ${issuer} and model = ${model} and id = ${keyOf(id)} and consumed is null`;
        // two requests may have found it unused at the same moment: only one may go on
        if (count === 0) throw (await usedTwice(model, keyOf(id))) ?? new errors.InvalidGrant('not found');
      },
      async destroy(id) {
        await sql`delete from oauth_artifact where issuer = ${issuer} and model = ${model} and id = ${keyOf(id)}`;
      },
      revokeByGrantId: revoke,
    };
  }
}
