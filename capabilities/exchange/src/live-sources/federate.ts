import { matches, parseJson, summarise } from '@yba/fhir';
import type { Context, Interactions, Page } from '@yba/fhir';
import { reachesElsewhere, showsElsewhere, type Reach } from '@yba/repository';
import type { LiveDesk } from './live-desk.ts';
import { withRetrieval } from './retrieve.ts';
import type { Contribution } from './fan-out.ts';
import { lastData, locate, type Located } from './locate.ts';
import {
  identifiersOf,
  isPart,
  linkTo,
  merged,
  placeOf,
  remaining,
  storeParams,
  type Place,
  type SourceMatch,
} from './merge.ts';
import { noticeEntry, noticeHeader, type Notice } from './notices.ts';
import { questionOf, type LiveQuestion } from './question.ts';

/** How long an answer waits for sources when the request does not say, in ms. */
const WAIT_MS = 2_000;

/**
 * The store's interactions, where searches about a person also ask the hospitals that keep detail at home. What they tell
 * stands among the matches of the store in their order; an OperationOutcome says of each how its part stands, never
 * silently less.
 * Without a source, or about a person whom none knows, nothing is different.
 */
export function withLiveSources(desk: LiveDesk, store: Interactions): Interactions {
  const search: Interactions['search'] = async (context, type, params, options) => {
    const question = desk.book.isEmpty ? undefined : questionOf(type, params, options);
    if (!question) return store.search(context, type, params, options);
    const place = placeOf(params);
    const [page, known] = await Promise.all([
      store.search(context, type, storeParams(params, place), options),
      knownAt(desk, context, question.type, question.patients),
    ]);
    return known.located.length === 0
      ? remaining(page, place)
      : ((await withSources(desk, context, question, known, page, place)) ??
          search(context, type, params, options));
  };
  const reads: NonNullable<Parameters<Interactions['batch']>[2]['reads']> = () => ({ search });
  const within = <Options extends Parameters<Interactions['batch']>[2]>(options: Options): Options =>
    desk.book.isEmpty
      ? options
      : { ...options, reads: (type) => ({ ...reads(type), ...options.reads?.(type) }) };
  return {
    ...store,
    search,
    batch: (context, bundle, options) => store.batch(context, bundle, within(options)),
    transaction: (context, bundle, options) => store.transaction(context, bundle, within(options)),
    async everything(context, type, id, params) {
      const page = await store.everything(context, type, id, params);
      if (desk.book.isEmpty || type !== 'Patient') return page;
      const { located } = await knownAt(desk, context, 'Observation', [id]);
      if (located.length === 0) return page;
      return noted(page, await Promise.all(located.map((one) => unasked(desk, one))));
    },
  };
}

type Known = { located: readonly Located[]; reach: Reach };

/** Where the persons named are known, as far as the caller may know it: what is not open is absent here too. */
async function knownAt(
  desk: LiveDesk,
  context: Context,
  type: string,
  patients: readonly string[],
): Promise<Known> {
  const links = await Promise.all(patients.map((id) => desk.repository.patient(id)));
  const persons = links.flatMap((link) => (link ? [link.person] : []));
  const located =
    persons.length > 0 ? await locate(desk.sql, desk.book.facilities, [...new Set(persons)]) : [];
  if (located.length === 0) return { located, reach: NOTHING };
  const reach = await desk.decide(context, {
    action: 'read',
    types: [type],
    patients: located.map(({ patient }) => patient),
    probe: true,
  });
  return {
    located: located.filter(({ patient, facility }) => reachesElsewhere(reach, { type, patient, facility })),
    reach,
  };
}

const NOTHING: Reach = { patients: [], self: false };

/** The page with what sources told; undefined when it was closed to the caller while they were asked: it is another page then. */
async function withSources(
  desk: LiveDesk,
  context: Context,
  question: LiveQuestion,
  { located, reach }: Known,
  page: Page,
  place: Place,
): Promise<Page | undefined> {
  const { type, query, request } = question;
  if (query === undefined || reach.limits?.only?.[type])
    return noted(page, await Promise.all(located.map((one) => unasked(desk, one))));
  const purpose = await desk.purpose(context, located[0]!.person);
  const contributions = await desk.fanOut.ask({
    located,
    question: { subject: context.caller.subject, purpose, type, query },
    until: deadlineOf(context),
    anew: context.patience?.anew === true,
    asker: (source) => desk.askerToken({ caller: context.caller, purpose, audience: source.base }),
  });
  const now = await knownAt(desk, context, type, question.patients);
  if (!located.every(({ patient }) => now.located.some((one) => one.patient === patient))) return undefined;
  const found = contributions.flatMap((one) => matchesOf(desk, context, one, question, now.reach));
  const { entries, next } = merged(page, found, request, place);
  const notices = await Promise.all(contributions.map((one) => noticeOf(desk, one)));
  await desk.audit.read({
    at: new Date(),
    requestId: context.requestId,
    caller: context.caller,
    action: 'search',
    target: type,
    persons: [...new Set(located.map(({ person }) => person))],
    count: (next?.shown ?? found.length) - place.shown,
    outcome: 'success',
    detail: { sources: notices.map(({ facility, state }) => `${facility}:${state}`).join(' ') },
  });
  const { next: _storesOwn, ...rest } = page;
  return noted(
    {
      ...rest,
      entries,
      ...(page.total === undefined ? {} : { total: page.total + found.length }),
      ...(next ? { next: linkTo(page.self, next) } : {}),
    },
    notices,
  );
}

/** What of a source's answer this caller is shown for this question. */
function matchesOf(
  desk: LiveDesk,
  { caller }: Context,
  { told, located, source }: Contribution,
  { request, filters }: LiveQuestion,
  reach: Reach,
): SourceMatch[] {
  return (told?.resources ?? []).flatMap(({ fullUrl, text }) => {
    const resource = parseJson(text);
    if (!showsElsewhere(reach, { resource, patient: located.patient, facility: source.facility })) return [];
    if (!filters.every((filter) => matches(filter, resource))) return [];
    const whole = withRetrieval(desk, caller, located, source, resource);
    const shown = isPart(request) ? summarise(whole, request) : JSON.stringify(whole);
    return [
      {
        entry: { fullUrl, mode: 'match' as const, text: shown },
        resource,
        identifiers: identifiersOf(resource),
      },
    ];
  });
}

async function noticeOf(desk: LiveDesk, contribution: Contribution): Promise<Notice> {
  const { source, located, told, at, missing } = contribution;
  const state = missing ?? (told?.isCut ? 'cut' : 'answered');
  return {
    facility: source.facility,
    name: source.name,
    state,
    last: at ?? (await lastData(desk.sql, located)),
    ...(told?.leftOut ? { leftOut: told.leftOut } : {}),
  };
}

async function unasked(desk: LiveDesk, located: Located): Promise<Notice> {
  const { facility, name } = desk.book.of(located.facility)!;
  return { facility, name, state: 'unasked', last: await lastData(desk.sql, located) };
}

const noted = (page: Page, notices: readonly Notice[]): Page => ({
  ...page,
  entries: [...page.entries, noticeEntry(notices)],
  headers: { ...page.headers, 'yba-sources': noticeHeader(notices) },
});

const deadlines = new WeakMap<Context, number>();

/** All searches of one request wait together, not one after the other. */
function deadlineOf(context: Context): number {
  let until = deadlines.get(context);
  if (until === undefined)
    deadlines.set(context, (until = performance.now() + (context.patience?.waitMs ?? WAIT_MS)));
  return until;
}
