import type { Operation } from '@yba/http';
import { facilityCode } from '@yba/repository';
import type { MessageDesk } from '../desk.ts';
import { operatorReach } from './operators.ts';
import { keptNow, type KeptNow, type Retention } from './retention.ts';
import { EVENTS, numberOf, STATES } from './vocabulary.ts';

type Figures = {
  facility: number;
  received: number;
  filed: number;
  refused: number;
  waiting: number;
  oldestS: number | null;
};

/**
 * `GET $message-figures`: of each facility that sent within a day, or has messages waiting: how many were received in the
 * last 24 hours, how many of those are filed and refused, how many wait, and for how long the oldest does (seconds). Who sees all
 * facilities is also told what is kept for how long, and what it takes (`kept`).
 */
export function messageFigures({ owner }: Pick<MessageDesk, 'owner'>, retention: Retention): Operation {
  return {
    code: 'message-figures',
    on: { system: true },
    methods: ['GET'],
    async handle({ context }) {
      const { facility } = operatorReach(context);
      const own = facility === undefined ? owner`` : owner`and facility = ${facility}`;
      const [filed, refused] = [numberOf(STATES, 'filed'), numberOf(STATES, 'refused')];
      const kept = facility === undefined ? [keptPart(retention, await keptNow(owner))] : [];
      const rows = await owner<Figures[]>`
        with day as (
          select facility, count(*)::int as received, (count(*) filter (where state = ${filed}))::int as filed,
            (count(*) filter (where state = ${refused}))::int as refused
          from message where state = any('{1,2,3,4}'::smallint[]) and event = any(${EVENTS.map((_code, at) => at + 1)}::smallint[])
            and received >= now() - interval '24 hours' ${own}
          group by facility),
        queued as (
          select facility, count(*)::int as waiting, extract(epoch from now() - min(received))::float8 as oldest
          from message_queue where true ${own} group by facility)
        select facility, coalesce(received, 0) as received, coalesce(filed, 0) as filed, coalesce(refused, 0) as refused,
          coalesce(waiting, 0) as waiting, oldest as "oldestS"
        from day full join queued using (facility)
        order by oldest desc nulls last, refused desc nulls last, facility`;
      const facilities = rows.map((row) => ({
        name: 'facility',
        part: [
          { name: 'code', valueString: facilityCode(row.facility) },
          { name: 'received', valueInteger: row.received },
          { name: 'filed', valueInteger: row.filed },
          { name: 'refused', valueInteger: row.refused },
          { name: 'waiting', valueInteger: row.waiting },
          ...(row.oldestS === null ? [] : [{ name: 'oldestSeconds', valueInteger: Math.round(row.oldestS) }]),
        ],
      }));
      const parameter = [...facilities, ...kept];
      return { resource: { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) } };
    },
  };
}

function keptPart({ bodyDays, bodyBytes, messageDays }: Retention, { bytes, since }: KeptNow): object {
  return {
    name: 'kept',
    part: [
      { name: 'bodyDays', valueInteger: bodyDays },
      { name: 'bodyLimitBytes', valueDecimal: bodyBytes },
      { name: 'bodyBytes', valueDecimal: bytes },
      ...(since ? [{ name: 'bodiesSince', valueDate: since.toISOString().slice(0, 10) }] : []),
      { name: 'messageDays', valueInteger: messageDays },
    ],
  };
}
