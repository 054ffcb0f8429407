import type { Finding } from './check.ts';
import type { Event, Planned } from './history.ts';

type Kept = Extract<Event, { kind: 'kept' }>;
type Book = Extract<Event, { kind: 'book' }>;

/** Clocks of the database and of the history are compared no finer than this, in ms. */
const SAME_MS = 50;

/**
 * What must hold of messages that an edge agent has answered for, by the hub's own books: each is filed exactly once, those
 * about one record number were received and filed in the order in which the agent had answered, and no page of the agent was
 * green before.
 */
export function checkAgents(events: readonly Event[]): Finding[] {
  const planned = new Map(events.flatMap((event) => (event.kind === 'planned' ? [[event.id, event]] : [])));
  const kept = firstOf(events);
  if (kept.length === 0) return [];
  const books = Map.groupBy(
    events.filter((event) => event.kind === 'book'),
    ({ edgeId }) => edgeId,
  );
  const told = kept.flatMap((event) => {
    const plan = planned.get(event.id);
    return plan ? [{ ...event, plan, books: books.get(event.edgeId) ?? [] }] : [];
  });
  return [...filedOnce(told), ...disordered(told, events), ...green(told, events)];
}

type Told = Kept & { plan: Planned; books: Book[] };

/** The first time that an agent answered for each message. */
function firstOf(events: readonly Event[]): Kept[] {
  const seen = new Set<string>();
  return events.filter((event): event is Event & Kept => {
    if (event.kind !== 'kept' || seen.has(event.id)) return false;
    seen.add(event.id);
    return true;
  });
}

function filedOnce(told: readonly Told[]): Finding[] {
  return told.flatMap(({ id, plan: { person }, books }): Finding[] => {
    const [book, ...more] = books;
    if (more.length > 0)
      return [{ rule: 'doubled', person, what: `${id} is ${books.length} messages in the books of the hub` }];
    if (book?.state === 'filed') return [];
    const how = book ? `${book.state} at the hub` : 'not at the hub';
    return [{ rule: 'lost', person, what: `${id}: the edge had answered for it, and it is ${how}` }];
  });
}

/** Only what was sent after the answer to the one before has an order; about one record number of one hospital. */
function disordered(told: readonly Told[], events: readonly Event[]): Finding[] {
  const sent = new Map<string, number>();
  for (const event of events) if (event.kind === 'sent' && !sent.has(event.id)) sent.set(event.id, event.at);
  const lanes = Map.groupBy(told, ({ plan }) => `${plan.hospital} ${plan.record}`);
  return [...lanes.values()].flatMap((lane) =>
    lane.flatMap((one, at): Finding[] => {
      const next = lane[at + 1];
      const [before, after] = [one.books[0], next?.books[0]];
      if (!next || !before || !after || (sent.get(next.id) ?? 0) < one.at) return [];
      const isReceived = before.seq < after.seq;
      const isFiled =
        before.settled === undefined || after.settled === undefined || before.settled <= after.settled;
      return isReceived && isFiled
        ? []
        : [
            {
              rule: 'disordered',
              person: one.plan.person,
              what: `${next.id} was ${isReceived ? 'filed' : 'received'} before ${one.id}`,
            },
          ];
    }),
  );
}

/** Green at any moment from `began` to `at` means: what was answered for before `began` was filed by then. */
function green(told: readonly Told[], events: readonly Event[]): Finding[] {
  return events.flatMap((event): Finding[] => {
    if (event.kind !== 'green') return [];
    const early = told.find(
      ({ plan, at, books }) =>
        plan.hospital === event.hospital &&
        at < event.began &&
        (books[0]?.settled ?? Number.POSITIVE_INFINITY) > event.at + SAME_MS,
    );
    return early
      ? [
          {
            rule: 'green',
            person: early.plan.person,
            what: `the page of hospital ${event.hospital} was green while ${early.id} was not filed`,
          },
        ]
      : [];
  });
}
