import { setTimeout as sleep } from 'node:timers/promises';
import { buildPushPayload } from '@block65/webcrypto-web-push';
import { stillToCome } from '@yba/postgres';
import type { ReferralOptions } from '../options.ts';
import { openSubscription, sealOldSubscriptions } from './sealed-subscription.ts';

/** How many devices one turn tells, and how many at a time. */
const AT_ONCE = 100;
const TOGETHER = 10;
/** A device that was taken up and not told by then (the process died) is taken up again, in s. */
const LEASE_S = 60;
/** The push service keeps a message this long for a device that is off, in s: three days. */
const TTL_S = 3 * 24 * 60 * 60;
/** Waits between attempts in s, doubling up to six hours; after ATTEMPTS_MOST the news is left to the book itself. */
const FIRST_WAIT_S = 30;
const LONGEST_WAIT_S = 6 * 60 * 60;
const ATTEMPTS_MOST = 14;
const TURN_MS = 2_000;

/**
 * What a device shows: that there is news, nothing else. The push service and whoever holds the locked phone learn nothing
 * of health, hospital or person.
 */
export const PUSH_WORDS = {
  vi: { title: 'Sổ sức khỏe', body: 'Bạn có tin mới trong sổ sức khỏe. Mở sổ để xem.' },
  en: { title: 'Health book', body: 'You have news in your health book. Open it to read.' },
} as const;

type Due = {
  id: string;
  sealed: string;
  language: 'vi' | 'en';
  asked: string;
  attempts: number;
};

/**
 * Tells every device whose owner has news that it was not told of: once, again and again with growing waits while the push
 * service does not take it, never after the service said that the subscription is gone. Answers how many were told.
 * Sources: https://www.rfc-editor.org/rfc/rfc8030, rfc8291 (encryption), rfc8292 (VAPID)
 */
export async function sendPushes(options: ReferralOptions): Promise<number> {
  const due = await options.sql<Due[]>`
    update push_subscription s set attempts = s.attempts + 1, next_try = now() + make_interval(secs => ${LEASE_S})
    where s.id = any(
      select id from push_subscription where asked > told and subscription_sealed is not null
        and not ${stillToCome(options.sql, options.sql`next_try`, 2 * LONGEST_WAIT_S)}
      order by next_try limit ${AT_ONCE} for update skip locked)
    returning id, subscription_sealed as sealed, language, asked::text, attempts`;
  let told = 0;
  for (let index = 0; index < due.length; index += TOGETHER) {
    const outcomes = await Promise.all(due.slice(index, index + TOGETHER).map((one) => tell(options, one)));
    told += outcomes.filter(Boolean).length;
  }
  return told;
}

async function tell(options: ReferralOptions, device: Due): Promise<boolean> {
  const { sql } = options;
  const answer = await send(options, device);
  if (answer.kind === 'told') {
    await sql`
      update push_subscription set told = greatest(told, ${device.asked}::bigint), attempts = 0, next_try = now(), last_told = now()
      where id = ${device.id}`;
    return true;
  }
  if (answer.kind === 'gone') await sql`delete from push_subscription where id = ${device.id}`;
  else if (device.attempts >= ATTEMPTS_MOST)
    await sql`update push_subscription set told = ${device.asked}::bigint, attempts = 0 where id = ${device.id}`;
  else {
    const waitS = answer.retryAfterS ?? Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (device.attempts - 1));
    await sql`
      update push_subscription set next_try = now() + make_interval(secs => ${waitS})
      where id = ${device.id} and attempts = ${device.attempts}`;
  }
  return false;
}

type Outcome = { kind: 'told' | 'gone' | 'failed'; retryAfterS?: number };

async function send({ push }: ReferralOptions, device: Due): Promise<Outcome> {
  const keys = await push.keys();
  try {
    const { endpoint, p256dh, auth } = openSubscription(push.secrets, device);
    const { method, headers, body } = await buildPushPayload(
      { data: PUSH_WORDS[device.language], options: { ttl: TTL_S, topic: 'news', urgency: 'normal' } },
      { endpoint, expirationTime: null, keys: { p256dh, auth } },
      { subject: push.contact, ...keys },
    );
    const answer = await push.fetch(endpoint, { method, headers, body });
    if (answer.ok) return { kind: 'told' };
    // 400 and 403: the subscription was made for another key or is malformed; it never becomes better
    if ([400, 403, 404, 410].includes(answer.status)) return { kind: 'gone' };
    const retryAfterS = Number(answer.headers.get('retry-after') ?? NaN);
    return {
      kind: 'failed',
      ...(retryAfterS > 0 ? { retryAfterS: Math.min(retryAfterS, LONGEST_WAIT_S) } : {}),
    };
  } catch {
    return { kind: 'failed' }; // no answer, or an address that may not be called
  }
}

/** Tells devices as news comes, until stopped. Answers how to stop. */
export function runPushes(
  options: ReferralOptions,
  onError: (error: unknown, doing: string) => void,
): () => Promise<void> {
  const end = new AbortController();
  const running = (async () => {
    await sealOldSubscriptions(options.sql, options.push.secrets).catch((error: unknown) =>
      onError(error, 'sealing what devices are told by'),
    );
    while (!end.signal.aborted) {
      await sendPushes(options).catch((error: unknown) => onError(error, 'telling devices of news'));
      await sleep(TURN_MS, undefined, { signal: end.signal, ref: false }).catch(() => {});
    }
  })();
  return async () => {
    end.abort();
    await running;
  };
}
