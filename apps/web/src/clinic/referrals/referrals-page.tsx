import { formatDate, usePageTitle } from '@yba/ui';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useSession } from '../../auth/session.ts';
import { useLive } from '../../fhir/live.ts';
import { Desk } from '../lists/desk.tsx';
import { useFacilities } from '../record/facilities.ts';
import { ABILITIES, roleOf } from '../shell/roles.ts';
import { useReferralText } from './messages.ts';
import { NewsBar } from './news-bar.tsx';
import { ReferralDesk, StateWord } from './referral-desk.tsx';
import { takeStep, useReferrals, VIEWS, type Referral, type View } from './referrals.ts';

const route = getRouteApi('/clinic/referrals');

/** The referrals of the facility: to us, from us, done, and our own patients elsewhere; one chosen and worked on beside the list. */
export function ReferralsPage() {
  const t = useReferralText();
  usePageTitle(t('title'));
  const { task, paper } = route.useSearch();
  const queries = useQueryClient();
  const facilities = useFacilities();
  const isDesk = !ABILITIES[roleOf(useSession())].readCare;
  const views: readonly View[] = isDesk ? ['in'] : VIEWS;
  const lists = {
    in: useReferrals('in'),
    out: useReferrals('out', !isDesk),
    done: useReferrals('done', !isDesk),
    family: useReferrals('family', !isDesk),
  };
  const [view, setView] = useState<View>('in');
  const [chosen, setChosen] = useState<string>();
  const [done, setDone] = useState<string>();
  const [held, setHeld] = useState<Referral>();
  const isLive = useLive('', ({ event }) => {
    if (event === 'referrals') void queries.invalidateQueries({ queryKey: ['referrals'] });
  });
  useEffect(() => {
    // what came before the stream was open, or while the network was away
    if (isLive) void queries.invalidateQueries({ queryKey: ['referrals'] });
  }, [isLive, queries]);
  useReceipts(isDesk ? undefined : lists.in.data);
  const isNamed = (one: Referral) => one.id === task || (paper !== undefined && one.number === paper);
  const named = VIEWS.find((one) => lists[one].data?.some(isNamed));
  const namedId = named && lists[named].data?.find(isNamed)?.id;
  const address = task ?? paper;
  const followed = useRef<string>(undefined);
  useEffect(() => {
    // once: later steps move it to another list, which must not take the reader along
    if (!named || !namedId || followed.current === address) return;
    followed.current = address;
    setView(named);
    setChosen(namedId);
  }, [named, namedId, address]);
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
  const listed = list.data ?? [];
  // one that somebody writes on stays, even when a colleague moved it to another list meanwhile
  const isGone = held !== undefined && !listed.some(({ id }) => id === held.id);
  const rows = isGone ? [held, ...listed] : listed;
  const first = rows[0]?.id;
  const isChosen = rows.some(({ id }) => id === chosen);
  useEffect(() => {
    // the reader keeps the one under their eyes when another comes in above it
    if (first && !isChosen) setChosen(first);
  }, [first, isChosen]);
  const reload = () => void queries.invalidateQueries({ queryKey: ['referrals'] });
  const choose = (id: string) => {
    const where = VIEWS.find((one) => lists[one].data?.some((row) => row.id === id));
    if (!where) return;
    setHeld(undefined);
    setView(where);
    setChosen(id);
  };
  const said = (words: string) => {
    setDone(words);
    reload();
    setTimeout(reload, FEED_MS); // the lists follow the feed
  };
  return (
    <Desk
      title={t('title')}
      viewsLabel={t('views')}
      className="referrals"
      views={views.map((key) => ({
        key,
        label: t(`view-${key}`),
        count: lists[key].data?.length,
        empty: t(`empty-${key}`),
        hint: t(`emptyHint-${key}`),
      }))}
      view={view}
      onView={(next) => {
        setDone(undefined);
        setHeld(undefined);
        setView(next);
      }}
      list={list}
      rows={rows}
      chosen={chosen}
      onChoose={(id) => {
        setHeld(undefined);
        setDone(undefined);
        setChosen(id);
      }}
      onReload={reload}
      said={done}
      news={<NewsBar enabled={!isDesk} onChoose={choose} />}
      option={(row) => (
        <>
          <b>{row.person}</b>
          <span>{row.reason || row.number}</span>
          <Row referral={row} />
          <StateWord referral={row} />
        </>
      )}
    >
      {(row) => (
        <ReferralDesk
          key={row.id}
          referral={row}
          facilities={facilities}
          isFamily={view === 'family'}
          isDesk={isDesk}
          onDone={said}
          onWriting={(isWriting) => setHeld(isWriting ? row : undefined)}
          onMoved={reload}
          isGone={isGone && row.id === held.id}
        />
      )}
    </Desk>
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
