import {
  Button,
  EmptyState,
  formatDate,
  formatTime,
  LoadingState,
  StatusWord,
  todayInVietNam,
  useAgeWords,
  useKeys,
  useSexWord,
  usePageTitle,
} from '@yba/ui';
import { IconCircleDot, IconClock, IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useSession } from '../../auth/session.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { openFind } from '../find/find-state.ts';
import { ListHead } from '../lists/list-head.tsx';
import { useClinicText } from '../messages.ts';
import { nameWords } from '../record/resource-words.ts';
import { DutyList } from './duties-page.tsx';
import { useRecentVisits, type VisitRow } from './recent-visits.ts';

const FILTERS = ['all', 'visit', 'inpatient', 'emergency'] as const;

/** The workbench of doctor, nurse and reception: the newest visits of the facility, and what one can do. */
export function Workbench() {
  const t = useClinicText();
  usePageTitle(t('workbench'));
  const navigate = useNavigate();
  const session = useSession();
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>('all');
  const [chosen, setChosen] = useState(0);
  const visits = useRecentVisits(session?.claims.facility);
  const all = visits.data ?? [];
  const shown = all.filter((visit) => filter === 'all' || visit.kind === filter);
  const open = (visit: VisitRow | undefined) =>
    visit && void navigate({ to: '/clinic/person/$id', params: { id: visit.patientId } });
  const move = (step: number) => setChosen((now) => Math.max(0, Math.min(shown.length - 1, now + step)));
  useKeys([
    { keys: '↑', label: t('choose'), run: () => move(-1), quiet: true },
    { keys: '↓', label: t('choose'), run: () => move(1) },
    { keys: '↵', label: t('openChart'), run: () => open(shown[chosen]) },
    ...FILTERS.map((one, index) => ({
      keys: String(index + 1),
      label: index === 0 ? t('filterKeys') : t(`filter-${one}`),
      ...(index === 0 ? { printed: `1 – ${FILTERS.length}` } : {}),
      run: () => pick(one),
      quiet: index > 0,
    })),
    { keys: 'Alt R', label: t('reload'), run: () => void visits.refetch() },
  ]);
  const pick = (one: (typeof FILTERS)[number]) => {
    setFilter(one);
    setChosen(0);
  };
  const today = all.filter((visit) => formatDate(new Date(visit.at)) === formatDate(todayInVietNam())).length;
  return (
    <div className="desk">
      <section className="qm">
        <ListHead
          title={t('visitsTitle')}
          segments={{
            label: t('filterLabel'),
            chosen: filter,
            onChoose: pick,
            of: FILTERS.map((key) => ({
              key,
              label: t(`filter-${key}`),
              count: key === 'all' ? all.length : all.filter(({ kind }) => kind === key).length,
            })),
          }}
        >
          <span className="r">
            <Button look="primary" keys="F2" onClick={() => openFind()}>
              <IconSearch className="i" aria-hidden />
              {t('findPerson')}
            </Button>
          </span>
        </ListHead>
        <div className="scroll" tabIndex={0} role="region" aria-label={t('visitsTitle')}>
          {visits.isPending && <LoadingState rows={10} />}
          {visits.isError && <ReadFailed of={visits} />}
          {visits.isSuccess && shown.length === 0 && (
            <EmptyState title={t('noVisits')}>{t('noVisitsHint')}</EmptyState>
          )}
          {shown.length > 0 && (
            <table className="qt">
              <thead>
                <tr>
                  <th className="nu">{t('time')}</th>
                  <th>{t('person')}</th>
                  <th>{t('kind')}</th>
                  <th>{t('department')}</th>
                  <th>{t('reason')}</th>
                  <th>{t('status')}</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((visit, index) => (
                  <Row key={visit.id} visit={visit} on={index === chosen} onOpen={() => open(visit)} />
                ))}
              </tbody>
            </table>
          )}
        </div>
        {visits.isSuccess && <div className="qf">{t('visitsFoot', { today, count: all.length })}</div>}
      </section>
      <aside className="side" aria-label={t('dutiesTitle')}>
        <DutyList />
      </aside>
    </div>
  );
}

const TONES = { 'in-progress': 'go', finished: 'plain' } as const;

function Row({ visit, on, onOpen }: { visit: VisitRow; on: boolean; onOpen: () => void }) {
  const t = useClinicText();
  const age = useAgeWords();
  const sex = useSexWord();
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (on) row.current?.scrollIntoView({ block: 'nearest' });
  }, [on]);
  const born = visit.patient?.birthDate;
  const today = formatDate(new Date(visit.at)) === formatDate(todayInVietNam());
  const status =
    visit.status === 'in-progress' || visit.status === 'finished' || visit.status === 'arrived'
      ? visit.status
      : 'other';
  return (
    <tr
      ref={row}
      className={[on ? 'sel' : '', visit.kind === 'emergency' ? 'em' : ''].join(' ').trim()}
      onClick={onOpen}
    >
      <td className="nu">{today ? formatTime(visit.at) : formatDate(new Date(visit.at)).slice(0, 5)}</td>
      <td>
        <button type="button" className="open" onClick={onOpen}>
          <b>{visit.patient ? nameWords(visit.patient.name).toLocaleUpperCase('vi') : t('nameUnread')}</b>
        </button>
        <small>
          {[formatDate(born).slice(-4), age(born), sex(visit.patient?.gender)].filter(Boolean).join(' · ')}
        </small>
      </td>
      <td className={visit.kind === 'visit' ? 'q' : ''}>
        {visit.kind === 'emergency' ? (
          <span className="pr e">{t('kind-emergency')}</span>
        ) : (
          t(`kind-${visit.kind}`)
        )}
      </td>
      <td>{visit.department || <span className="miss">{t('notSaid')}</span>}</td>
      <td className="wrap">{visit.reason || <span className="miss">{t('notSaid')}</span>}</td>
      <td>
        <StatusWord
          tone={status in TONES ? TONES[status as keyof typeof TONES] : 'plain'}
          icon={
            status === 'in-progress' ? (
              <IconCircleDot className="i" aria-hidden />
            ) : (
              <IconClock className="i" aria-hidden />
            )
          }
        >
          {t(`visitStatus-${status}`)}
        </StatusWord>
      </td>
    </tr>
  );
}
