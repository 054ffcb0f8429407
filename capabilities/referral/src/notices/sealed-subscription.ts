import { createHash } from 'node:crypto';
import type { SecretSeal, Sql } from '@yba/postgres';

/** Where and how a device is told, as its browser gave it: base64url keys. Source: https://www.w3.org/TR/push-api/ */
export type PushSubscription = { endpoint: string; p256dh: string; auth: string };

const purposeOf = (id: string) => `push ${id}`;

/** The sealed text of a subscription; `id` is its row's. */
export function sealSubscription(secrets: SecretSeal, id: string, subscription: PushSubscription): string {
  return secrets.seal(JSON.stringify(subscription), purposeOf(id));
}

/** What was sealed. Throws when the key is not there, or when the text was changed or is another row's. */
export function openSubscription(
  secrets: SecretSeal,
  { id, sealed }: { id: string; sealed: string },
): PushSubscription {
  return JSON.parse(secrets.open(sealed, purposeOf(id))) as PushSubscription;
}

/** What a subscription is found by: its address is long and random, so that its hash tells nothing. */
export const endpointHash = (endpoint: string): Buffer => createHash('sha256').update(endpoint).digest();

/**
 * Seals what a release before kept in the clear, and lets go of rows whose secret was given up with a lost key
 * (`yba admin keys forget`). Answers how many were sealed.
 */
export async function sealOldSubscriptions(sql: Sql, secrets: SecretSeal): Promise<number> {
  await sql`delete from push_subscription where subscription_sealed is null and endpoint is null`;
  const old = await sql<(PushSubscription & { id: string })[]>`
    select id, endpoint, p256dh, auth from push_subscription where endpoint is not null`;
  for (const { id, ...subscription } of old) {
    const sealed = sealSubscription(secrets, id, subscription);
    await sql`
      update push_subscription set subscription_sealed = ${sealed}, endpoint = null, p256dh = null, auth = null where id = ${id}`;
  }
  return old.length;
}
