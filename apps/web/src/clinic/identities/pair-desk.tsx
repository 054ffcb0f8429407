import {
  Button,
  EmptyState,
  formatDate,
  formatPercent,
  LoadingState,
  PartialBar,
  useKeys,
  useLanguage,
} from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { errorWords } from '../../fhir/client.ts';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { DeskRow } from '../lists/desk-row.tsx';
import { useChosenRow } from '../lists/use-chosen-row.ts';
import { useClinicText } from '../messages.ts';
import { nameWords } from '../record/resource-words.ts';
import { CompareTable, Whose } from './compare-table.tsx';
import { propose, usePairs, type DecisionKind, type Pair } from './pairs.ts';

/** Pairs that may be one person: the list, and the chosen pair side by side. */
export function PairDesk({ onDone }: { onDone: (words: string | undefined) => void }) {
  const t = useClinicText();
  const list = usePairs(true);
  const pairs = list.data?.pairs ?? [];
  const [chosen, setChosen] = useState<string>();
  const current = useChosenRow(pairs, ({ key }) => key, {
    chosen,
    onChoose: setChosen,
    onReload: () => void list.refetch(),
  });
  if (list.isPending) return <LoadingState rows={8} />;
  if (list.isError) return <ReadFailed of={list} />;
  if (pairs.length === 0) return <EmptyState title={t('noPairs')}>{t('noPairsHint')}</EmptyState>;
  return (
    <div className="pairdesk">
      <div className="pairs" role="listbox" aria-label={t('pairsTitle')} tabIndex={0}>
        {pairs.length < (list.data?.total ?? 0) && (
          <PartialBar>{t('pairsCut', { shown: pairs.length, count: list.data!.total })}</PartialBar>
        )}
        {pairs.map((pair) => (
          <PairRow key={pair.key} pair={pair} on={pair === current} onChoose={() => setChosen(pair.key)} />
        ))}
      </div>
      {current && <PairPanel key={current.key} pair={current} onDone={onDone} />}
    </div>
  );
}

/** No pair on the list is certain: the highest chance is said as more than 99.9 %. */
const chanceWords = (chance: number, language: 'vi' | 'en') =>
  chance > 0.999 ? `> ${formatPercent(0.999, language)}` : formatPercent(chance, language);

function PairRow({ pair, on, onChoose }: { pair: Pair; on: boolean; onChoose: () => void }) {
  const t = useClinicText();
  const { language } = useLanguage();
  return (
    <DeskRow chosen={on} onChoose={onChoose}>
      <b>{nameWords(pair.patient.name).toLocaleUpperCase('vi') || t('nameUnread')}</b>
      <span>{nameWords(pair.other.name)}</span>
      <small>
        {formatDate(pair.patient.birthDate) || t('birthDateUnknown')} · <Whose patient={pair.other} />
      </small>
      <span className="chance">{pair.guard ? t('mustLook') : chanceWords(pair.chance, language)}</span>
    </DeskRow>
  );
}

function PairPanel({ pair, onDone }: { pair: Pair; onDone: (words: string | undefined) => void }) {
  const t = useClinicText();
  const { language } = useLanguage();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const decide = async (kind: DecisionKind) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await propose(kind, pair.patient.id!, pair.other.id, reason);
      onDone(t(kind === 'differ' ? 'keptApart' : 'waitsForSecond', { name: nameWords(pair.patient.name) }));
      await queries.invalidateQueries({ queryKey: ['identity-pairs'] });
      await queries.invalidateQueries({ queryKey: ['identity-decisions'] });
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  useKeys([
    { keys: '1', label: t('onePerson'), run: () => void decide('merge') },
    { keys: '2', label: t('twoPersons'), run: () => void decide('differ') },
    { keys: '3', label: t('onlyThis'), run: () => void decide('link') },
  ]);
  return (
    <section className="panel" aria-label={t('compareTitle')}>
      <header>
        <h2>{t('compareTitle')}</h2>
        <p>
          {pair.guard ? (
            t('mustLookLong')
          ) : (
            <>
              {t('chanceOne')} <b>{chanceWords(pair.chance, language)}</b>
            </>
          )}
        </p>
      </header>
      {pair.guard && (
        <p className="warn">
          <IconAlertTriangle className="i" aria-hidden />
          {pair.guard[language]}
        </p>
      )}
      <CompareTable patient={pair.patient} other={pair.other} fields={pair.fields} />
      <div className="field">
        <label htmlFor="identity-reason">{t('decisionReason')}</label>
        <input
          id="identity-reason"
          value={reason}
          maxLength={200}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      {failure !== undefined && (
        <p className="failure" role="alert">
          {errorWords(failure)}
        </p>
      )}
      <div className="acts">
        <Button look="primary" keys="1" disabled={busy} onClick={() => void decide('merge')}>
          {t('onePerson')}
        </Button>
        <Button keys="2" disabled={busy} onClick={() => void decide('differ')}>
          {t('twoPersons')}
        </Button>
        <Button keys="3" disabled={busy} onClick={() => void decide('link')}>
          {t('onlyThis')}
        </Button>
      </div>
      <p className="hint">{t('decideNote')}</p>
    </section>
  );
}
