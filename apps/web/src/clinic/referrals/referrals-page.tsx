import { EmptyState, ErrorState, formatDate, LoadingState, useKeys, usePageTitle } from '@yba/ui';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useSession } from '../../auth/session.ts';
import { errorWords } from '../../fhir/client.ts';
import { useLive } from '../../fhir/live.ts';
import { useClinicText } from '../messages.ts';
import { useFacilities } from '../record/facilities.ts';
import { useReferralText } from './messages.ts';
import { ReferralDesk, StateWord } from './referral-desk.tsx';
import { takeStep, useReferrals, VIEWS, type Referral, type View } from './referrals.ts';

const route = getRouteApi('/clinic/referrals');

/** The referrals of the facility: to us, from us, done, and our own patients elsewhere; one chosen and worked on beside the list. */
export function ReferralsPage() {
  const t = useReferralText();
  const clinic = useClinicText();
  usePageTitle(t('title'));
  const { task, paper } = route.useSearch();
  const queries = useQueryClient();
  const facilities = useFacilities();
  const lists = {
    in: useReferrals('in'),
    out: useReferrals('out'),
    done: useReferrals('done'),
    family: useReferrals('family'),
  };
  const [view, setView] = useState<View>('in');
  const [chosen, setChosen] = useState<string>();
  const [done, setDone] = useState<string>();
  useLive('', ({ event }) => {
    if (event === 'referrals') void queries.invalidateQueries({ queryKey: ['referrals'] });
  });
  useReceipts(lists.in.data);
  const isNamed = (one: Referral) => one.id === task || (paper !== undefined && one.number === paper);
  const named = VIEWS.find((one) => lists[one].data?.some(isNamed));
  const namedId = named && lists[named].data?.find(isNamed)?.id;
  useEffect(() => {
    if (!named || !namedId) return;
    setView(named);
    setChosen(namedId);
  }, [named, namedId]);
  const isAwaited = (task ?? paper) !== undefined && !named;
  useEffect(() => {
    if (!isAwaited) return;
    // just sent: the lists follow the feed, a moment behind
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: ['referrals'] }), FEED_MS);
    const end = setTimeout(() => clearInterval(timer), AWAITED_MS);
    return () => {
      clearInterval(timer);
      clearTimeout(end);
    };
  }, [isAwaited, queries]);
  const list = lists[view];
  const rows = list.data ?? [];
  const index = Math.max(
    0,
    rows.findIndex(({ id }) => id === chosen),
  );
  const current = rows[index];
  const move = (step: number) => setChosen(rows[Math.max(0, Math.min(rows.length - 1, index + step))]?.id);
  const show = (next: View) => {
    setDone(undefined);
    setView(next);
  };
  const reload = () => void queries.invalidateQueries({ queryKey: ['referrals'] });
  const said = (words: string) => {
    setDone(words);
    reload();
    setTimeout(reload, FEED_MS); // the lists follow the feed
  };
  useKeys([
    { keys: '↑', label: clinic('choose'), run: () => move(-1), quiet: true },
    { keys: '↓', label: clinic('choose'), run: () => move(1) },
    ...VIEWS.map((one, at) => ({
      keys: String(at + 1),
      label: at === 0 ? clinic('filterKeys') : t(`view-${one}`),
      ...(at === 0 ? { printed: `1 – ${VIEWS.length}` } : {}),
      run: () => show(one),
      quiet: at > 0,
    })),
    { keys: 'Alt R', label: clinic('reload'), run: reload },
  ]);
  return (
    <section className="qm alerts referrals">
      <div className="qh">
        <h1>{t('title')}</h1>
        <div className="segs" role="group" aria-label={t('views')}>
          {VIEWS.map((one) => (
            <button
              type="button"
              key={one}
              className={one === view ? 'on' : ''}
              aria-pressed={one === view}
              onClick={() => show(one)}
            >
              <b>{lists[one].data?.length ?? '…'}</b>
              {t(`view-${one}`)}
            </button>
          ))}
        </div>
      </div>
      {done && (
        <p className="done" role="status">
          <IconCircleCheck className="i" aria-hidden />
          {done}
        </p>
      )}
      {list.isPending && <LoadingState rows={8} />}
      {list.isError && <ErrorState onRetry={() => void list.refetch()}>{errorWords(list.error)}</ErrorState>}
      {list.isSuccess && !current && (
        <EmptyState title={t(`empty-${view}`)}>{t(`emptyHint-${view}`)}</EmptyState>
      )}
      {current && (
        <div className="pairdesk">
          <div className="pairs" role="listbox" aria-label={t(`view-${view}`)} tabIndex={0}>
            {rows.map((row) => (
              <button
                key={row.id}
                type="button"
                role="option"
                aria-selected={row === current}
                className={row === current ? 'pair sel' : 'pair'}
                onClick={() => setChosen(row.id)}
              >
                <b>{row.person}</b>
                <span>{row.reason}</span>
                <Row referral={row} />
                <StateWord state={row.state} />
              </button>
            ))}
          </div>
          <ReferralDesk
            key={current.id}
            referral={current}
            facilities={facilities}
            isFamily={view === 'family'}
            onDone={said}
          />
        </div>
      )}
    </section>
  );
}

/** How long the lists may be behind a step, in ms. */
const FEED_MS = 600;
/** How long one that the address names is waited for, in ms. */
const AWAITED_MS = 6_000;

/** From where or whereto, and when. */
function Row({ referral: { from, to, changed } }: { referral: Referral }) {
  const own = useSession()?.claims.facility;
  const other = from.code === own ? `→ ${to.name}` : `← ${from.name}`;
  return (
    <small>
      {other} · {formatDate(changed)}
    </small>
  );
}

/** Tells the senders that their papers are here, once for each: the tick “received”. */
function useReceipts(referrals: readonly Referral[] | undefined): void {
  const queries = useQueryClient();
  const own = useSession()?.claims.facility;
  const told = useRef(new Set<string>());
  useEffect(() => {
    const fresh = (referrals ?? []).filter(
      ({ id, state, to }) => state === 'requested' && to.code === own && !told.current.has(id),
    );
    if (fresh.length === 0) return;
    for (const { id } of fresh) told.current.add(id);
    void Promise.allSettled(fresh.map(({ id }) => takeStep(id, 'receive'))).then(() =>
      queries.invalidateQueries({ queryKey: ['referrals', 'in'] }),
    );
  }, [referrals, own, queries]);
}
