import { containing, type Transaction } from '@yba/postgres';
import { lookKey } from '../audit-event.ts';

/**
 * Erases the typed words of one look by order of the law: their digest stays, so that the tree holds and nobody can
 * tell the words from it. Answers the person concerned; undefined when there is no such look, or it has no words.
 * `db` is the owner's: no role of the server may do this.
 */
export async function eraseReason(
  db: Transaction,
  event: string,
): Promise<{ person: string | null } | undefined> {
  const key = lookKey(event);
  if (!key) return undefined;
  const [row] = await db<{ person: string | null }[]>`
    update access_log
    set reason_digest = decode(yba_reason_digest(reason, reason_salt, reason_digest), 'hex'), reason = null, reason_salt = null
    where at >= ${key.at} and at < ${key.at}::timestamptz + interval '1 millisecond' and id = ${key.id} and reason is not null
    returning person`;
  return row;
}

/** Erases, in the same way, the typed words of every look that hold one of these strings; answers of how many. */
export async function eraseReasonsWith(db: Transaction, strings: readonly string[]): Promise<number> {
  const { count } = await db`
    update access_log
    set reason_digest = decode(yba_reason_digest(reason, reason_salt, reason_digest), 'hex'), reason = null, reason_salt = null
    where reason like any(${containing(strings)})`;
  return count;
}
