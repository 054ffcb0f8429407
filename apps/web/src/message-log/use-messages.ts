import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { fhir } from '../fhir/client.ts';
import type { OperationOutcome, Parameter, Parameters } from '../fhir/types.ts';

export const STATES = ['received', 'retrying', 'filed', 'refused'] as const;
export type MessageState = (typeof STATES)[number];
export const EVENTS = [
  'visit',
  'record',
  'dossier-xml',
  'retraction',
  'patient-identity',
  'audit-event',
] as const;
export type MessageEvent = (typeof EVENTS)[number];
export type Disposition = 'created' | 'replaced' | 'withdrawn' | 'updated' | 'duplicate';
export const EFFECTS = ['filed', 'waiting', 'duplicate', 'refused', 'gone'] as const;
export type Effect = (typeof EFFECTS)[number];

/** What is asked for; empty texts ask for nothing. Days are dates of Viet Nam. */
export type Filter = {
  facility: string;
  person: string;
  /** A record number of the facility. */
  number: string;
  identifier: string;
  state: '' | MessageState;
  event: '' | MessageEvent;
  from: string;
  to: string;
};
export const NO_FILTER: Filter = {
  facility: '',
  person: '',
  number: '',
  identifier: '',
  state: '',
  event: '',
  from: '',
  to: '',
};

/** One message of the list. */
export type LoggedMessage = {
  id: string;
  identifier: string;
  facility: string;
  facilityName: string;
  event: MessageEvent;
  state: MessageState;
  disposition: Disposition | undefined;
  received: string;
  settled: string | undefined;
  size: number;
  attempts: number;
  replays: number;
  person: string | undefined;
};

/** What the list does not show of it. */
export type MessageDetails = LoggedMessage & {
  sender: string;
  /** Bytes kept, compressed; undefined once the body is gone. */
  kept: number | undefined;
  due: string | undefined;
  /** How many others go first. */
  before: number;
  links: { reference: string | undefined; type: string }[];
  issues: OperationOutcome['issue'];
};

const find = (part: readonly Parameter[] | undefined, name: string) => part?.find((one) => one.name === name);

function readMessage(part: readonly Parameter[] | undefined): LoggedMessage {
  const text = (name: string) => find(part, name)?.valueString ?? '';
  return {
    id: text('id'),
    identifier: text('identifier'),
    facility: text('facility'),
    facilityName: text('facilityName'),
    event: find(part, 'event')?.valueCode as MessageEvent,
    state: find(part, 'state')?.valueCode as MessageState,
    disposition: find(part, 'disposition')?.valueCode as Disposition | undefined,
    received: find(part, 'received')?.valueInstant ?? '',
    settled: find(part, 'settled')?.valueInstant,
    size: find(part, 'size')?.valueInteger ?? 0,
    attempts: find(part, 'attempts')?.valueInteger ?? 0,
    replays: find(part, 'replays')?.valueInteger ?? 0,
    person: find(part, 'person')?.valueString,
  };
}

/** A filter as the operations take it. Days begin at midnight in Viet Nam. */
export function parametersOf({ from, to, ...said }: Filter): Parameter[] {
  const after = (day: string) => new Date(Date.parse(`${day}T00:00:00+07:00`) + 86_400_000).toISOString();
  return [
    ...Object.entries(said).flatMap(([name, value]) =>
      value.trim() ? [{ name, valueString: value.trim() }] : [],
    ),
    ...(from ? [{ name: 'from', valueString: `${from}T00:00:00+07:00` }] : []),
    ...(to ? [{ name: 'to', valueString: after(to) }] : []),
  ] as Parameter[];
}

const ask = (operation: string, parameter: Parameter[], signal?: AbortSignal) =>
  fhir<Parameters>(operation, {
    method: 'POST',
    body: { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) },
    reads: true,
    signal,
  });

/** The messages under a filter, newest first; asked again every ten seconds while the first page is all that is shown. */
export function useMessageLog(filter: Filter) {
  const query = useInfiniteQuery({
    queryKey: ['message-log', filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      ask(
        '$message-log',
        [
          ...parametersOf(filter),
          ...(pageParam ? [{ name: 'page', valueString: pageParam } as Parameter] : []),
        ],
        signal,
      ),
    getNextPageParam: (page) => find(page.parameter, 'next')?.valueString,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 1 ? 10_000 : false),
  });
  const messages = (query.data?.pages ?? []).flatMap(({ parameter = [] }) =>
    parameter.flatMap(({ name, part }) => (name === 'message' ? [readMessage(part)] : [])),
  );
  return { query, messages };
}

/** One message with its steps and outcome. */
export function useMessage(id: string) {
  return useQuery({
    queryKey: ['message', id],
    refetchInterval: 5_000,
    queryFn: async ({ signal }): Promise<MessageDetails> => {
      const { parameter = [] } = await fhir<Parameters>(`$message-details?id=${encodeURIComponent(id)}`, {
        signal,
      });
      const outcome = find(parameter, 'outcome')?.resource as OperationOutcome | undefined;
      return {
        ...readMessage(parameter),
        sender: find(parameter, 'sender')?.valueString ?? '',
        kept: find(parameter, 'kept')?.valueInteger,
        due: find(parameter, 'due')?.valueInstant,
        before: find(parameter, 'before')?.valueInteger ?? 0,
        links: parameter.flatMap(({ name, valueReference }) =>
          name === 'link'
            ? [
                {
                  reference: valueReference?.reference,
                  type: valueReference?.type ?? valueReference?.reference?.split('/')[0] ?? '',
                },
              ]
            : [],
        ),
        issues: outcome?.issue ?? [],
      };
    },
  });
}

/** The figures of one facility. */
export type FacilityFigures = {
  code: string;
  received: number;
  filed: number;
  refused: number;
  waiting: number;
  oldestSeconds: number | undefined;
};

/** What is kept for how long, and what it takes; told to who sees all facilities. */
export type Kept = {
  bodyDays: number;
  bodyLimitBytes: number;
  bodyBytes: number;
  bodiesSince: string | undefined;
  messageDays: number;
};

/** What was received, filed and refused in 24 hours, and what waits, by facility: the longest wait first. */
export function useFigures() {
  return useQuery({
    queryKey: ['message-figures'],
    refetchInterval: 30_000,
    queryFn: async ({ signal }): Promise<{ facilities: FacilityFigures[]; kept: Kept | undefined }> => {
      const { parameter = [] } = await fhir<Parameters>('$message-figures', { signal });
      const facilities = parameter.flatMap(({ name, part }) =>
        name === 'facility' ? [facilityIn(part)] : [],
      );
      const kept = find(parameter, 'kept')?.part;
      return { facilities, kept: kept && keptIn(kept) };
    },
  });
}

function facilityIn(part: readonly Parameter[] | undefined): FacilityFigures {
  const number = (name: string) => find(part, name)?.valueInteger;
  return {
    code: find(part, 'code')?.valueString ?? '',
    received: number('received') ?? 0,
    filed: number('filed') ?? 0,
    refused: number('refused') ?? 0,
    waiting: number('waiting') ?? 0,
    oldestSeconds: number('oldestSeconds'),
  };
}

function keptIn(part: readonly Parameter[]): Kept {
  return {
    bodyDays: find(part, 'bodyDays')?.valueInteger ?? 0,
    bodyLimitBytes: Number(find(part, 'bodyLimitBytes')?.valueDecimal ?? 0),
    bodyBytes: Number(find(part, 'bodyBytes')?.valueDecimal ?? 0),
    bodiesSince: find(part, 'bodiesSince')?.valueDate,
    messageDays: find(part, 'messageDays')?.valueInteger ?? 0,
  };
}

/** What is replayed: messages by id, or all under a filter. */
export type ReplayOf = { ids: readonly string[] } | { filter: Filter };

export type Forecast = {
  messages: number;
  counts: Partial<Record<Effect, number>>;
  queued: number | undefined;
  /** How many the filter finds in all, counted up to 100,000; of its first step alone. */
  total: number | undefined;
  /** Where the next step goes on. */
  next: string | undefined;
};

/**
 * Replays, or with no reason says what that would do: the messages named, or a hundred of a filter, those behind `page`. Rejects
 * when `signal` says so: what was sent by then is done.
 */
export async function replay(
  which: ReplayOf,
  reason: string | undefined,
  { page, signal }: { page?: string | undefined; signal?: AbortSignal } = {},
): Promise<Forecast> {
  const said = [
    ...('ids' in which
      ? which.ids.map((valueString) => ({ name: 'message', valueString }) as Parameter)
      : parametersOf(which.filter)),
    (reason === undefined
      ? { name: 'preview', valueBoolean: true }
      : { name: 'reason', valueString: reason }) as Parameter,
    ...(page ? [{ name: 'page', valueString: page } as Parameter] : []),
  ];
  const { parameter = [] } = await ask('$replay-messages', said, signal);
  const number = (name: string) => find(parameter, name)?.valueInteger;
  return {
    messages: number('messages') ?? 0,
    queued: number('queued'),
    total: number('total'),
    next: find(parameter, 'next')?.valueString,
    counts: Object.fromEntries(
      EFFECTS.flatMap((effect) => (number(effect) ? [[effect, number(effect)]] : [])),
    ),
  };
}
