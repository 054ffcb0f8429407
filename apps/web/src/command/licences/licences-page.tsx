import { Button, EmptyState, LoadingState, StatusWord, usePageTitle } from '@yba/ui';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { own } from '../../auth/own.ts';
import { useChange } from '../../account/account.ts';
import { ConfirmDialog } from '../../account/confirm-dialog.tsx';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { LicenceDialog } from '../../licences/licence-dialog.tsx';
import { daysWords, stateWords, type Holder } from '../../licences/licence.ts';
import { useLicenceText } from '../../licences/messages.ts';
import { UnrecordedRule } from './unrecorded-rule.tsx';
import '../../licences/licences.css';

type Practitioner = Holder & {
  username: string;
  facilities: { facility: string; name: string; role: string }[];
};

/** Licences to practise over all facilities, and what becomes of those for whom none is on record. */
export function LicencesPage() {
  const t = useLicenceText();
  usePageTitle(t('pageTitle'));
  const [text, setText] = useState('');
  const of = useDeferredValue(text.trim());
  const [chosen, setChosen] = useState<Practitioner>();
  const change = useChange('licences');
  const list = useQuery({
    queryKey: ['licences', of],
    queryFn: () =>
      own<{ practitioners: Practitioner[]; more: boolean }>(`licences?${new URLSearchParams({ of })}`),
    placeholderData: (before) => before,
  });
  const rows = list.data?.practitioners ?? [];
  return (
    <main className="secfile licpage">
      <header>
        <h2>{t('pageTitle')}</h2>
      </header>
      <UnrecordedRule />
      <div className="findbar">
        <input
          type="search"
          aria-label={t('find')}
          placeholder={t('find')}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <span role="status">
          {list.data && t('count', { count: rows.length })} {list.data?.more && t('more')}
        </span>
      </div>
      <p role="status" className="note">
        {change.done}
      </p>
      {list.isPending && <LoadingState rows={8} />}
      {list.isError && <ReadFailed of={list} />}
      {list.isSuccess && rows.length === 0 && <EmptyState title={t('nobody')}>{t('nobodyHint')}</EmptyState>}
      {rows.length > 0 && (
        <div className="tablebox" tabIndex={0} role="region" aria-label={t('pageTitle')}>
          <table className="counts">
            <thead>
              <tr>
                <th scope="col">{t('person')}</th>
                <th scope="col">{t('place')}</th>
                <th scope="col">{t('licence')}</th>
                <th scope="col">
                  <span className="vh">{t('edit')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const state = stateWords(row, t);
                return (
                  <tr key={row.id}>
                    <th scope="row">
                      {row.name} <small>{row.username}</small>
                    </th>
                    <td data-label={t('place')}>{row.facilities.map(({ name }) => name).join(', ')}</td>
                    <td data-label={t('licence')}>
                      <div>
                        {row.number} <StatusWord tone={state.tone}>{state.text}</StatusWord>
                        {row.number && <small>{daysWords(row, t)}</small>}
                      </div>
                    </td>
                    <td>
                      <Button aria-label={t('editOf', { name: row.name })} onClick={() => setChosen(row)}>
                        {t('edit')}
                      </Button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {chosen && (
        <LicenceDialog
          who={chosen}
          path={`licences/${chosen.id}`}
          keeps
          change={change}
          onClose={() => setChosen(undefined)}
        />
      )}
      <ConfirmDialog change={change} />
    </main>
  );
}
