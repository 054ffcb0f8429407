import {
  Button,
  EmptyState,
  formatDateTime,
  formatTime,
  LoadingState,
  StatusWord,
  useKeys,
  usePageTitle,
} from '@yba/ui';
import { Menu } from '@mantine/core';
import { IconDots, IconLock, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { ListHead } from '../lists/list-head.tsx';
import { foldName } from '@yba/vietnam';
import { own } from '../../auth/own.ts';
import { useSession } from '../../auth/session.ts';
import { useChange, type Change } from '../../account/account.ts';
import { ConfirmDialog } from '../../account/confirm-dialog.tsx';
import { useAccountText } from '../../account/messages.ts';
import { useClinicText } from '../messages.ts';
import { ABILITIES, roleOf } from '../shell/roles.ts';
import {
  EndWorkDialog,
  FirstPasswordDialog,
  OpenAccountDialog,
  ResetDialog,
  type First,
} from './staff-dialogs.tsx';
import { LicenceDialog } from '../../licences/licence-dialog.tsx';
import { daysWords, stateWords } from '../../licences/licence.ts';
import { useLicenceText } from '../../licences/messages.ts';
import { holderOf, PRACTISE, useStaff, type StaffAccount } from './staff.ts';
import '../../account/account.css';

type Asked = { what: 'open' } | { what: 'reset' | 'end' | 'licence'; who: StaffAccount };

/** The accounts of the facility: the privacy officer and the administrator see and unlock them, the administrator keeps them. */
export function StaffPage() {
  const t = useAccountText();
  const clinic = useClinicText();
  usePageTitle(t('staffTitle'));
  const session = useSession();
  const can = ABILITIES[roleOf(session)];
  const keeps = roleOf(session) === 'admin';
  const list = useStaff(can.accounts);
  const change = useChange('staff');
  const [text, setText] = useState('');
  const [asked, setAsked] = useState<Asked>();
  const [first, setFirst] = useState<First>();
  useKeys([{ keys: 'Alt R', label: clinic('reload'), run: () => void list.refetch(), quiet: !can.accounts }]);
  if (!can.accounts)
    return (
      <div className="plainpage middle">
        <EmptyState title={t('staffOnly')} icon={<IconLock className="i" aria-hidden />}>
          {t('staffOnlyHint')}
        </EmptyState>
      </div>
    );
  const wanted = foldName(text);
  const all = list.data ?? [];
  const rows = all.filter((one) =>
    foldName(`${one.name} ${one.username} ${t(`role-${one.role}`)} ${one.department ?? ''}`).includes(wanted),
  );
  const close = () => setAsked(undefined);
  return (
    <section className="qm">
      <ListHead title={t('staffTitle')} count={list.isSuccess ? t('staffCount', { count: all.length }) : ''}>
        <div className="field filter">
          <input
            type="search"
            aria-label={t('filter')}
            placeholder={t('filter')}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        {keeps && (
          <Button look="primary" onClick={() => setAsked({ what: 'open' })}>
            <IconUserPlus className="i" aria-hidden />
            {t('openAccount')}
          </Button>
        )}
      </ListHead>
      <div className="told" role="status">
        {change.done && <p className="done">{change.done}</p>}
        {change.failed && <p className="failed">{change.failed}</p>}
      </div>
      {/* the menus of the rows: outside of what scrolls, inside of what a lock takes away */}
      <div className="staffmenus" />
      <div className="scroll" tabIndex={0} role="region" aria-label={t('staffTitle')}>
        {list.isPending && <LoadingState rows={8} />}
        {list.isError && <ReadFailed of={list} />}
        {list.isSuccess && rows.length === 0 && (
          <EmptyState title={t('staffEmpty')}>{t('staffEmptyHint')}</EmptyState>
        )}
        {rows.length > 0 && (
          <table className="qt plain">
            <thead>
              <tr>
                <th>{t('person')}</th>
                <th>{t('role')}</th>
                <th>{t('lastSignIn')}</th>
                <th>{t('signsInWith')}</th>
                <th>{t('licence')}</th>
                <th>{t('state')}</th>
                <th>
                  <span className="vh">{t('actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((who) => (
                <Row key={who.id} who={who} keeps={keeps} change={change} onAsk={setAsked} />
              ))}
            </tbody>
          </table>
        )}
      </div>
      {asked?.what === 'open' && <OpenAccountDialog change={change} onClose={close} onMade={setFirst} />}
      {asked?.what === 'reset' && (
        <ResetDialog who={asked.who} change={change} onClose={close} onMade={setFirst} />
      )}
      {asked?.what === 'end' && <EndWorkDialog who={asked.who} change={change} onClose={close} />}
      {asked?.what === 'licence' && (
        <LicenceDialog
          who={holderOf(asked.who)}
          path={`accounts/${asked.who.id}/licence`}
          keeps={keeps && asked.who.elsewhere === 0}
          change={change}
          onClose={close}
        />
      )}
      {first && <FirstPasswordDialog first={first} onClose={() => setFirst(undefined)} />}
      <ConfirmDialog change={change} />
    </section>
  );
}

type RowProps = { who: StaffAccount; keeps: boolean; change: Change; onAsk: (asked: Asked) => void };

function Row({ who, keeps, change, onAsk }: RowProps) {
  const t = useAccountText();
  const with_ = [
    t('by_pwd'),
    ...(who.codes ? [t('by_otp')] : []),
    ...(who.passkeys > 0 ? [t('by_hwk')] : []),
  ];
  const unlock = () =>
    change.run(async () => {
      await own(`accounts/${who.id}/unlock`, { method: 'POST' });
      return t('unlocked', { name: who.name });
    });
  const endAll = () =>
    change.run(async () => {
      const { ended } = await own<{ ended: number }>(`accounts/${who.id}/sessions`, { method: 'DELETE' });
      return t('endedOf', { name: who.name, count: ended });
    });
  const words = useLicenceText();
  const licence = stateWords(holderOf(who), words);
  const shut = who.waitsUntil !== null || who.unused;
  return (
    <tr>
      <td>
        <b>{who.name}</b>
        <small>{who.username}</small>
      </td>
      <td>
        {t(`role-${who.role}`)}
        <small>{who.department ?? ''}</small>
      </td>
      <td>{who.lastSignIn ? formatDateTime(who.lastSignIn) : t('never')}</td>
      <td>{with_.join(', ')}</td>
      <td>
        {(PRACTISE.includes(who.role) || who.licenceNumber) && (
          <>
            {who.licenceNumber} <StatusWord tone={licence.tone}>{licence.text}</StatusWord>
            {who.licenceNumber && <small>{daysWords(holderOf(who), words)}</small>}
          </>
        )}
      </td>
      <td>
        {who.waitsUntil && (
          <StatusWord tone="warn" icon={<IconLock className="i" aria-hidden />}>
            {t('waiting', { time: formatTime(who.waitsUntil) })}
          </StatusWord>
        )}
        {who.unused && (
          <StatusWord tone="warn" icon={<IconLock className="i" aria-hidden />}>
            {t('unusedLong')}
          </StatusWord>
        )}
        {who.sessions > 0 && <StatusWord>{t('open', { count: who.sessions })}</StatusWord>}
      </td>
      <td className="do">
        {shut && (
          <Button className="mini" disabled={change.busy} onClick={unlock}>
            {t('unlock')}
          </Button>
        )}
        <Menu
          position="bottom-end"
          width={210}
          shadow="md"
          portalProps={{ target: '.staffmenus' }}
          withInitialFocusPlaceholder={false}
        >
          <Menu.Target>
            <button type="button" className="ib" aria-label={t('actionsOf', { name: who.name })}>
              <IconDots className="i" aria-hidden />
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item disabled={who.sessions === 0} onClick={endAll}>
              {t('endAll')}
            </Menu.Item>
            <Menu.Item onClick={() => onAsk({ what: 'licence', who })}>{t('licence')}</Menu.Item>
            {keeps && (
              <Menu.Item disabled={who.elsewhere > 0} onClick={() => onAsk({ what: 'reset', who })}>
                {t('reset')}
              </Menu.Item>
            )}
            {keeps && <Menu.Item onClick={() => onAsk({ what: 'end', who })}>{t('endWork')}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      </td>
    </tr>
  );
}
