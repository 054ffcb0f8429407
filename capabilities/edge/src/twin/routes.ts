import { randomUUID } from 'node:crypto';
import { outcomeError } from '@yba/fhir';
import type { Desk } from '../intake/desk.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { html, type Html } from '../status/html.ts';
import type { LocalRequest, LocalRoute } from '../status/local-server.ts';
import { frame } from '../status/page.ts';
import { page, seeOther } from '../status/routes.ts';
import { type Language, moment, wordsOf } from '../status/words.ts';
import type { Words } from '../status/messages/vi.ts';
import { type Chart, chartOf, type Line, shortTime } from './chart.ts';
import { keepLook, type Look } from './look.ts';
import type { Person } from './people-in.ts';
import type { Twin } from './twin.ts';
import { readTwinCode, takeTwinCode } from './twin-code.ts';

export type TwinOptions = {
  folder: string;
  desk: () => Desk;
  twin: Twin;
  keepDays: number;
  /** When the hub has told all that it had, in ms; undefined: never. */
  fetchedAt(): number | undefined;
  now(): number;
};

/** Somebody in the twin; `names` gives records an address that tells nothing, `listed` are those whose names were shown. */
type Session = { who: string; why: string; until: number; names: Map<string, string>; listed: Set<string> };

const SESSION_MS = 30 * 60_000;
const DAY_MS = 86_400_000;
/** Wrong codes before a wait, and the wait in ms. */
const FREE_ATTEMPTS = 5;
const WAIT_MS = 60_000;
/** Of so many addresses wrong codes are counted at a time: a code has 75 random bits, the wait is for the noise. */
const ADDRESSES = 1_000;

/**
 * The read-only twin: what passed the edge in the last days and what the hub told of these patients, for staff when hub or main
 * system are down. Opened by the sealed code, a name and a reason; who is shown, in a list or by their record, is in the outbox as a look before.
 */
export function twinRoutes({ folder, desk, twin, keepDays, fetchedAt, now }: TwinOptions): LocalRoute[] {
  const sessions = new Map<string, Session>();
  /** By address: somebody who guesses keeps nobody else waiting. */
  const wrong = new Map<string, { times: number; until: number }>();
  const since = () => now() - keepDays * DAY_MS;

  const sessionOf = ({ headers }: LocalRequest): Session | undefined => {
    const id = /(?:^|;\s*)twin=([0-9a-f-]{36})/.exec(headers.cookie ?? '')?.[1];
    const session = id === undefined ? undefined : sessions.get(id);
    if (!session || session.until < now()) return undefined;
    session.until = now() + SESSION_MS;
    return session;
  };
  const keep = ({ who, why }: Session, at: Look['at'], patient: string) => {
    const { outbox, facility, endpoint } = desk();
    return keepLook(outbox, { who, why, at, patient, facility, endpoint, when: new Date(now()) });
  };
  /** Whom a list shows; a name that a session was shown stands in the log once, however often the list is asked for. */
  const people = async (session: Session, text: string) => {
    const found = await twin.findPeople(text, since());
    const news = found.filter(({ patient }) => !session.listed.has(patient));
    await Promise.all(news.map(({ patient }) => keep(session, 'list', patient)));
    for (const { patient } of news) session.listed.add(patient);
    return found;
  };
  const show = (request: LocalRequest, body: (words: Words, language: Language) => Html) =>
    page(request, (language) => {
      const words = wordsOf(language);
      return frame(language, words.twinTitle, '', '/twin', body(words, language));
    });
  const enterForm = (words: Words, fault = ''): Html =>
    html`<h1 class="plain">${words.twinTitle}</h1>
      ${readTwinCode(folder) ? '' : html`<p class="note">${words.twinNone}</p>`}
      <p class="note">${words.twinWarn}</p>
      ${fault ? html`<p class="note bad" role="alert">${fault}</p>` : ''}
      <form class="enter" method="post" action="/twin/enter">
        <label>${words.twinWho}<input name="who" required maxlength="100" autocomplete="name" /></label>
        <label>${words.twinWhy}<input name="why" required maxlength="200" /></label>
        <label>${words.twinCode}<input name="code" required autocomplete="off" /></label
        ><button>${words.twinEnter}</button>
      </form>`;

  return [
    {
      method: 'GET',
      path: /^\/twin$/,
      async handle(request) {
        const session = sessionOf(request);
        const found = session ? await people(session, '') : [];
        return show(request, (words) => (session ? peoplePage(session, '', found, words) : enterForm(words)));
      },
    },
    {
      method: 'POST',
      path: /^\/twin\/enter$/,
      form: true,
      async handle(request) {
        const form = new URLSearchParams((await request.body()).toString('utf8'));
        const [who, why] = [(form.get('who') ?? '').trim(), (form.get('why') ?? '').trim()];
        const { address } = request;
        const before = wrong.get(address) ?? { times: 0, until: 0 };
        if (before.until > now()) return show(request, (words) => enterForm(words, words.twinWait));
        if (!who || !why || !takeTwinCode(folder, form.get('code') ?? '', now())) {
          const times = before.times + 1;
          if (wrong.size >= ADDRESSES) wrong.clear();
          wrong.set(
            address,
            times >= FREE_ATTEMPTS ? { times: 0, until: now() + WAIT_MS } : { times, until: 0 },
          );
          return show(request, (words) => enterForm(words, words.twinWrong));
        }
        wrong.delete(address);
        for (const [id, session] of sessions) if (session.until < now()) sessions.delete(id);
        const id = randomUUID();
        sessions.set(id, { who, why, until: now() + SESSION_MS, names: new Map(), listed: new Set() });
        return seeOther('/twin', { 'set-cookie': `twin=${id}; Path=/twin; HttpOnly; SameSite=Strict` });
      },
    },
    {
      method: 'POST',
      path: /^\/twin\/find$/,
      form: true,
      async handle(request) {
        const session = sessionOf(request);
        const text = new URLSearchParams((await request.body()).toString('utf8')).get('q') ?? '';
        const found = session ? await people(session, text.trim()) : [];
        return show(request, (words) =>
          session ? peoplePage(session, text.trim(), found, words) : enterForm(words),
        );
      },
    },
    {
      method: 'GET',
      path: /^\/twin\/record\/([0-9a-f-]{36})$/,
      async handle(request, name) {
        const session = sessionOf(request);
        if (!session) return seeOther('/twin');
        const patient = session.names.get(name!);
        if (patient === undefined)
          throw outcomeError('not-found', 'Open the record from the list of the twin.');
        const { outbox, facility } = desk();
        await keep(session, 'record', patient);
        const person = twin.person(patient);
        const hub = twin.chart(patient);
        const messages = twin.passedOf(patient, since()).filter(({ id }) => counts(outbox, id, hub?.askedAt));
        const chart = await chartOf(messages, hub, { patient, facility });
        return show(
          request,
          (words) =>
            html`<p><a class="link" href="/twin">← ${words.twinFound}</a></p>
              <section class="banner">
                <h1>${(person?.name ?? patient).toUpperCase()}</h1>
                · ${words.twinBorn} ${shortTime(person?.birth ?? '')} ·
                ${words.sex[person?.sex ?? 'unknown'] ?? ''} · ${person?.numbers.join(' · ') ?? patient}
                <p class="allergies">
                  ${words.twinAllergies}:
                  ${chart.allergies.map(({ what }) => what).join(', ') || words.twinAllergiesNone}
                </p>
              </section>
              <p class="note">
                ${hub ? html`${words.twinFetched} <strong>${moment(hub.askedAt)}</strong>.` : words.twinNotFetched}
                ${hub?.cut ? words.twinCut : ''} ${words.twinPassed.replace('{days}', String(keepDays))}
                <strong>${messages[0] ? moment(messages[0].keptAt) : words.twinNonePassed}</strong>.
                ${words.twinMayLack}
              </p>
              ${SECTIONS.map(([part, title]) => sectionOf(words[title], chart[part], words))}`,
        );
      },
    },
    {
      method: 'POST',
      path: /^\/twin\/leave$/,
      form: true,
      handle(request) {
        const id = /(?:^|;\s*)twin=([0-9a-f-]{36})/.exec(request.headers.cookie ?? '')?.[1];
        if (id) sessions.delete(id);
        return seeOther('/', { 'set-cookie': 'twin=; Path=/twin; Max-Age=0' });
      },
    },
  ];

  function peoplePage(
    session: Session,
    text: string,
    people: readonly (Person & { seenAt: number })[],
    words: Words,
  ): Html {
    const at = fetchedAt();
    return html`<h1 class="plain">${words.twinTitle}</h1>
      <p class="note">${words.twinWarn}</p>
      <p class="note">
        ${at === undefined ? words.twinNeverFetched : html`${words.twinAllFetched} <strong>${moment(at)}</strong>.`}
      </p>
      <form class="find" method="post" action="/twin/find">
        <input
          name="q"
          value="${text}"
          aria-label="${words.twinFind}"
          placeholder="${words.twinFind}"
        /><button>${words.twinSearch}</button>
      </form>
      <h2>${words.twinFound}</h2>
      ${people.length === 0 ? html`<p class="empty">${words.twinEmpty}</p>` : ''}
      <ul class="people">
        ${people.map(({ patient, name, birth, numbers, seenAt }) => {
          const address = randomUUID();
          session.names.set(address, patient);
          return html`<li>
            <a href="/twin/record/${address}"
              ><strong>${name}</strong><span>${words.twinBorn} ${shortTime(birth)}</span
              ><span>${numbers.join(' · ')}</span><span>${moment(seenAt)}</span></a
            >
          </li>`;
        })}
      </ul>
      <form method="post" action="/twin/leave"><button class="quiet">${words.twinLeave}</button></form>`;
  }
}

/** Whether a message tells what the hub's copy does not: not refused, and not filed before the hub was asked. */
function counts(outbox: Outbox, id: string, askedAt: number | undefined): boolean {
  const kept = outbox.find(id);
  if (!kept) return askedAt === undefined; // settled long ago
  if (kept.state === 'refused' || kept.state === 'set-aside') return false;
  return kept.state !== 'filed' || askedAt === undefined || (kept.settledAt ?? 0) >= askedAt;
}

const SECTIONS = [
  ['problems', 'twinProblems'],
  ['medicines', 'twinMedicines'],
  ['results', 'twinResults'],
  ['visits', 'twinVisits'],
  ['other', 'twinOther'],
] as const satisfies readonly (readonly [keyof Chart, keyof Words])[];

function sectionOf(title: string, lines: readonly Line[], words: Words): Html {
  if (lines.length === 0)
    return html`<h2>${title}</h2>
      <p class="empty">${words.twinNothing}</p>`;
  return html`<h2>${title}</h2>
    <div class="scroll">
      <table class="chart">
        <tbody>
          ${lines.map(
            ({ when, what, detail, where }) =>
              html`<tr>
                <td>${shortTime(when)}</td>
                <td>${what}</td>
                <td>${detail}${where ? html` <span class="where">· ${where}</span>` : ''}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
