import { Menu } from '@mantine/core';
import { BrandMark, DemoRibbon, formatTime, initials, OtherLanguage, StatusWord } from '@yba/ui';
import {
  IconAlertTriangle,
  IconArrowsExchange,
  IconCircleCheck,
  IconLock,
  IconLogout,
  IconSearch,
  IconUserCircle,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lockScreen, useScreenLock } from '../../auth/screen-lock.ts';
import { useSession } from '../../auth/session.ts';
import { signOut } from '../../auth/sign-in.ts';
import { useServerState } from '../../fhir/server-state.ts';
import { useShellText } from '../../shell/messages.ts';
import { switchFacility } from '../../account/account.ts';
import { openFind } from '../find/find-state.ts';
import { useClinicText } from '../messages.ts';
import { ABILITIES, roleOf } from './roles.ts';

/** The header: where one works, that this is a rehearsal, the command box, what the server last confirmed, who one is. */
export function TopBar({ demo }: { demo: boolean }) {
  const t = useClinicText();
  const session = useSession();
  const can = ABILITIES[roleOf(session)];
  return (
    <header className="top">
      <Link to="/clinic" className="brand" aria-label={t('toWorkbench')}>
        <BrandMark />
      </Link>
      <div className="ten">
        {session?.claims.facility_name ?? t('noFacility')}
        <small>{session?.claims.facility ? t('facilityCode', { code: session.claims.facility }) : ''}</small>
      </div>
      {demo && <DemoRibbon />}
      <button type="button" className="cmd" onClick={() => openFind()}>
        <IconSearch className="i" aria-hidden />
        <span>{t(can.find ? 'commandBox' : 'commandBoxScreens')}</span>
        <kbd aria-hidden="true">Ctrl</kbd>
        <kbd aria-hidden="true">K</kbd>
      </button>
      <ServerWord />
      <OtherLanguage />
      <UserMenu />
    </header>
  );
}

function ServerWord() {
  const t = useClinicText();
  const server = useServerState();
  if (server.state === 'unknown') return <StatusWord>{t('serverAsking')}</StatusWord>;
  const time = formatTime(server.at);
  if (server.state === 'unreachable') {
    return (
      <StatusWord tone="bad" icon={<IconAlertTriangle className="i" aria-hidden />}>
        {t('serverSilent', { time })}
      </StatusWord>
    );
  }
  return (
    <StatusWord tone="ok" icon={<IconCircleCheck className="i" aria-hidden />}>
      {t(server.state === 'stored' ? 'serverStored' : 'serverAnswered', { time })}
    </StatusWord>
  );
}

function UserMenu() {
  const t = useClinicText();
  const shell = useShellText();
  const session = useSession();
  const { info } = useScreenLock();
  const elsewhere = info?.facilities.filter(({ facility }) => facility !== session?.claims.facility) ?? [];
  const name = session?.claims.name ?? '';
  return (
    <Menu
      position="bottom-end"
      width={280}
      shadow="md"
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <button type="button" className="me">
          <span className="who">
            <b>{name}</b>
            <small>{t(`role-${roleOf(session)}`)}</small>
          </span>
          <span className="ava" aria-hidden="true">
            {initials(name)}
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session?.claims.facility_name ?? ''}</Menu.Label>
        {elsewhere.map(({ facility, facilityName }) => (
          <Menu.Item
            key={facility}
            leftSection={<IconArrowsExchange className="i" aria-hidden />}
            onClick={() => void switchFacility(facility)}
          >
            {t('switchTo', { name: facilityName })}
          </Menu.Item>
        ))}
        <Menu.Item
          leftSection={<IconUserCircle className="i" aria-hidden />}
          component={Link}
          to="/clinic/account"
        >
          {t('myAccount')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLock className="i" aria-hidden />}
          rightSection={<kbd aria-hidden="true">Ctrl Alt L</kbd>}
          onClick={lockScreen}
        >
          {t('lockNow')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout className="i" aria-hidden />} onClick={signOut}>
          {shell('signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
