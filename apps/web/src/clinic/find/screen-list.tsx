import {
  IconEye,
  IconFileAlert,
  IconIdBadge2,
  IconLayoutDashboard,
  IconLogout,
  IconPrinter,
  IconShieldCheck,
  IconUser,
  IconUserCircle,
  IconUserCog,
  IconLock,
} from '@tabler/icons-react';
import { useMatchRoute, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { foldName } from '@yba/vietnam';
import { lockScreen } from '../../auth/screen-lock.ts';
import { useSession } from '../../auth/session.ts';
import { signOut } from '../../auth/sign-in.ts';
import { useShellText } from '../../shell/messages.ts';
import { useClinicText } from '../messages.ts';
import { useRecent } from '../shell/recent.ts';
import { ABILITIES, roleOf } from '../shell/roles.ts';
import { closeFind } from './find-state.ts';

/** One place to go to, or thing to do, from the command box. */
export type Screen = { key: string; name: string; icon: ReactNode; run: () => void };

/** The screens and recent charts whose name has the typed words. */
export function useScreens(text: string, shown: boolean): Screen[] {
  const t = useClinicText();
  const shell = useShellText();
  const navigate = useNavigate();
  const onChart = useMatchRoute()({ to: '/clinic/person/$id' }) !== false;
  const can = ABILITIES[roleOf(useSession())];
  const recent = useRecent();
  if (!shown) return [];
  const to = (run: () => void) => () => {
    closeFind();
    run();
  };
  const all: Screen[] = [
    ...recent.map((person) => ({
      key: person.id,
      name: person.name,
      icon: <IconUser className="i" aria-hidden />,
      run: to(() => void navigate({ to: '/clinic/person/$id', params: { id: person.id } })),
    })),
    {
      key: 'home',
      name: t('workbench'),
      icon: <IconLayoutDashboard className="i" aria-hidden />,
      run: to(() => void navigate({ to: '/clinic' })),
    },
    ...(can.identify
      ? [
          {
            key: 'identify',
            name: t('identifyTitle'),
            icon: <IconIdBadge2 className="i" aria-hidden />,
            run: to(() => void navigate({ to: '/clinic/identify' })),
          },
        ]
      : []),
    ...(can.quarantine
      ? [
          {
            key: 'quarantine',
            name: t('quarantineTitle'),
            icon: <IconFileAlert className="i" aria-hidden />,
            run: to(() => void navigate({ to: '/clinic/quarantine' })),
          },
        ]
      : []),
    ...(can.accounts
      ? [
          {
            key: 'accounts',
            name: t('accountsTitle'),
            icon: <IconUserCog className="i" aria-hidden />,
            run: to(() => void navigate({ to: '/clinic/accounts' })),
          },
        ]
      : []),
    {
      key: 'account',
      name: t('myAccount'),
      icon: <IconUserCircle className="i" aria-hidden />,
      run: to(() => void navigate({ to: '/clinic/account' })),
    },
    {
      key: 'lock',
      name: t('lockNow'),
      icon: <IconLock className="i" aria-hidden />,
      run: to(lockScreen),
    },
    ...(can.privacy
      ? [
          {
            key: 'privacy',
            name: t('privacyNav'),
            icon: <IconShieldCheck className="i" aria-hidden />,
            run: to(() => void navigate({ to: '/clinic/privacy' })),
          },
        ]
      : []),
    ...(can.accessLog
      ? [
          {
            key: 'log',
            name: t('logTitle'),
            icon: <IconEye className="i" aria-hidden />,
            run: to(() => void navigate({ to: '/clinic/access-log' })),
          },
        ]
      : []),
    ...(onChart && can.readCare
      ? [
          {
            key: 'print',
            name: t('printSummary'),
            icon: <IconPrinter className="i" aria-hidden />,
            run: to(() => setTimeout(() => window.print(), 100)),
          },
        ]
      : []),
    { key: 'out', name: shell('signOut'), icon: <IconLogout className="i" aria-hidden />, run: to(signOut) },
  ];
  const wanted = foldName(text);
  return wanted ? all.filter((one) => foldName(one.name).includes(wanted)) : all;
}

/** The screens as rows of the find dialogue. */
export function ScreenList({ screens, chosen }: { screens: readonly Screen[]; chosen: number }) {
  const t = useClinicText();
  if (screens.length === 0) return null;
  return (
    <>
      <div className="gh">
        <b>{t('goTo')}</b>
      </div>
      {screens.map((screen, index) => (
        <button
          type="button"
          key={screen.key}
          className={index === chosen ? 'it x on' : 'it x'}
          aria-current={index === chosen}
          tabIndex={-1}
          onClick={screen.run}
        >
          {screen.icon}
          <b>{screen.name}</b>
        </button>
      ))}
    </>
  );
}
