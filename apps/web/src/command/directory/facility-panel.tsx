import { Link } from '@tanstack/react-router';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, formatDate, formatDateTime, LoadingState, StatusWord, todayInVietNam } from '@yba/ui';
import { IconArrowBackUp, IconPencil } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { ask, carryOut, type Told } from './call.ts';
import { ChangeDialog } from './change-dialog.tsx';
import { DayField, TextField, WorkDialog } from './form.tsx';
import { useDirectoryText, type DirectoryKey } from './messages.ts';

/** A facility: as it was on the day chosen beside as it is now, with its history, parts and staff. */
export function FacilityPanel({ code, onChoose }: { code: string; onChoose: (code: string) => void }) {
  const t = useDirectoryText();
  const client = useQueryClient();
  const today = todayInVietNam();
  const [day, setDay] = useState(today);
  const [dialog, setDialog] = useState<'change' | { undo: string }>();
  const answer = useQuery({
    queryKey: ['directory-facility', code, day],
    enabled: day !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ask('Organization/$directory-facility', { code, on: day }, signal),
  });
  if (answer.isPending) return <LoadingState rows={10} />;
  if (answer.isError) return <ReadFailed of={answer} />;
  const told = answer.data;
  const now = told.list('now')[0]!;
  const then = told.list('then')[0]!;
  const again = () => void client.invalidateQueries({ queryKey: ['directory-facility'] });
  return (
    <section className="one" aria-label={now.value('name')}>
      <header>
        <h2>{now.value('name')}</h2>
        <code>{code}</code>
        <Button className="small" onClick={() => setDialog('change')}>
          <IconPencil className="i" aria-hidden />
          {t('change')}
        </Button>
        <Link className="ln" to="/command/messages" search={{ facility: code }}>
          {t('messagesOf', { code })}
        </Link>
      </header>
      <div className="when">
        <DayField label={t('onDay')} value={day} max={today} onChange={setDay} />
        {day !== today && (
          <Button className="small" onClick={() => setDay(today)}>
            {t('today')}
          </Button>
        )}
        <p>
          {t('becameNow')}: <Became told={told} code={code} onChoose={onChoose} />
        </p>
      </div>
      <div className="two">
        <Standing title={t('asThen')} day={day} of={then} />
        <Standing title={t('asNow')} day={today} of={now} />
      </div>
      <Lists told={told} onChoose={onChoose} />
      <History told={told} />
      <Changes told={told} onUndo={(undo) => setDialog({ undo })} />
      <Staff told={told} />
      {dialog === 'change' && (
        <ChangeDialog
          code={code}
          name={now.value('name')}
          onClose={() => setDialog(undefined)}
          onDone={again}
        />
      )}
      {typeof dialog === 'object' && (
        <UndoDialog change={dialog.undo} onClose={() => setDialog(undefined)} onDone={again} />
      )}
    </section>
  );
}

function Became({ told, code, onChoose }: { told: Told; code: string; onChoose: (code: string) => void }) {
  const t = useDirectoryText();
  const today = told.list('today')[0]!;
  if (today.value('extent') === 'same') return <b>{t('became-same')}</b>;
  if (today.value('extent') === 'ended') return <b>{t('became-ended')}</b>;
  return (
    <>
      {today.values('code').map((one) => (
        <button key={one} type="button" className="ln" disabled={one === code} onClick={() => onChoose(one)}>
          {one}
        </button>
      ))}
    </>
  );
}

function Standing({ title, day, of }: { title: string; day: string; of: Told }) {
  const t = useDirectoryText();
  const state = of.value('state');
  const level = of.value('level');
  const rows: [DirectoryKey, ReactNode][] = [
    ['name', of.value('name')],
    [
      'state',
      <StatusWord key="s" tone={state === 'in-force' ? 'ok' : 'warn'}>
        {t(`state-${state}` as DirectoryKey)}
      </StatusWord>,
    ],
    ['level', level ? t(`level-${level}` as DirectoryKey) : t('unknownWord')],
    ['address', of.value('address') || t('unknownWord')],
    ['placeThen', <Place key="p" place={of.list('place')[0]} province={of.list('province')[0]} />],
    ['placeNow', <PlaceNow key="n" of={of.list('placeNow')[0]} />],
  ];
  return (
    <div className="standing-card">
      <h3>
        {title} <span>{formatDate(day)}</span>
      </h3>
      <dl>
        {rows.map(([key, value]) => (
          <div key={key}>
            <dt>{t(key)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Place({ place, province }: { place: Told | undefined; province: Told | undefined }) {
  const t = useDirectoryText();
  if (!place) return t('unknownWord');
  const above =
    province && province.value('code') !== place.value('code') ? `, ${province.value('name')}` : '';
  return (
    <>
      {place.value('name')}
      {above} <code>{place.value('code')}</code> <small>{t('listOf', { list: place.value('list') })}</small>
    </>
  );
}

/** Where that is today: one unit, one of several, or that nobody knows. */
function PlaceNow({ of }: { of: Told | undefined }) {
  const t = useDirectoryText();
  if (!of) return t('unknownWord');
  const names = of.list('unit').map((unit) => unit.value('name'));
  const province = of.list('province')[0]?.value('name') ?? '';
  if (of.value('extent') === 'whole') {
    const whole = [...names, province].filter((one, index, all) => one && all.indexOf(one) === index);
    return whole.join(', ');
  }
  if (of.value('extent') === 'part') return t('extent-part', { names: names.join(', ') });
  return <em>{t('extent-unknown', { province })}</em>;
}

function Lists({ told, onChoose }: { told: Told; onChoose: (code: string) => void }) {
  const t = useDirectoryText();
  const groups: [DirectoryKey, Told[]][] = [
    ['parent', told.list('parent')],
    ['children', told.list('child')],
    ['predecessors', told.list('predecessor')],
  ];
  return groups
    .filter(([, list]) => list.length > 0)
    .map(([key, list]) => (
      <div key={key} className="links">
        <h3>{t(key)}</h3>
        {list.map((one) => (
          <button
            key={one.value('code')}
            type="button"
            className="ln"
            onClick={() => onChoose(one.value('code'))}
          >
            {one.value('name')} <code>{one.value('code')}</code>
          </button>
        ))}
      </div>
    ));
}

function History({ told }: { told: Told }) {
  const t = useDirectoryText();
  const facts = told.list('fact');
  const days = (fact: Told) => {
    const [from, to] = [fact.value('from'), fact.value('to')].map((one) => (one ? formatDate(one) : ''));
    if (from && to) return t('fromTo', { from, to });
    return from ? t('fromOn', { from }) : to ? t('until', { to }) : '';
  };
  return (
    <div>
      <h3>{t('history')}</h3>
      {facts.length === 0 && <p className="quiet">{t('historyNone')}</p>}
      <ol className="facts">
        {facts.map((fact, index) => (
          <li key={index}>
            <span className="days">{days(fact)}</span>
            <b>{t(`what-${fact.value('what')}` as DirectoryKey)}</b>
            <span>
              {fact.value('what') === 'level'
                ? t(`level-${fact.value('words')}` as DirectoryKey)
                : fact.value('words')}{' '}
              {fact.value('decision') && <small>{fact.value('decision')}</small>}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Changes({ told, onUndo }: { told: Told; onUndo: (id: string) => void }) {
  const t = useDirectoryText();
  const changes = told.list('change');
  if (changes.length === 0) return null;
  return (
    <div>
      <h3>{t('changes')}</h3>
      <ol className="facts">
        {changes.map((change) => (
          <li key={change.value('id')}>
            <span className="days">{formatDateTime(change.value('at'))}</span>
            <b>
              {change.value('undoes') ? `${t('undo')}: ` : ''}
              {t(`kind-${change.value('kind')}` as DirectoryKey)}
            </b>
            <span>
              {change.value('by')}: {change.value('why')}{' '}
              {change.flag('undone') && <small>{t('undone')}</small>}
            </span>
            {!change.flag('undone') && !change.value('undoes') && (
              <Button className="small" look="quiet" onClick={() => onUndo(change.value('id'))}>
                <IconArrowBackUp className="i" aria-hidden />
                {t('undo')}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Staff({ told }: { told: Told }) {
  const t = useDirectoryText();
  const staff = told.list('staff');
  if (staff.length === 0) return null;
  const today = todayInVietNam();
  return (
    <div>
      <h3>
        {t('staffTitle')} <span>{told.count('staffCount')}</span>
      </h3>
      <div className="tablebox" tabIndex={0} role="region" aria-label={t('staffTitle')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('name')}</th>
              <th scope="col">{t('role')}</th>
              <th scope="col">{t('licence')}</th>
              <th scope="col">{t('account')}</th>
            </tr>
          </thead>
          <tbody>
            {staff.map((one) => {
              const until = one.value('licenceUntil');
              return (
                <tr key={one.value('resource')}>
                  <th scope="row">{one.value('name')}</th>
                  <td>{[one.value('role'), one.value('department')].filter(Boolean).join(' · ')}</td>
                  <td>
                    {one.value('licence')}{' '}
                    {until && until < today && <StatusWord tone="bad">{t('licencePast')}</StatusWord>}
                    {until && until >= today && (
                      <small>{t('licenceUntil', { date: formatDate(until) })}</small>
                    )}
                  </td>
                  <td>{t(one.flag('account') ? 'hasAccount' : 'noAccount')}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function UndoDialog({
  change,
  onClose,
  onDone,
}: {
  change: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const t = useDirectoryText();
  const [why, setWhy] = useState('');
  const work = async () => {
    await carryOut('Organization/$undo-facility-change', { change, why });
    onDone();
  };
  return (
    <WorkDialog title={t('undoTitle')} action={t('undo')} work={work} onClose={onClose}>
      <TextField label={t('why')} hint={t('whyHint')} required value={why} onChange={setWhy} />
    </WorkDialog>
  );
}
