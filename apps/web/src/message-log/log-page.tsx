import { Button, EmptyState, formatDateTime, LoadingState, useKeys, usePageTitle } from '@yba/ui';
import { useState } from 'react';
import { ReadFailed } from '../fhir/read-failed.tsx';
import { FiguresStrip } from './figures-strip.tsx';
import { FilterBar } from './filter-bar.tsx';
import { MessagePanel } from './message-panel.tsx';
import { useLogText } from './messages.ts';
import { ReplayDialog } from './replay-dialog.tsx';
import { ReplayProgress } from './replay-progress.tsx';
import { StateOf } from './state-of.tsx';
import { type Filter, type LoggedMessage, NO_FILTER, type ReplayOf, useMessageLog } from './use-messages.ts';
import { useReplayRun } from './use-replay-run.ts';
import { ageWords, sizeWords } from './words.ts';
import './message-log.css';

/** The message log: `all` facilities for the authority, else the officer's own; `asked` narrows it at first. */
export function MessageLogPage({ all, asked }: { all: boolean; asked?: Partial<Filter> }) {
  const t = useLogText();
  usePageTitle(t('title'));
  const [Page, Heading] = all ? (['main', 'h2'] as const) : (['div', 'h1'] as const); // the clinic's frame has its own main
  const [filter, setFilter] = useState<Filter>({ ...NO_FILTER, ...asked });
  const [opened, setOpened] = useState<string>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [replaying, setReplaying] = useState<ReplayOf>();
  const { query, messages } = useMessageLog(filter);
  const run = useReplayRun();
  const narrow = (next: Filter) => {
    setFilter(next);
    setChosen(new Set());
  };
  useKeys([
    { keys: 'Esc', label: t('close'), run: () => setOpened(undefined) },
    { keys: 'Alt G', label: t('replay'), run: () => chosen.size > 0 && setReplaying({ ids: [...chosen] }) },
  ]);
  return (
    <Page className="msglog">
      <header>
        <Heading>{t('title')}</Heading>
        <p>{t('lead')}</p>
      </header>
      <FiguresStrip all={all} onFacility={(facility) => narrow({ ...NO_FILTER, facility })} />
      <FilterBar all={all} filter={filter} onFilter={narrow} />
      <div className="msgacts">
        <Button disabled={chosen.size === 0} keys="Alt G" onClick={() => setReplaying({ ids: [...chosen] })}>
          {t('replayChosen')}
        </Button>
        {chosen.size > 0 && <span className="q">{t('chosen', { count: chosen.size })}</span>}
        {filter.state === 'refused' && messages.length > 0 && (
          <Button look="quiet" disabled={run.running} onClick={() => setReplaying({ filter })}>
            {t('replayRefused')}
          </Button>
        )}
      </div>
      <ReplayProgress replaying={run} />
      <div className={opened ? 'two' : 'one'}>
        <div className="tablebox" tabIndex={0} role="region" aria-label={t('title')}>
          {query.isPending && <LoadingState rows={12} />}
          {query.isError && <ReadFailed of={query} />}
          {query.isSuccess && messages.length === 0 && (
            <EmptyState title={t('empty')}>{t('emptyHint')}</EmptyState>
          )}
          {messages.length > 0 && (
            <List
              all={all}
              messages={messages}
              chosen={chosen}
              onChoose={setChosen}
              opened={opened}
              onOpen={setOpened}
            />
          )}
          {query.hasNextPage && (
            <p className="more">
              <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {t('more')}
              </Button>
            </p>
          )}
        </div>
        {opened && (
          <MessagePanel
            key={opened}
            id={opened}
            onClose={() => setOpened(undefined)}
            onReplay={() => setReplaying({ ids: [opened] })}
          />
        )}
      </div>
      {replaying && (
        <ReplayDialog which={replaying} onClose={() => setReplaying(undefined)} onRun={run.begin} />
      )}
    </Page>
  );
}

type ListProps = {
  all: boolean;
  messages: readonly LoggedMessage[];
  chosen: ReadonlySet<string>;
  onChoose(chosen: ReadonlySet<string>): void;
  opened: string | undefined;
  onOpen(id: string): void;
};

function List({ all, messages, chosen, onChoose, opened, onOpen }: ListProps) {
  const t = useLogText();
  const whole = messages.every(({ id }) => chosen.has(id));
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  return (
    <table>
      <thead>
        <tr>
          <th scope="col" className="pick">
            <input
              type="checkbox"
              aria-label={t('chooseAll')}
              checked={whole}
              onChange={() => onChoose(whole ? new Set() : new Set(messages.map(({ id }) => id)))}
            />
          </th>
          <th scope="col">{t('receivedAt')}</th>
          {all && <th scope="col">{t('facility')}</th>}
          <th scope="col">{t('event')}</th>
          <th scope="col">{t('state')}</th>
          <th scope="col" className="num">
            {t('settledAfter')}
          </th>
          <th scope="col">{t('person')}</th>
          <th scope="col">{t('identifier')}</th>
          <th scope="col" className="num">
            {t('size')}
          </th>
        </tr>
      </thead>
      <tbody>
        {messages.map((message) => (
          <tr key={message.id} className={message.id === opened ? 'on' : ''}>
            <td className="pick">
              <input
                type="checkbox"
                aria-label={t('choose', { id: message.identifier })}
                checked={chosen.has(message.id)}
                onChange={() => toggle(message.id)}
              />
            </td>
            <td>
              <button
                type="button"
                className="lnk"
                aria-label={`${formatDateTime(message.received)}: ${t('open', { id: message.identifier })}`}
                onClick={() => onOpen(message.id)}
              >
                {formatDateTime(message.received)}
              </button>
            </td>
            {all && (
              <td title={message.facilityName}>
                <b>{message.facility}</b> {message.facilityName}
              </td>
            )}
            <td>{t(`event-${message.event}`)}</td>
            <td>
              <StateOf message={message} />
            </td>
            <td className="num">
              {message.settled ? ageWords(t, secondsBetween(message.received, message.settled)) : '–'}
            </td>
            <td className="key" title={message.person}>
              {message.person?.slice(0, 8) ?? '–'}
            </td>
            <td className="key" title={message.identifier}>
              {message.identifier}
            </td>
            <td className="num">{sizeWords(message.size)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const secondsBetween = (from: string, to: string): number =>
  Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
