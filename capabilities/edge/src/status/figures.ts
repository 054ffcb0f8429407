import type { Sending } from '../hub/sender.ts';
import type { State } from '../outbox/message.ts';
import type { Outbox, StateFigure } from '../outbox/outbox.ts';
import type { Room } from '../outbox/room.ts';

/**
 * How the edge is, in one word, the worst first:
 * `full` takes nothing more · `not-enrolled` has no hub · `refused` messages wait for a person · `away` the hub was not reached ·
 * `low` disk is nearly full · `busy` messages are on their way · `clear` all is filed, and the hub said so a moment ago.
 */
export type Health = 'full' | 'not-enrolled' | 'refused' | 'away' | 'low' | 'busy' | 'clear';

export type Figures = {
  health: Health;
  states: Record<State, StateFigure>;
  /** When the hub last answered, in ms. */
  lastContact?: number;
  trouble?: Sending['trouble'];
  room: Room;
  /** Memory of this process, in bytes. */
  memoryBytes: number;
  facility?: { code: string; name: string; hub: string };
  /** When the key in use was made, in ms. */
  keyMade?: number;
};

/** Without an answer of the hub for this long it counts as away, in ms. */
const AWAY_MS = 3 * 60_000;
/** What a clock may be set back by in its daily correction, in ms. */
const CLOCK_STEP_MS = 5_000;

/** Judges the figures. Green needs an answer of the hub: silence never counts as well. */
export function healthOf(figures: Omit<Figures, 'health'>, now: number): Health {
  const { states, lastContact, trouble, room, facility } = figures;
  if (room.level === 'full') return 'full';
  if (!facility) return 'not-enrolled';
  if (states.refused.count > 0) return 'refused';
  // an answer that is to come, because the clock was set back, tells nothing
  const silentMs = lastContact === undefined ? Number.NaN : now - lastContact;
  if (trouble || !(silentMs <= AWAY_MS && silentMs >= -CLOCK_STEP_MS)) return 'away';
  if (room.level === 'low') return 'low';
  return states.waiting.count + states.received.count > 0 ? 'busy' : 'clear';
}

/** The fact of the outbox that says when the hub last answered. */
export const LAST_CONTACT = 'last-contact';

/** Reads the figures of an outbox. */
export function readFigures(
  outbox: Outbox,
  more: Pick<Figures, 'facility' | 'keyMade' | 'trouble'>,
  now: number,
): Figures {
  const contact = Number(outbox.fact(LAST_CONTACT) ?? Number.NaN);
  const figures = {
    states: outbox.figures(),
    room: outbox.room(),
    memoryBytes: process.memoryUsage.rss(),
    ...(Number.isNaN(contact) ? {} : { lastContact: contact }),
    ...more,
  };
  return { health: healthOf(figures, now), ...figures };
}

/** The figures for Prometheus. Source: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function prometheusText(figures: Figures, now: number): string {
  const { states, lastContact, room, memoryBytes, health, trouble } = figures;
  const seconds = (ms: number | undefined) => (ms === undefined ? 0 : Math.max(0, (now - ms) / 1000));
  const lines = (name: string, help: string, values: [labels: string, value: number][]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...values.map(([labels, value]) => `${name}${labels} ${value}`),
  ];
  const perState = (value: (figure: StateFigure) => number): [string, number][] =>
    Object.entries(states).map(([state, figure]) => [`{state="${state}"}`, value(figure)]);
  return [
    ...lines(
      'yba_edge_messages',
      'Messages in the outbox by state',
      perState(({ count }) => count),
    ),
    ...lines(
      'yba_edge_oldest_message_age_seconds',
      'Age of the oldest message by state',
      perState(({ oldestAt }) => seconds(oldestAt)),
    ),
    ...lines('yba_edge_hub_silence_seconds', 'Seconds since the hub last answered; -1 when never', [
      ['', lastContact === undefined ? -1 : seconds(lastContact)],
    ]),
    ...lines('yba_edge_failures_in_a_row', 'Attempts to send that failed since the last that did not', [
      ['', trouble?.failures ?? 0],
    ]),
    ...lines('yba_edge_outbox_bytes', 'Bytes the outbox uses', [['', room.usedBytes]]),
    ...lines('yba_edge_outbox_limit_bytes', 'Bytes the outbox may use', [['', room.limitBytes]]),
    ...lines('yba_edge_disk_free_bytes', 'Bytes free on the disk of the outbox', [['', room.freeBytes]]),
    ...lines('yba_edge_memory_bytes', 'Resident memory of the process', [['', memoryBytes]]),
    ...lines('yba_edge_clear', '1 when everything is filed and the hub answers', [
      ['', health === 'clear' ? 1 : 0],
    ]),
    '',
  ].join('\n');
}
