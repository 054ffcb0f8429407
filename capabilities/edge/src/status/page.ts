import type { Kept } from '../outbox/message.ts';
import type { Fetching } from '../twin/fetch-charts.ts';
import type { Figures, Health } from './figures.ts';
import { html, type Html } from './html.ts';
import type { Words } from './messages/vi.ts';
import { count, duration, type Language, moment, size, wordsOf } from './words.ts';

export type PageData = {
  figures: Figures;
  refused: readonly Kept[];
  recent: readonly Kept[];
  ways: readonly { what: 'http' | 'mllp' | 'xml' | 'csv'; where: string }[];
  twin: {
    code: 'off' | 'none' | 'sealed' | { openedAt: number };
    /** What the hub tells; absent when nothing is fetched. */
    fetching?: Fetching & { charts: number; due: number };
  };
  now: number;
};

/** A whole page around its content. `path` is where the language switch leads. */
export function frame(language: Language, title: string, facility: string, path: string, body: Html): string {
  const words = wordsOf(language);
  const other = language === 'en' ? 'vi' : 'en';
  const page = html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${title} · Y Bạ</title>
        <link rel="stylesheet" href="/assets/tokens.css" />
        <link rel="stylesheet" href="/assets/status.css" />
        <script src="/assets/status.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">${words.skip}</a>
        <header class="top">
          <a class="brand" href="/">Y Bạ</a><strong>${words.title}</strong>
          <span class="place">${facility}</span
          ><a class="language" lang="${other}" href="${path}${path.includes('?') ? '&' : '?'}lang=${other}"
            >${words.language}</a
          >
        </header>
        <main id="main">${body}</main>
      </body>
    </html>`;
  return page.html;
}

/** The status page of the hospital's IT officer. */
export function statusPage(language: Language, data: PageData): string {
  const words = wordsOf(language);
  const { figures, refused, recent, ways, twin, now } = data;
  const { facility } = figures;
  return frame(
    language,
    words.health[figures.health],
    facility ? `${facility.name} · ${facility.code}` : '',
    '/',
    html`<div id="live">
        ${verdict(figures, words, now)}
        <ul class="states">
          ${(['waiting', 'received', 'filed', 'refused'] as const).map((state) => {
            const { count: many, oldestAt } = figures.states[state];
            const age = many > 0 && oldestAt !== undefined && state !== 'filed';
            return html`<li class="${state === 'refused' && many > 0 ? 'bad' : ''}">
              <a href="/messages?state=${state}"
                ><span class="name">${words.states[state]}</span>
                <span class="many">${count(many, language)}</span
                ><span class="help">${words.stateHelp[state]}</span>
                <span class="age"
                  >${age ? `${words.oldest}: ${duration(now - oldestAt, words)}` : ''}</span
                ></a
              >
            </li>`;
          })}
        </ul>
        ${facts(figures, language, words, now)}
        <h2>${words.refusedTitle}</h2>
        ${refused.length === 0 ? html`<p class="empty">${words.refusedNone}</p>` : refused.map((each) => refusedCard(each, words))}
        <h2>${words.recent}</h2>
        ${recent.length === 0 ? html`<p class="empty">${words.recentNone}</p>` : table(recent, words)}
        <p><a class="link" href="/messages">${words.all}</a></p>
      </div>
      <h2>${words.ways}</h2>
      <ul class="ways">
        ${ways.map(({ what, where }) => html`<li><span>${words.waysIn[what]}</span><code>${where}</code></li>`)}
      </ul>
      <h2>${words.twinTitle}</h2>
      <p class="empty">
        ${words.twin}. ${twinWords(twin.code, words)}
        ${twin.code === 'sealed' || typeof twin.code === 'object' ? html`<a class="link" href="/twin">${words.twinEnter}</a>` : ''}
      </p>
      ${twin.code === 'off' ? '' : html`<p class="empty">${fetchWords(twin.fetching, words, language)}</p>`}`,
  );
}

function fetchWords(fetching: PageData['twin']['fetching'], words: Words, language: Language): Html {
  if (!fetching) return html`${words.twinFetchOff}`;
  const { doneAt, trouble, charts, due } = fetching;
  return html`${doneAt === undefined ? words.twinNeverFetched : html`${words.twinAllFetched} ${moment(doneAt)}.`}
  ${count(charts, language)}
  ${words.twinCharts}${due > 0 ? ` · ${count(due, language)} ${words.twinDue}` : ''}.
  ${trouble ? html`<span class="bad">${words.twinFetchTrouble} <code>${trouble}</code></span>` : ''}`;
}

function twinWords(twin: PageData['twin']['code'], words: Words): string {
  if (twin === 'off') return words.twinOff;
  if (twin === 'none') return words.twinNone;
  return twin === 'sealed' ? `${words.twinSealed}.` : `${words.twinOpened} ${moment(twin.openedAt)}.`;
}

/** Shape and tone of each state: colour never stands alone. */
const LOOK: Readonly<Record<Health, { tone: string; shape: string }>> = {
  full: { tone: 'bad', shape: '■' },
  'not-enrolled': { tone: 'warn', shape: '◆' },
  refused: { tone: 'bad', shape: '■' },
  away: { tone: 'warn', shape: '◆' },
  low: { tone: 'warn', shape: '◆' },
  busy: { tone: 'go', shape: '►' },
  clear: { tone: 'ok', shape: '✓' },
};

function verdict({ health, trouble }: Figures, words: Words, now: number): Html {
  const { tone, shape } = LOOK[health];
  return html`<section class="verdict ${tone}" role="status">
    <span class="shape" aria-hidden="true">${shape}</span>
    <div>
      <h1>${words.health[health]}</h1>
      <p>${words.advice[health]}</p>
      ${
        trouble
          ? html`<form method="post" action="/try">
              <p class="trouble">
                ${trouble.why}${trouble.failures > 0 ? ` · ${trouble.failures} ${words.attempts}` : ''} ·
                ${words.nextTry} ${duration(trouble.retryAt - now, words)}
              </p>
              <button>${words.tryNow}</button>
            </form>`
          : ''
      }
    </div>
  </section>`;
}

function facts(
  { lastContact, room, memoryBytes, facility, keyMade }: Figures,
  language: Language,
  words: Words,
  now: number,
): Html {
  const rows: [string, string][] = [
    [words.hub, facility?.hub ?? words.none],
    [
      words.contact,
      lastContact === undefined
        ? words.never
        : `${duration(now - lastContact, words)} ${words.ago} (${moment(lastContact)})`,
    ],
    [
      words.disk,
      `${size(room.usedBytes, language)} ${words.of} ${size(room.limitBytes, language)} · ${words.free} ${size(room.freeBytes, language)}`,
    ],
    [words.memory, size(memoryBytes, language)],
    ...(keyMade === undefined ? [] : ([[words.key, moment(keyMade)]] as [string, string][])),
  ];
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** A refused message with each reason and what can be done. */
export function refusedCard({ id, origin, source, keptAt, answer }: Kept, words: Words): Html {
  const issues = answer?.issues ?? [];
  return html`<article class="refused">
    <header>
      <strong>${origin || id}</strong><span>${words.sources[source]} · ${words.kept} ${moment(keptAt)}</span>
    </header>
    <ul>
      ${issues.slice(0, 10).map(({ diagnostics, expression, code }) => html`<li>${expression?.[0] ? html`<code>${expression[0]}</code> ` : ''}${diagnostics ?? code}</li>`)}
    </ul>
    <footer>
      <form method="post" action="/messages/${id}/again"><button>${words.again}</button></form>
      <form method="post" action="/messages/${id}/set-aside">
        <button class="quiet">${words.setAside}</button>
      </form>
      <small>${words.id} ${id}</small>
    </footer>
  </article>`;
}

/** Messages as rows. */
export function table(messages: readonly Kept[], words: Words): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>${words.kept}</th>
          <th>${words.source}</th>
          <th>${words.origin}</th>
          <th>${words.state}</th>
        </tr>
      </thead>
      <tbody>
        ${messages.map(
          ({ keptAt, source, origin, id, state, attempts }) =>
            html`<tr>
              <td>${moment(keptAt)}</td>
              <td>${words.sources[source]}</td>
              <td>${origin || id}</td>
              <td>
                <span class="st ${state === 'filed' ? 'ok' : state === 'refused' ? 'bad' : ''}"
                  >${words.states[state]}${state === 'waiting' && attempts > 0 ? ` (${attempts})` : ''}</span
                >
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Messages of a state, or all, a page at a time. */
export function listPage(
  language: Language,
  facility: string,
  state: Kept['state'] | undefined,
  messages: readonly Kept[],
  pageSize: number,
): string {
  const words = wordsOf(language);
  const title = state ? words.states[state] : words.all;
  const last = messages.at(-1);
  return frame(
    language,
    title,
    facility,
    `/messages${state ? `?state=${state}` : ''}`,
    html`<p><a class="link" href="/">← ${words.back}</a></p>
      <h1 class="plain">${title}</h1>
      <nav class="tabs">
        ${(['waiting', 'received', 'filed', 'refused', 'set-aside'] as const).map(
          (each) =>
            html`<a href="/messages?state=${each}" ${each === state ? html`aria-current="page"` : ''}
              >${words.states[each]}</a
            >`,
        )}
      </nav>
      ${messages.length === 0 ? html`<p class="empty">${words.none}</p>` : state === 'refused' ? messages.map((each) => refusedCard(each, words)) : table(messages, words)}
      ${messages.length === pageSize && last ? html`<p><a class="link" href="/messages?${state ? `state=${state}&` : ''}before=${last.seq}">${words.more} →</a></p>` : ''}`,
  );
}
