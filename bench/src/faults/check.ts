import { checkAgents } from './check-agents.ts';
import type { Event, Planned } from './history.ts';

/**
 * What is wrong with a history:
 * - `lost`        acknowledged by the hub or by an edge agent, and not on the chart or not filed at the end
 * - `doubled`     on the chart twice, or filed more often than it was sent
 * - `diverged`    two readers see different charts at the end
 * - `undeclared`  an answer lacked what had been acknowledged before it was asked for, and did not say so
 * - `refused`     a message that is right was refused
 * - `unread`      a chart that some reader read at the end, another could not
 * - `unfinished`  a message was sent and never acknowledged, though everything was healed
 * - `disordered`  the hub received or filed what an edge agent answered for in another order about one record number
 * - `green`       an agent's page was green before the hub had filed what the agent had answered for
 */
export type Rule =
  | 'lost'
  | 'doubled'
  | 'diverged'
  | 'undeclared'
  | 'refused'
  | 'unread'
  | 'unfinished'
  | 'disordered'
  | 'green';
export type Finding = { rule: Rule; person: number; what: string };

/** What a history was made of. */
export type Tally = {
  messages: number;
  sent: number;
  acknowledged: number;
  /** Messages that an edge agent answered for. */
  kept: number;
  duplicates: number;
  /** Pages of agents that were green. */
  green: number;
  /** From everything mended to filed, of what agents held then: how many, p50, p95 and the longest, in ms. */
  afterHealing: { count: number; p50: number; p95: number; longest: number };
  reads: number;
  declared: number;
  /** Readings that named the live source as missing. */
  named: number;
  /** Things on the charts at the end. */
  shown: number;
  faults: Record<string, number>;
};

type Read = Extract<Event, { kind: 'read' }>;

/** Judges a history. Pure: the same events give the same findings. */
export function check(events: readonly Event[]): Finding[] {
  const story = tell(events);
  const reads = events.filter((event) => event.kind === 'read');
  const last = reads.filter((read) => read.last);
  return [
    ...events.flatMap((event): Finding[] =>
      event.kind === 'refused'
        ? [
            {
              rule: 'refused',
              person: story.planned.get(event.id)?.person ?? -1,
              what: `${event.id}: ${event.status} ${event.why}`,
            },
          ]
        : [],
    ),
    ...unfinished(story),
    ...reads.flatMap((read) => judge(story, read)),
    ...last.flatMap((read) => doubled(story, read)),
    ...diverged(last),
    ...unread(story, last),
    ...checkAgents(events),
  ];
}

type Story = {
  planned: Map<string, Planned>;
  /** When each message was first sent, and first acknowledged. */
  sent: Map<string, number>;
  acknowledged: Map<string, number>;
  /** When an edge agent first answered for it: from then on it may not be lost, and it need not be on the chart yet. */
  kept: Map<string, number>;
  /** The messages about each key, in the order of their versions. */
  about: Map<string, Planned[]>;
  /** By hospital and person, the message that puts their records on the chart; absent where they are from the start. */
  links: Map<string, string>;
};

function tell(events: readonly Event[]): Story {
  const story: Story = {
    planned: new Map(),
    sent: new Map(),
    acknowledged: new Map(),
    kept: new Map(),
    about: new Map(),
    links: new Map(),
  };
  for (const event of events) {
    if (event.kind === 'planned') {
      story.planned.set(event.id, event);
      if (event.links) story.links.set(`${event.hospital} ${event.person}`, event.id);
      for (const { key } of event.effects) story.about.set(key, [...(story.about.get(key) ?? []), event]);
    }
    if (event.kind === 'sent' && !story.sent.has(event.id)) story.sent.set(event.id, event.at);
    if (event.kind === 'acknowledged' && !story.acknowledged.has(event.id))
      story.acknowledged.set(event.id, event.at);
    if (event.kind === 'kept' && !story.kept.has(event.id)) story.kept.set(event.id, event.at);
  }
  for (const messages of story.about.values()) messages.sort((a, b) => a.version - b.version);
  return story;
}

function unfinished({ planned, sent, acknowledged }: Story): Finding[] {
  return [...sent.keys()]
    .filter((id) => !acknowledged.has(id))
    .map((id) => ({ rule: 'unfinished', person: planned.get(id)?.person ?? -1, what: id }));
}

/** Whether the person's records of that hospital were surely on the chart when it was asked for. */
function isLinked({ links, acknowledged }: Story, { hospital, person }: Planned, by: number): boolean {
  const link = links.get(`${hospital} ${person}`);
  return link === undefined || (acknowledged.get(link) ?? Number.POSITIVE_INFINITY) < by;
}

/** From when on a message must be on the chart: what an agent alone has answered for, once all is mended. */
function promised({ acknowledged, kept }: Story, id: string, last: boolean): number {
  const never = Number.POSITIVE_INFINITY;
  const filed = acknowledged.get(id) ?? never;
  return last ? Math.min(filed, kept.get(id) ?? never) : filed;
}

/** What was acknowledged before the reading began is shown, as it was told then or later; else the answer says so. */
function judge(story: Story, read: Read): Finding[] {
  const { person, declared, source } = read;
  const findings: Finding[] = [];
  const shown = new Map(read.shown.map(({ key, marker }) => [key, marker]));
  for (const [key, messages] of story.about) {
    if (messages[0]!.person !== person) continue;
    const known = messages.findLastIndex(({ id }) => promised(story, id, read.last) < read.began);
    if (known < 0 || !isLinked(story, messages[0]!, read.began)) continue;
    const allowed = messages
      .slice(known)
      .map((one) => one.effects.find((effect) => effect.key === key)!.marker);
    const marker = shown.get(key);
    if (marker !== undefined && allowed.includes(marker)) continue;
    const what = `${key}: ${messages[known]!.id} was acknowledged, ${marker === undefined ? 'nothing is shown' : `“${marker}” is shown`} to ${read.reader}`;
    if (read.last) findings.push({ rule: 'lost', person, what });
    else if (!declared) findings.push({ rule: 'undeclared', person, what });
  }
  if (source && !source.shown && (source.state === undefined || source.state === 'answered'))
    findings.push({
      rule: 'undeclared',
      person,
      what: `the live source is missing and is said to have ${source.state ?? 'not been there'}`,
    });
  if (read.last && source && !source.shown)
    findings.push({ rule: 'lost', person, what: 'the live source is well and is not shown' });
  return findings;
}

/** Each thing is on the chart once, and has as many versions as there were messages about it. */
function doubled(story: Story, { person, shown, reader }: Read): Finding[] {
  const byKey = Map.groupBy(shown, ({ key }) => key);
  return [...byKey].flatMap(([key, all]): Finding[] => {
    const about = (story.about.get(key) ?? []).filter(({ id }) => story.sent.has(id));
    if (all.length > 1)
      return [{ rule: 'doubled', person, what: `${key} is shown ${all.length} times to ${reader}` }];
    const version = all[0]!.version;
    if (version > about.length)
      return [
        { rule: 'doubled', person, what: `${key} has ${version} versions of ${about.length} messages` },
      ];
    const acknowledged = about.filter(({ id }) => story.acknowledged.has(id) || story.kept.has(id)).length;
    return version < acknowledged
      ? [
          {
            rule: 'lost',
            person,
            what: `${key} has ${version} versions of ${acknowledged} acknowledged messages`,
          },
        ]
      : [];
  });
}

function diverged(last: readonly Read[]): Finding[] {
  const byPerson = Map.groupBy(last, ({ person }) => person);
  return [...byPerson].flatMap(([person, reads]): Finding[] => {
    const charts = reads.map(({ reader, shown }) => ({ reader, chart: textOf(shown) }));
    const other = charts.find(({ chart }) => chart !== charts[0]!.chart);
    return other
      ? [{ rule: 'diverged', person, what: `${charts[0]!.reader} and ${other.reader} see different charts` }]
      : [];
  });
}

/** Every person of whom something was sent is read by every reader. */
function unread({ planned, sent }: Story, last: readonly Read[]): Finding[] {
  const readers = [...new Set(last.map(({ reader }) => reader))];
  const persons = [...new Set([...sent.keys()].flatMap((id) => planned.get(id)?.person ?? []))];
  const isRead = (person: number, reader: string) =>
    last.some((read) => read.person === person && read.reader === reader);
  return persons.flatMap((person) =>
    (readers.length > 0 ? readers : ['anybody'])
      .filter((reader) => !isRead(person, reader))
      .map((reader): Finding => ({
        rule: 'unread',
        person,
        what: `the chart was not read by ${reader} at the end`,
      })),
  );
}

const textOf = (shown: Read['shown']) =>
  shown
    .map(({ key, marker, version }) => `${key} ${marker} ${version}`)
    .sort()
    .join('\n');

/** Counts what happened. */
export function tally(events: readonly Event[]): Tally {
  const faults: Record<string, number> = {};
  for (const event of events)
    if (event.kind === 'fault') faults[event.fault] = (faults[event.fault] ?? 0) + 1;
  const count = (kind: Event['kind']) => events.filter((event) => event.kind === kind).length;
  return {
    messages: new Set(events.flatMap((event) => (event.kind === 'sent' ? [event.id] : []))).size,
    sent: count('sent'),
    acknowledged: new Set(events.flatMap((event) => (event.kind === 'acknowledged' ? [event.id] : []))).size,
    kept: new Set(events.flatMap((event) => (event.kind === 'kept' ? [event.id] : []))).size,
    green: count('green'),
    afterHealing: afterHealing(events),
    duplicates: events.filter((event) => event.kind === 'acknowledged' && event.duplicate).length,
    reads: count('read'),
    declared: events.filter((event) => event.kind === 'read' && event.declared).length,
    named: events.filter((event) => event.kind === 'read' && event.source && !event.source.shown).length,
    shown: new Set(
      events.flatMap((event) =>
        event.kind === 'read' && event.last ? event.shown.map(({ key }) => key) : [],
      ),
    ).size,
    faults,
  };
}

function afterHealing(events: readonly Event[]): Tally['afterHealing'] {
  const healed = events.find(({ kind }) => kind === 'healed')?.at ?? Number.POSITIVE_INFINITY;
  const held = new Set(
    events.flatMap((event) => (event.kind === 'kept' && event.at < healed ? [event.id] : [])),
  );
  const waits: number[] = [];
  for (const event of events)
    if (event.kind === 'acknowledged' && held.delete(event.id) && event.at > healed)
      waits.push(event.at - healed);
  waits.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0);
  return { count: waits.length, p50: at(0.5), p95: at(0.95), longest: at(1) };
}
