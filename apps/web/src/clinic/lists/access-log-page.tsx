import { EmptyState, formatDateTime, LoadingState, StatusWord, useKeys, usePageTitle } from '@yba/ui';
import { IconLock } from '@tabler/icons-react';
import { useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { DutyList } from '../home/duties-page.tsx';
import { useClinicText } from '../messages.ts';
import { ListHead } from './list-head.tsx';
import { useActionWords } from './look-words.ts';
import { useAccessLog, type LoggedAccess } from './access-log.ts';

const FILTERS = ['all', 'opened', 'emergency', 'denied', 'security'] as const;

/** What is logged of signing in and of accounts. */
const SECURITY: readonly string[] = ['sign-in', 'sign-out', 'lock', 'unlock', 'revoke', 'switch', 'account'];

const CHOOSES: Record<(typeof FILTERS)[number], (one: LoggedAccess) => boolean> = {
  all: () => true,
  opened: (one) => one.action === 'open',
  emergency: (one) => one.purpose === 'ETREAT',
  denied: (one) => one.denied,
  security: (one) => SECURITY.includes(one.action),
};

const PURPOSES = ['TREAT', 'COC', 'PATRQT', 'HPAYMT', 'ETREAT'] as const;

/** Who of this facility looked or wrote, when, why: for the ones who answer for it. */
export function AccessLogPage() {
  const t = useClinicText();
  usePageTitle(t('logTitle'));
  const list = useAccessLog();
  const all = list.data ?? [];
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>('all');
  const rows = all.filter(CHOOSES[filter]);
  useKeys([
    ...FILTERS.map((one, index) => ({
      keys: String(index + 1),
      label: index === 0 ? t('filterKeys') : t(`log-${one}`),
      ...(index === 0 ? { printed: `1 – ${FILTERS.length}` } : {}),
      run: () => setFilter(one),
      quiet: index > 0,
    })),
    { keys: 'Alt R', label: t('reload'), run: () => void list.refetch() },
  ]);
  return (
    <div className="desk">
      <section className="qm">
        <ListHead
          title={t('logTitle')}
          segments={{
            label: t('filterLabel'),
            chosen: filter,
            onChoose: setFilter,
            of: FILTERS.map((key) => ({
              key,
              label: t(`log-${key}`),
              count: all.filter(CHOOSES[key]).length,
            })),
          }}
        />
        <div className="scroll" tabIndex={0} role="region" aria-label={t('logTitle')}>
          {list.isPending && <LoadingState rows={10} />}
          {list.isError && <ReadFailed of={list} />}
          {list.isSuccess && rows.length === 0 && (
            <EmptyState title={t('logEmpty')}>{t('logEmptyHint')}</EmptyState>
          )}
          {rows.length > 0 && (
            <table className="qt plain">
              <thead>
                <tr>
                  <th>{t('time')}</th>
                  <th>{t('who')}</th>
                  <th>{t('didWhat')}</th>
                  <th>{t('why')}</th>
                  <th>{t('outcome')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <Row key={row.id} row={row} />
                ))}
              </tbody>
            </table>
          )}
        </div>
        {list.isSuccess && <div className="qf">{t('logFoot', { count: all.length })}</div>}
      </section>
      <aside className="side" aria-label={t('dutiesTitle')}>
        <DutyList />
      </aside>
    </div>
  );
}

function Row({ row }: { row: LoggedAccess }) {
  const t = useClinicText();
  const did = useActionWords();
  const purpose = PURPOSES.find((one) => one === row.purpose);
  const why = [purpose && t(`reason-${purpose}`), row.reason].filter(Boolean).join(': ');
  return (
    <tr>
      <td>{formatDateTime(row.at)}</td>
      <td>
        <b>{row.who}</b>
        <small>{row.role}</small>
      </td>
      <td>
        {did(row.action)}
        <small>
          {[row.target, row.persons > 1 ? t('ofPersons', { count: row.persons }) : '']
            .filter(Boolean)
            .join(' · ')}
        </small>
      </td>
      <td className="wrap">{why || <span className="miss">{t('notSaid')}</span>}</td>
      <td>
        {row.denied ? (
          <StatusWord tone="warn" icon={<IconLock className="i" aria-hidden />}>
            {t('outcomeDenied')}
          </StatusWord>
        ) : (
          <StatusWord>{t('outcomeDone')}</StatusWord>
        )}
      </td>
    </tr>
  );
}
