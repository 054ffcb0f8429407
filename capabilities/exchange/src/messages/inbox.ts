import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { AccessEvent } from '@yba/fhir';
import { arrayText, toOutcome } from '@yba/postgres';
import type { MessageDesk } from '../desk.ts';
import { refusal } from './vocabulary.ts';

/** A message on its way into the inbox. */
export type Arriving = {
  id: string;
  /** The number of the sender's facility, and of its client in message_sender. */
  facility: number;
  sender: number;
  event: number;
  identifier: string;
  content: string;
  document?: string;
  lanes: readonly string[];
  /** Decompressed, as sent. */
  bytes: Buffer;
  access: AccessEvent;
};

type Waiting = { message: Arriving; body: Buffer; done: () => void; failed: (error: unknown) => void };

/** Most messages, and most bytes of compressed bodies, in one commit. */
const TOGETHER = { messages: 64, bytes: 8 * 1024 * 1024 };

/** Messages waiting for a commit beyond this many are refused before anything is taken. */
const WAITING_MAX = 2_000;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** A body as it was sent. */
export const opened = (body: Buffer): Promise<Buffer> => decompress(body);

/**
 * Takes messages in, several in one commit: what arrives while one is under way goes with the next. `take` resolves once
 * the message is durable, also when it was before. Throws `business-rule` when its id was used for other content, and
 * `transient` when too many wait.
 */
export function createInbox({ writer, audit }: Pick<MessageDesk, 'writer' | 'audit'>): {
  take(message: Arriving): Promise<void>;
} {
  const waiting: Waiting[] = [];
  let busy = false;

  const run = async () => {
    while (waiting.length > 0) await takeGroup(nextGroup(waiting), { writer, audit });
    busy = false;
  };

  return {
    async take(message) {
      if (waiting.length >= WAITING_MAX)
        throw refusal('transient', [
          'Hộp thư đang nhận quá nhiều; hãy gửi lại sau ít giây.',
          'More arrives than can be taken in; send again shortly.',
        ]);
      const body = await compress(message.bytes);
      await new Promise<void>((done, failed) => {
        waiting.push({ message, body, done, failed });
        if (busy) return;
        busy = true;
        setImmediate(() => void run()); // what arrives in the same turn of the loop goes along
      });
    },
  };
}

function nextGroup(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  while (count < waiting.length && count < TOGETHER.messages) {
    bytes += waiting[count]!.body.length;
    if (count > 0 && bytes > TOGETHER.bytes) break;
    count++;
  }
  return waiting.splice(0, count);
}

/** Commits a group and tells each of it; a group that cannot be is tried one by one, so that none pays for another. */
async function takeGroup(
  group: readonly Waiting[],
  desk: Pick<MessageDesk, 'writer' | 'audit'>,
): Promise<void> {
  try {
    const kept = await keep(
      desk,
      group.map(({ message, body }) => ({ ...message, body })),
    );
    for (const { message, done, failed } of group) {
      if (kept.get(message.id) === message.content) done();
      else failed(usedBefore());
    }
  } catch (error) {
    if (group.length === 1) return group[0]!.failed(toOutcome(error));
    for (const one of group) await takeGroup([one], desk);
  }
}

const usedBefore = () =>
  refusal(
    'business-rule',
    [
      'Mã thông điệp này đã dùng cho nội dung khác; hãy dùng mã mới cho nội dung mới.',
      'This message id was used for other content; use a new id for new content.',
    ],
    'Bundle.identifier.value',
  );

type Body = { body: Buffer };

/** Puts the messages into the inbox that are not there yet; answers the content kept under each id. */
async function keep(
  { writer, audit }: Pick<MessageDesk, 'writer' | 'audit'>,
  arriving: readonly (Arriving & Body)[],
): Promise<Map<string, string>> {
  const messages = [...new Map(arriving.toReversed().map((one) => [one.id, one])).values()].toReversed();
  const ids = messages.map(({ id }) => id).sort(); // one order for all, so they wait instead of deadlocking
  const facilities = [...new Set(messages.map(({ facility }) => facility))];
  const lanes = messages.flatMap(({ id, lanes: own }) => own.map((lane) => ({ id, lane })));
  const text = (value: (one: Arriving & Body) => string | number | null) => arrayText(messages, value);
  return (await writer.begin(async (db) => {
    // the look-up must not see the inbox as it was before the locks: statements of their own
    const [, , , known] = await Promise.all([
      db`select set_config('yba.facilities', ${`{${facilities.join(',')}}`}, true)`,
      db`select pg_advisory_xact_lock(hashtextextended(id, 41)) from unnest(${arrayText(ids, (id) => id)}::text[]) as id`,
      db`
        with input as (
          select * from unnest(${text(({ id }) => id)}::uuid[], ${text(({ facility }) => facility)}::int[],
            ${text(({ sender }) => sender)}::int[], ${text(({ bytes }) => bytes.length)}::int[],
            ${text(({ event }) => event)}::smallint[], ${text(({ content }) => content)}::uuid[],
            ${text(({ document }) => document ?? null)}::uuid[], ${text(({ identifier }) => identifier)}::text[],
            ${text(({ body }) => body.toString('hex'))}::text[]) with ordinality
            as input (id, facility, sender, size, event, content, document, identifier, body, n)),
        fresh as (
          insert into message (id, seq, facility, sender, size, event, content, document, identifier)
          select id, nextval('message_seq'), facility, sender, size, event, content, document, identifier
          from input where not exists (select from message known where known.id = input.id) order by n
          returning id, received, seq, facility),
        bodies as (
          insert into message_body (id, received, facility, body)
          select id, received, fresh.facility, decode(body, 'hex') from fresh join input using (id)),
        queued as (
          insert into message_queue (seq, id, received, facility) select seq, id, received, facility from fresh)
        insert into message_lane (lane, seq, facility)
        select lane, seq, facility from fresh
        join unnest(${arrayText(lanes, ({ id }) => id)}::uuid[], ${arrayText(lanes, ({ lane }) => lane)}::bigint[])
          as lane (id, lane) using (id)`,
      db<{ id: string; content: string }[]>`
        select id, content from message where id = any(${arrayText(ids, (id) => id)}::uuid[])`,
      audit.write(
        db,
        arriving.map(({ access }) => access),
      ),
    ]);
    return new Map(known.map(({ id, content }) => [id, content]));
  })) as Map<string, string>;
}
