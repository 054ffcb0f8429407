import type { Sql, Transaction } from '@yba/postgres';
import { provedBy, type Proof } from '../accounts/proof.ts';
import { takenSessions } from './taken-sessions.ts';
import { tellHere, telling } from './session-news.ts';

/** A stay of a person at one facility in one browser, as tokens name it. `facility` is the number of its code. */
export type SignInSession = {
  id: string;
  browser: string | null;
  account: string;
  facility: number | null;
  client: string;
  methods: string[];
  address: string;
  agent: string;
  started: Date;
  active: Date;
  locked: Date | null;
  /** Which change of it this is: its lock, its owner's entering. */
  change: string;
};

/** What begins a session. `methods` are those of RFC 8176: pwd, otp, hwk. */
export type NewSession = Pick<
  SignInSession,
  'account' | 'facility' | 'client' | 'methods' | 'address' | 'agent'
>;

/**
 * Stores a session that begins; it counts once its browser is bound to it. Answers its id; undefined when what proved the person
 * holds no more: a new password, or a reset, ends what the former one began, also what was on its way.
 */
export async function beginSession(
  sql: Sql,
  { account, facility, client, methods, address, agent }: NewSession,
  proof?: Proof,
): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    insert into sign_in_session (account, facility, client, methods, address, agent)
    select a.id, ${facility}::int, ${client}, ${methods}::text[], ${address.slice(0, 64)}, ${agent.slice(0, 300)}
    from ${provedBy(sql, account, proof)} for share
    returning id`;
  return row?.id;
}

/**
 * Goes on at another facility in the same browser: one session ends and the next begins at once, so that whoever ends the sessions
 * of the account meanwhile ends either. Answers false, and changes nothing, when the session is over. `within` belongs to it.
 */
export async function switchSession(
  sql: Sql,
  id: string,
  facility: number | null,
  within: (db: Transaction) => Promise<void>,
): Promise<boolean> {
  const switched = await sql.begin(async (transaction) => {
    await transaction`select from account where id = (select account from sign_in_session where id = ${id}) for share`;
    const ended = await transaction`
      with left_one as (
        update sign_in_session set ended = now(), end_reason = 'switched', changed = clock_timestamp()
        where id = ${id} and ended is null and browser is not null returning *),
      next as (
        insert into sign_in_session (browser, account, facility, client, methods, address, agent)
        select browser, account, ${facility}::int, client, methods, address, agent from left_one)
      select ${telling(transaction, 'ended')} from left_one`;
    if (ended.length === 0) return false;
    await within(transaction);
    return true;
  });
  if (switched) tellHere(sql, [{ id }], 'ended');
  return switched;
}

/**
 * Binds a session that has begun to the browser (the uid of the OpenID session) that came back with it, once; whatever
 * was open in that browser before is over.
 */
export async function bindSession(sql: Sql, id: string, browser: string): Promise<void> {
  const { count } = await sql`
    update sign_in_session set browser = ${browser} where id = ${id} and browser is null and ended is null`;
  if (count === 0) return;
  await sql`
    with ${takenSessions(sql, sql`browser = ${browser} and id <> ${id} and ended is null`)},
    ended as (
      update sign_in_session s set ended = now(), end_reason = 'replaced', changed = clock_timestamp()
      from taken where s.id = taken.id returning s.id)
    select ${telling(sql, 'ended')} from ended`;
}

/** The session open in a browser; undefined when there is none (any more). */
export async function sessionOfBrowser(sql: Sql, browser: string): Promise<SignInSession | undefined> {
  const [session] = await sql<SignInSession[]>`
    select ${columns(sql)} from sign_in_session where browser = ${browser} and ended is null order by started desc limit 1`;
  return session;
}

/** The open session with this id. */
export async function findSession(sql: Sql, id: string): Promise<SignInSession | undefined> {
  const [session] = await sql<SignInSession[]>`
    select ${columns(sql)} from sign_in_session where id = ${id} and ended is null`;
  return session;
}

/** Where an account is signed in, the newest first. */
export function openSessions(sql: Sql, account: string): Promise<SignInSession[]> {
  return sql<SignInSession[]>`
    select ${columns(sql)} from sign_in_session where account = ${account} and ended is null and browser is not null
    order by started desc limit 100`;
}

/** Notes that its person works at the screen. */
export async function noteActive(sql: Sql, id: string): Promise<void> {
  await sql`update sign_in_session set active = now() where id = ${id} and ended is null and locked is null`;
}

/**
 * Locks a session: its tokens open nothing until the same person enters again. False when it is locked already, or over, or
 * was changed after the moment `asOf` (`SignInSession.change`): a lock that was long on its way does not cover its owner,
 * who entered meanwhile, once more.
 */
export async function lockSession(sql: Sql, id: string, asOf?: string): Promise<boolean> {
  const rows = await sql<{ id: string }[]>`
    with changed as (
      update sign_in_session set locked = now(), changed = clock_timestamp()
      where id = ${id} and ended is null and locked is null
        and (${asOf ?? null}::bigint is null or ${change(sql)} = ${asOf ?? null}::bigint)
      returning id)
    select id, ${telling(sql, 'locked')} from changed`;
  tellHere(sql, rows, 'locked');
  return rows.length > 0;
}

/** Its person has entered again: opens the session if it is locked, and tells the change that this is. Undefined when it is over. */
export async function enterSession(
  sql: Sql | Transaction,
  id: string,
): Promise<{ wasLocked: boolean; change: string } | undefined> {
  const [row] = await (sql as Sql)<{ wasLocked: boolean; change: string }[]>`
    with before as (select id, locked from sign_in_session where id = ${id} and ended is null for update),
    changed as (
      update sign_in_session s set locked = null, active = now(), changed = clock_timestamp()
      from before where s.id = before.id returning s.id, s.changed, before.locked is not null as was_locked)
    select was_locked as "wasLocked", ${change(sql as Sql)}::text as change, ${telling(sql as Sql, 'open')} from changed`;
  return row;
}

/** The moment of the last change, in microseconds. */
const change = (sql: Sql) => sql`(extract(epoch from changed) * 1000000)::bigint`;

/**
 * Locks the sessions of `client` whose person has not been at the screen for so long; answers them. One that was there at a
 * moment that has not come was so by a clock that was ahead: nobody can tell since when it is alone.
 */
export async function lockIdle(sql: Sql, client: string, idleMinutes: number): Promise<SignInSession[]> {
  return sql<SignInSession[]>`
    with ${takenSessions(
      sql,
      sql`ended is null and locked is null and client = ${client}
        and active not between now() - make_interval(mins => ${idleMinutes}) and now() + interval '1 minute'`,
    )},
    changed as (
      update sign_in_session s set locked = now(), changed = clock_timestamp()
      from taken where s.id = taken.id returning s.*)
    select ${columns(sql)}, ${telling(sql, 'locked')} from changed`;
}

/** Ends sessions whose browser session and refresh tokens have all expired, and forgets those that ended 400 days ago. */
export async function sweepSessions(sql: Sql): Promise<void> {
  await sql`
    with ${takenSessions(
      sql,
      sql`ended is null and started < now() - interval '2 hours'
        and not exists (select from oauth_artifact a where a.issuer = 'yba' and a.expires > now()
          and (a.model = 'Session' and a.uid = s.browser or a.model = 'RefreshToken' and a.payload->>'sessionUid' = s.browser))`,
    )}
    update sign_in_session s set ended = now(), end_reason = 'expired', changed = clock_timestamp()
    from taken where s.id = taken.id`;
  await sql`delete from sign_in_session where ended < now() - interval '400 days'`;
}

function columns(sql: Sql) {
  return sql`id, browser, account, facility, client, methods, address, agent, started, active, locked,
    ${change(sql)}::text as change`;
}
