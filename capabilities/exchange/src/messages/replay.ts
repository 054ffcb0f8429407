import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, type Issue, operationOutcome } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { facilityCode } from '@yba/repository';
import type { MessageDesk } from '../desk.ts';
import { inRoom } from '../room.ts';
import { type Due, messageOf, tryMessage } from './file-message.ts';
import { cursorOf, cursorText, filterOf, type LogFilter, logCount, logPage } from './log-query.ts';
import { findersOf, withoutQuotes } from './message-log.ts';
import { logOperator, operatorReach, type OperatorReach, parametersOf, seesQuotes } from './operators.ts';
import { asFacility } from './task.ts';
import { codeOf, type MessageState, refusal, STATES } from './vocabulary.ts';
import { aboutOf } from './what-it-is-about.ts';

/** Most messages of one replay; the rest follow with the next. */
const MOST = 100;
const AT_ONCE = 4;

/**
 * What replaying a message would do: `filed`; `duplicate` (it is in the record as it is); `refused`; `waiting` (it is in
 * the queue: replaying tries it at once); `gone` (its body is kept no longer).
 */
type Effect = 'filed' | 'duplicate' | 'refused' | 'waiting' | 'gone';

type Candidate = Due & { state: number; waiting: boolean; kept: boolean };
type Forecast = { candidate: Candidate; effect: Effect; issues: readonly Issue[] };

/**
 * `POST $replay-messages`: files messages again, or with `preview` says what that would do and changes nothing. Which:
 * `message` (ids of the log, at most 100), or a filter as `$message-log` takes it, with `state`: then the newest 100, how many
 * there are in all (`total`, of the first), and `next`, to go on with as `page` until there is none. Needs a `reason` of two
 * words, which the access log keeps. Safe by idempotency: what is filed already, or was followed by a later message about
 * the same document, changes nothing.
 */
export function replayMessages(desk: MessageDesk, nudge: () => void): Operation {
  return {
    code: 'replay-messages',
    on: { system: true },
    methods: ['POST'],
    limit: { perMinute: 120, burst: 20 },
    async handle(request) {
      const { context } = request;
      const reach = operatorReach(context);
      const said = parametersOf(request);
      const preview = said('preview')[0] === 'true';
      const [reason = ''] = said('reason');
      if (!preview && reason.trim().split(/\s+/).length < 2)
        throw refusal(
          'required',
          ['Hãy nêu lý do ghi lại (ít nhất hai từ).', 'Say why they are replayed, in two words at least.'],
          'reason',
        );
      const { candidates, next, total } = await candidatesOf(desk, reach, said);
      const forecasts = await forecast(desk, candidates);
      const queued = preview ? 0 : await apply(desk, forecasts);
      await logOperator(desk, context, {
        target: '$replay-messages',
        count: preview ? 0 : queued,
        ...(preview ? {} : { reason }),
        detail: { event: preview ? 'replay-preview' : 'replay', messages: String(candidates.length) },
      });
      if (queued > 0) nudge();
      return { resource: answer(context, forecasts, { queued: preview ? undefined : queued, next, total }) };
    },
  };
}

async function candidatesOf(
  desk: MessageDesk,
  reach: OperatorReach,
  said: (name: string) => string[],
): Promise<{ candidates: Candidate[]; next?: string; total?: number }> {
  const named = said('message');
  if (named.length > MOST)
    throw refusal(
      'too-costly',
      [`Tối đa ${MOST} thông điệp mỗi lần.`, `At most ${MOST} messages at once.`],
      'message',
    );
  const filter: LogFilter =
    named.length > 0
      ? { ids: named.filter((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)), ...reach }
      : await filterOf(reach, said, findersOf(desk));
  if (named.length === 0 && !('state' in filter))
    throw refusal(
      'required',
      ['Hãy chọn thông điệp hoặc trạng thái.', 'Name messages, or a state.'],
      'state',
    );
  const [page] = said('page');
  const [found, total] = await Promise.all([
    logPage(desk.owner, filter, cursorOf(page), MOST + 1),
    page === undefined ? logCount(desk.owner, filter) : undefined,
  ]);
  const rows = found.slice(0, MOST);
  if (rows.length === 0) return { candidates: [], total: 0 };
  const keys = rows.map(({ id }) => id);
  const candidates = await desk.owner<Candidate[]>`
    select m.id, m.received::text, m.seq::text, m.content, m.document, m.state, m.size, b.id is not null as kept, true as replay, 0 as attempts,
      exists (select from message_queue q where q.id = m.id) as waiting,
      s.facility, s.client, s.name, s.facility_name, s.scopes
    from message m join message_sender s on s.id = m.sender
    left join message_body b on b.id = m.id and b.received = m.received
    where m.id = any(${keys}::uuid[]) order by m.seq`;
  return {
    candidates,
    ...(found.length > MOST ? { next: cursorText(rows.at(-1)!) } : {}),
    ...(total === undefined ? {} : { total }),
  };
}

/** Tries each: a trial is the filing itself, taken back at its end. */
async function forecast(desk: MessageDesk, candidates: readonly Candidate[]): Promise<Forecast[]> {
  const forecasts: Forecast[] = [];
  for (let at = 0; at < candidates.length; at += AT_ONCE) {
    forecasts.push(
      ...(await Promise.all(candidates.slice(at, at + AT_ONCE).map((one) => forecastOne(desk, one)))),
    );
    await sleep(0); // others' requests go on
  }
  return forecasts;
}

async function forecastOne(desk: MessageDesk, candidate: Candidate): Promise<Forecast> {
  if (candidate.waiting) return { candidate, effect: 'waiting', issues: [] };
  if (!candidate.kept) return { candidate, effect: 'gone', issues: [] };
  const {
    state,
    disposition,
    issues = [],
  } = await inRoom(desk, candidate.size, () => tryMessage(desk, candidate, facilityCode(candidate.facility)));
  if (state === 'refused') return { candidate, effect: 'refused', issues };
  const isThere = disposition === 'duplicate' || codeOf(STATES, candidate.state) === 'filed';
  return { candidate, effect: isThere ? 'duplicate' : 'filed', issues };
}

/** Puts what would be filed into the queue at the place of its receipt; what waits there is due now. Answers how many. */
async function apply(desk: MessageDesk, forecasts: readonly Forecast[]): Promise<number> {
  let queued = 0;
  for (const { candidate, effect } of forecasts) {
    if (effect === 'waiting') queued += await hasten(desk, candidate);
    if (effect === 'filed' || effect === 'refused') queued += await enqueue(desk, candidate);
  }
  return queued;
}

async function hasten({ owner }: MessageDesk, { id }: Candidate): Promise<number> {
  return (await owner`update message_queue set due = now() where id = ${id} and leased is null`).count;
}

const REPLAYED_FROM: readonly MessageState[] = ['refused'];

async function enqueue(desk: MessageDesk, candidate: Candidate): Promise<number> {
  const { owner, writer } = desk;
  const facility = facilityCode(candidate.facility);
  const { lanes } = await inRoom(desk, candidate.size, async () =>
    aboutOf(await messageOf(owner, candidate, facility), facility),
  );
  const { id, received, seq } = candidate;
  let queued = 0;
  await asFacility(writer, facility, async (db) => {
    const { count } = await db`
      update message set state = 1, replays = replays + 1, attempts = 0, settled = null, settled_xid = null, outcome = null
      where id = ${id} and received = ${received}::text::timestamptz
        and state = any(${REPLAYED_FROM.map((state) => STATES.indexOf(state) + 1)}::smallint[])`;
    if (count === 0) return;
    queued = count;
    await db`insert into message_queue (seq, id, received, facility, replay)
      values (${seq}, ${id}, ${received}::text::timestamptz, ${candidate.facility}, true)`;
    await db`insert into message_lane (lane, seq, facility)
      select lane, ${seq}::bigint, ${candidate.facility}::int from unnest(${lanes}::bigint[]) as lane`;
  });
  return queued;
}

function answer(
  { caller }: Context,
  forecasts: readonly Forecast[],
  {
    queued,
    next,
    total,
  }: { queued: number | undefined; next: string | undefined; total: number | undefined },
): object {
  const own = seesQuotes(caller);
  const counts = Object.entries(Object.groupBy(forecasts, ({ effect }) => effect));
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'messages', valueInteger: forecasts.length },
      ...(queued === undefined ? [] : [{ name: 'queued', valueInteger: queued }]),
      ...(total === undefined ? [] : [{ name: 'total', valueInteger: total }]),
      ...(next === undefined ? [] : [{ name: 'next', valueString: next }]),
      ...counts.map(([effect, some]) => ({ name: effect, valueInteger: some.length })),
      ...forecasts.map(({ candidate, effect, issues }) => ({
        name: 'message',
        part: [
          { name: 'id', valueString: candidate.id },
          { name: 'effect', valueCode: effect },
          ...(issues.length > 0
            ? [{ name: 'outcome', resource: operationOutcome(own ? issues : issues.map(withoutQuotes)) }]
            : []),
        ],
      })),
    ],
  };
}
