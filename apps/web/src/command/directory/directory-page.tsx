import { keepPreviousData, useQuery } from '@tanstack/react-query';
import {
  EmptyState,
  formatDate,
  LoadingState,
  StatusWord,
  todayInVietNam,
  useKeys,
  usePageTitle,
} from '@yba/ui';
import { useEffect, useRef, useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { ask, type Told } from './call.ts';
import './directory.css';
import { FacilityPanel } from './facility-panel.tsx';
import { useDirectoryText } from './messages.ts';
import { ReportPanel } from './report-panel.tsx';

type Kind = 'facility' | 'staff';

/** The directory: found while one types, and each facility as it was on any day. */
export function DirectoryPage() {
  const t = useDirectoryText();
  usePageTitle(t('directoryTitle'));
  const box = useRef<HTMLInputElement>(null);
  const [kind, setKind] = useState<Kind>('facility');
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<string>();
  const [at, setAt] = useState(0);
  const typed = useSettled(text.trim());
  const found = useQuery({
    queryKey: ['directory', kind, typed],
    enabled: typed !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ask('$find-in-directory', { kind, text: typed, _count: '30' }, signal),
  });
  const matches = typed === '' ? [] : (found.data?.list('match') ?? []);
  const isOfText = typed === text.trim() && !found.isPlaceholderData;
  useKeys([{ keys: '/', label: t('findLabel'), run: () => box.current?.focus() }]);
  const choose = (match: Told | undefined) => {
    const code = kind === 'facility' ? match?.value('code') : match?.list('post')[0]?.value('facility');
    if (code) setChosen(code);
  };
  // Enter is heard once the list is of what is typed: until then it shows what was found before
  const [isEntered, setIsEntered] = useState(false);
  if (isEntered && isOfText && !found.isPending) {
    setIsEntered(false);
    choose(matches[at]);
  }
  return (
    <main className="dir">
      <section className="find" aria-label={t('findLabel')}>
        <div className="segs" role="group" aria-label={t('kindOf')}>
          {(['facility', 'staff'] as const).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={kind === one}
              className={kind === one ? 'on' : ''}
              onClick={() => setKind(one)}
            >
              {t(one === 'facility' ? 'facilities' : 'staff')}
            </button>
          ))}
        </div>
        <div className="field">
          <label htmlFor="directory-find" className="vh">
            {t('findLabel')}
          </label>
          <input
            id="directory-find"
            ref={box}
            type="search"
            autoComplete="off"
            placeholder={t('findHint')}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
              setIsEntered(false);
            }}
            onKeyDown={(event) => {
              const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
              if (move) {
                event.preventDefault();
                setAt(Math.max(0, Math.min(matches.length - 1, at + move)));
              }
              if (event.key === 'Enter') setIsEntered(true);
            }}
          />
        </div>
        {typed === '' && <p className="quiet">{t('startTyping')}</p>}
        {typed !== '' && found.isPending && <LoadingState rows={6} />}
        {found.isError && <ReadFailed of={found} />}
        {typed !== '' && found.data && matches.length === 0 && (
          <EmptyState title={t(`nothing-${kind}`)}>{t(`nothing-${kind}-do`)}</EmptyState>
        )}
        <ul>
          {matches.map((match, index) => (
            <li key={match.value('resource')}>
              <button
                type="button"
                className={index === at ? 'on' : ''}
                aria-current={chosen !== undefined && match.value('code') === chosen}
                onClick={() => choose(match)}
              >
                {kind === 'facility' ? <FacilityRow match={match} /> : <StaffRow match={match} />}
              </button>
            </li>
          ))}
        </ul>
        {matches.length > 0 && !found.data?.flag('complete') && <p className="quiet">{t('more')}</p>}
      </section>
      {chosen ? <FacilityPanel key={chosen} code={chosen} onChoose={setChosen} /> : <ReportPanel />}
    </main>
  );
}

const SETTLE_MS = 60;

/** A text once it has not changed for a moment, so that fast typing asks once. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function FacilityRow({ match }: { match: Told }) {
  const t = useDirectoryText();
  return (
    <>
      <b>{match.value('name')}</b>
      <span className="sub">
        <code>{match.value('code')}</code> {match.value('place')}
      </span>
      {!match.flag('active') && <StatusWord tone="warn">{t('state-ended')}</StatusWord>}
    </>
  );
}

function StaffRow({ match }: { match: Told }) {
  const t = useDirectoryText();
  const until = match.value('licenceUntil');
  const posts = match.list('post');
  return (
    <>
      <b>{match.value('name')}</b>
      <span className="sub">
        <code>{match.value('code')}</code>{' '}
        {posts.length > 0
          ? posts.map((post) => post.value('facilityName') || post.value('facility')).join(' · ')
          : t('noPost')}
      </span>
      {until && until < todayInVietNam() && <StatusWord tone="bad">{t('licencePast')}</StatusWord>}
      {until && until >= todayInVietNam() && (
        <span className="sub">{t('licenceUntil', { date: formatDate(until) })}</span>
      )}
    </>
  );
}
