import { DemoRibbon, KeyFooter, useKeys } from '@yba/ui';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { lockScreen } from '../../auth/screen-lock.ts';
import { useSession } from '../../auth/session.ts';
import { useServerInfo } from '../../shell/server-info.ts';
import { closeFind, openFind, useFindState } from '../find/find-state.ts';
import { useClinicText } from '../messages.ts';
import { Rail } from './rail.tsx';
import { ABILITIES, roleOf } from './roles.ts';
import { TopBar } from './top-bar.tsx';

const FindDialog = lazy(() =>
  import('../find/find-dialog.tsx').then((module) => ({ default: module.FindDialog })),
);

/** The shell of /clinic: header with facility and command box, rail by task, the page, the keys of the screen. */
export function ClinicShell() {
  const t = useClinicText();
  const navigate = useNavigate();
  const can = ABILITIES[roleOf(useSession())];
  const find = useFindState();
  const demo = useServerInfo()?.demo ?? false;
  useEffect(() => closeFind, []); // a screen that was locked opens without what was typed
  useKeys([
    { keys: 'Ctrl Alt L', label: t('lockNow'), run: lockScreen, inText: true },
    { keys: 'Ctrl K', label: can.find ? t('findAndOpen') : t('goTo'), run: () => openFind(), inText: true },
    ...(can.find ? [{ keys: 'F2', label: t('findPerson'), run: () => openFind(), quiet: true }] : []),
    { keys: 'Alt 0', label: t('workbench'), run: () => void navigate({ to: '/clinic' }), quiet: true },
  ]);
  return (
    <div className="app">
      <a className="sr-skip" href="#main">
        {t('skip')}
      </a>
      <TopBar demo={demo} />
      <Rail />
      <main id="main" tabIndex={-1}>
        {demo && (
          <div className="phone-demo">
            <DemoRibbon />
          </div>
        )}
        <Outlet />
      </main>
      <KeyFooter />
      {find.open && (
        <Suspense>
          <FindDialog />
        </Suspense>
      )}
    </div>
  );
}
