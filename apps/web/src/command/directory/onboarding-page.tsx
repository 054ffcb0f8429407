import { useQuery } from '@tanstack/react-query';
import { Button, EmptyState, formatDateTime, LoadingState, StatusWord, useKeys, usePageTitle } from '@yba/ui';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { ApplyDialog } from './apply-dialog.tsx';
import { ask, type Told } from './call.ts';
import './directory.css';
import { useDirectoryText, type DirectoryKey } from './messages.ts';
import { OnboardingDesk } from './onboarding-desk.tsx';

const STATES = [
  'applied',
  'coded',
  'credentialed',
  'tested',
  'live',
  'suspended',
  'terminated',
  'rejected',
] as const;

/** The workbench on which facilities are brought into the exchange, step by step. */
export function OnboardingPage() {
  const t = useDirectoryText();
  usePageTitle(t('onboardingTitle'));
  const [state, setState] = useState<string>('');
  const [chosen, setChosen] = useState<string>();
  const [applying, setApplying] = useState(false);
  const list = useQuery({
    queryKey: ['onboardings', state],
    queryFn: ({ signal }) => ask('$onboardings', { state }, signal),
  });
  useKeys([{ keys: 'N', label: t('newApplication'), run: () => setApplying(true) }]);
  const counts = new Map((list.data?.list('count') ?? []).map((one) => [one.value('state'), one.count('n')]));
  const rows = list.data?.list('onboarding') ?? [];
  return (
    <main className="dir">
      <section className="find" aria-label={t('onboardingTitle')}>
        <header>
          <h2>{t('onboardingTitle')}</h2>
          <Button className="small" look="primary" keys="N" onClick={() => setApplying(true)}>
            <IconPlus className="i" aria-hidden />
            {t('newApplication')}
          </Button>
        </header>
        <div className="chips" role="group" aria-label={t('state')}>
          {['', ...STATES].map((one) => (
            <button key={one} type="button" aria-pressed={state === one} onClick={() => setState(one)}>
              {one === '' ? t('all') : t(`on-${one}` as DirectoryKey)}{' '}
              {one !== '' && <b>{counts.get(one) ?? 0}</b>}
            </button>
          ))}
        </div>
        {list.isPending && <LoadingState rows={6} />}
        {list.isError && <ReadFailed of={list} />}
        {list.data && rows.length === 0 && (
          <EmptyState title={t('applicationsNone')}>{t('applicationsDo')}</EmptyState>
        )}
        <ul>
          {rows.map((row) => (
            <li key={row.value('id')}>
              <button
                type="button"
                className={row.value('id') === chosen ? 'on' : ''}
                aria-current={row.value('id') === chosen}
                onClick={() => setChosen(row.value('id'))}
              >
                <Row row={row} />
              </button>
            </li>
          ))}
        </ul>
      </section>
      {chosen ? (
        <OnboardingDesk key={chosen} id={chosen} />
      ) : (
        <section className="one">
          <p className="quiet">{t('chooseOne')}</p>
        </section>
      )}
      {applying && <ApplyDialog onClose={() => setApplying(false)} onMade={setChosen} />}
    </main>
  );
}

/** The tone of a state: green once the facility is live. */
export const toneOf = (state: string) =>
  state === 'live' ? 'ok' : state === 'suspended' || state === 'rejected' ? 'warn' : 'plain';

function Row({ row }: { row: Told }) {
  const t = useDirectoryText();
  return (
    <>
      <b>{row.value('name')}</b>
      <span className="sub">
        {row.value('facility') && <code>{row.value('facility')}</code>} {row.value('address')}
      </span>
      <span className="sub">
        <StatusWord tone={toneOf(row.value('state'))}>
          {t(`on-${row.value('state')}` as DirectoryKey)}
        </StatusWord>{' '}
        {formatDateTime(row.value('created'))}
      </span>
    </>
  );
}
