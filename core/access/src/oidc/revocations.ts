import { outcomeError } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { LONGEST_TOKEN_MS } from './server-secret.ts';

/** What is revoked: all tokens a client has by now, those of one grant, or one token by its jti. */
export type Revoked = { kind: 'client' | 'grant' | 'token'; id: string };

/** What a token says of itself that a revocation may name. `issued` in seconds since 1970. */
export type TokenNames = {
  client: string;
  issued: number;
  grant?: string | undefined;
  jti?: string | undefined;
};

/** Which tokens are revoked, known to this process without asking the database at each request. */
export type Revocations = {
  /** Throws `login` when the token is. */
  assertValid(token: TokenNames): void;
  /** Begins to follow what is revoked. Resolves when all is known; answers how to stop. */
  follow(onError: (error: unknown) => void): Promise<() => Promise<void>>;
};

const CHANNEL = 'token_revocation';

/** How often a process asks what it may not have been told, in ms. */
const POLL_MS = 5_000;

/** Asked about a little more than the time since the last asking, since commits come late. */
const OVERLAP = '15 seconds';

/** Revokes, in every server process within seconds: at once by a notice, and by their asking should one be lost. */
export async function revokeTokens(sql: Sql, { kind, id }: Revoked): Promise<void> {
  await sql`
    insert into token_revocation (kind, id, expires) values (${kind}, ${id}, now() + make_interval(secs => ${LONGEST_TOKEN_MS / 1000}))
    on conflict (kind, id) do update set at = now(), expires = excluded.expires, changed = clock_timestamp()`;
  await sql`select pg_notify(${CHANNEL}, ${`${kind} ${id}`})`;
}

/** Removes what no living token needs. */
export async function sweepRevocations(sql: Sql): Promise<void> {
  await sql`delete from token_revocation where expires < now()`;
}

type Row = Revoked & { at: Date; expires: Date };

export function revocations(sql: Sql): Revocations {
  /** When each was revoked and until when that counts, in ms; by kind and id. */
  const revoked = new Map<string, { at: number; expires: number }>();
  let all = true;

  async function ask(): Promise<void> {
    const rows = await sql<Row[]>`
      select kind, id, at, expires from token_revocation
      where ${all ? sql`expires > now()` : sql`changed > now() - ${OVERLAP}::interval`}`;
    all = false;
    for (const { kind, id, at, expires } of rows)
      revoked.set(`${kind} ${id}`, { at: at.getTime(), expires: expires.getTime() });
    for (const [name, { expires }] of revoked) if (expires < Date.now()) revoked.delete(name);
  }

  /** What is told counts from this moment on; the database tells the rest of it. */
  const hear = (told: string) => {
    const now = Date.now();
    if (told !== '') revoked.set(told, { at: now, expires: now + LONGEST_TOKEN_MS });
    return ask();
  };

  return {
    assertValid({ client, issued, grant, jti }) {
      if (revoked.size === 0) return;
      const until = revoked.get(`client ${client}`)?.at;
      // to the second, as tokens tell it
      const shutOut = until !== undefined && issued <= Math.floor(until / 1000);
      if (shutOut || revoked.has(`grant ${grant}`) || revoked.has(`token ${jti}`))
        throw outcomeError('login', 'The access token was revoked; sign in again');
    },
    async follow(onError) {
      // told again whenever the connection comes back: what was said meanwhile is asked for whole
      const again = () => {
        all = true;
        ask().catch(onError);
      };
      const { unlisten } = await sql.listen(CHANNEL, (told) => void hear(told).catch(onError), again);
      await ask();
      const poll = setInterval(() => void ask().catch(onError), POLL_MS);
      poll.unref();
      return async () => {
        clearInterval(poll);
        await unlisten();
      };
    },
  };
}
