import { EmptyState, useKeys } from '@yba/ui';
import { IconLock } from '@tabler/icons-react';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useSession } from '../../auth/session.ts';
import { useOpenPartInView } from '../../open-part.ts';
import { ABILITIES, roleOf } from '../shell/roles.ts';
import { usePrivacyText } from './messages.ts';
import { PRIVACY_TABS } from './tabs.ts';

/** The frame of the privacy officer's pages: their tabs, and the page chosen. */
export function PrivacyFrame() {
  const t = usePrivacyText();
  const navigate = useNavigate();
  const can = ABILITIES[roleOf(useSession())];
  const tabs = useOpenPartInView();
  useKeys(
    PRIVACY_TABS.map(({ to, label }, at) => ({
      keys: `Alt ${at + 1}`,
      label: at === 0 ? t('tabKeys') : t(label),
      run: () => void navigate({ to }),
      ...(at === 0 ? { printed: PRIVACY_TABS.length > 1 ? `Alt 1 – ${PRIVACY_TABS.length}` : 'Alt 1' } : {}),
      quiet: at > 0 || !can.privacy,
    })),
  );
  if (!can.privacy) {
    return (
      <div className="plainpage middle">
        <EmptyState title={t('onlyOfficer')} icon={<IconLock className="i" aria-hidden />}>
          {t('onlyOfficerHint')}
        </EmptyState>
      </div>
    );
  }
  return (
    <section className="qm privacy">
      <nav ref={tabs} className="privtabs" aria-label={t('tabs')}>
        <b>{t('deskTitle')}</b>
        <div className="segs">
          {PRIVACY_TABS.map(({ to, label }) => (
            <Link key={to} to={to} activeProps={{ className: 'on', 'aria-current': 'page' }}>
              {t(label)}
            </Link>
          ))}
        </div>
      </nav>
      <Outlet />
    </section>
  );
}
