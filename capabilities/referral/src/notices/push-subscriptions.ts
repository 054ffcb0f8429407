import { randomUUID } from 'node:crypto';
import { conflict, forbidden, invalid, outcomeError, type Context } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { parametersOf, type ReferralOptions } from '../options.ts';
import { endpointHash, openSubscription, sealSubscription } from './sealed-subscription.ts';

const DEVICES_MOST = 10;
const at = (name: string) => `Parameters.parameter.where(name='${name}')`;

/**
 * Web Push of a citizen's own news, device by device, asked for and ended by the citizen: `GET Patient/$push` (the server's
 * key and the devices), `POST Patient/$push-subscribe` (`endpoint`, `p256dh`, `auth`, `language`, `device`), `POST
 * Patient/$push-unsubscribe` (`id`, or `endpoint`). Source: https://www.rfc-editor.org/rfc/rfc8030, https://www.w3.org/TR/push-api/
 */
export function pushOperations(options: ReferralOptions): Operation[] {
  const on = { type: 'Patient' };
  const limit = { perMinute: 30, burst: 30 };
  return [
    { code: 'push', on, methods: ['GET'], limit, handle: ({ context }) => devices(options, context) },
    {
      code: 'push-subscribe',
      on,
      methods: ['POST'],
      limit,
      handle: (request) => subscribe(options, request),
    },
    {
      code: 'push-unsubscribe',
      on,
      methods: ['POST'],
      limit,
      handle: (request) => unsubscribe(options, request),
    },
  ];
}

/** The person key of a citizen whose account may read referrals. Throws `forbidden`. */
async function ownPerson({ decide }: ReferralOptions, context: Context): Promise<string> {
  const { role, person } = context.caller;
  if (role !== 'citizen' || !person)
    throw forbidden({
      en: 'A device is told of news of its owner’s own health book, from that book',
      vi: 'Chỉ bật được thông báo cho sổ của chính mình, từ sổ đó.',
    });
  await decide(context, { action: 'read', types: ['Task'] });
  return person;
}

async function devices(options: ReferralOptions, context: Context): Promise<OperationResponse> {
  const person = await ownPerson(options, context);
  const rows = await options.sql<
    { id: string; sealed: string; device: string; agreed: Date; last_told: Date | null }[]
  >`
    select id, subscription_sealed as sealed, device, agreed, last_told from push_subscription
    where person = any(yba_person_keys(${person})) and subscription_sealed is not null order by agreed`;
  const { publicKey } = await options.push.keys();
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'publicKey', valueString: publicKey },
        ...rows.map(({ id, sealed, device, agreed, last_told }) => ({
          name: 'device',
          part: [
            { name: 'id', valueString: id },
            { name: 'endpoint', valueUri: openSubscription(options.push.secrets, { id, sealed }).endpoint },
            { name: 'name', valueString: device },
            { name: 'agreed', valueInstant: agreed.toISOString() },
            ...(last_told ? [{ name: 'lastTold', valueInstant: last_told.toISOString() }] : []),
          ],
        })),
      ],
    },
  };
}

async function subscribe(
  options: ReferralOptions,
  { context, body }: OperationRequest,
): Promise<OperationResponse> {
  const person = await ownPerson(options, context);
  const given = parametersOf(body);
  const endpoint = given.all('endpoint')[0]?.valueUri ?? given.text('endpoint') ?? '';
  if (URL.parse(endpoint)?.protocol !== 'https:' || endpoint.length > 1_000)
    throw invalid(at('endpoint'), 'endpoint is the https address that the browser’s push service gave');
  const [p256dh, auth] = [given.text('p256dh') ?? '', given.text('auth') ?? ''];
  if (!/^[A-Za-z0-9_-]{87}=?$/.test(p256dh))
    throw invalid(at('p256dh'), 'p256dh is the browser’s public key: 65 bytes in base64url');
  if (!/^[A-Za-z0-9_-]{22}=?=?$/.test(auth))
    throw invalid(at('auth'), 'auth is the browser’s authentication secret: 16 bytes in base64url');
  const language = given.text('language') ?? 'vi';
  if (language !== 'vi' && language !== 'en') throw invalid(at('language'), 'language is vi or en');
  const device = given.text('device') ?? '';
  if (device.length > 100)
    throw outcomeError('too-long', 'device takes at most 100 characters', at('device'));
  const [id, hash] = [randomUUID(), endpointHash(endpoint)];
  const sealed = sealSubscription(options.push.secrets, id, { endpoint, p256dh, auth });
  await options.sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(hashtext('push_subscription'), hashtext(${person}))`;
    // a browser that changes hands belongs to whoever asks now: the owner before is told nothing there any more
    await transaction`delete from push_subscription where endpoint_hash = ${hash}`;
    const [{ count } = { count: 0 }] = await transaction<{ count: number }[]>`
      select count(*)::int as count from push_subscription where person = ${person}`;
    if (count >= DEVICES_MOST)
      throw conflict({
        en: `At most ${DEVICES_MOST} devices are told; end one that is no longer used`,
        vi: `Nhiều nhất ${DEVICES_MOST} thiết bị nhận thông báo; hãy tắt một thiết bị không còn dùng.`,
      });
    await transaction`
      insert into push_subscription (id, person, endpoint_hash, subscription_sealed, language, device, asked, told)
      select ${id}, ${person}, ${hash}, ${sealed}, ${language}, ${device}, newest, newest
      from (select coalesce(max(id), 0) as newest from notice)`;
  });
  return { ...(await devices(options, context)), status: 201 };
}

async function unsubscribe(
  options: ReferralOptions,
  { context, body }: OperationRequest,
): Promise<OperationResponse> {
  const person = await ownPerson(options, context);
  const given = parametersOf(body);
  const [id, endpoint] = [
    given.text('id') ?? '',
    given.all('endpoint')[0]?.valueUri ?? given.text('endpoint') ?? '',
  ];
  await options.sql`
    delete from push_subscription where person = any(yba_person_keys(${person})) and (id::text = ${id} or endpoint_hash = ${endpointHash(endpoint)})`;
  return devices(options, context);
}
