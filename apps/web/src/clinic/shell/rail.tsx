import {
  IconEye,
  IconFileAlert,
  IconIdBadge2,
  IconLayoutDashboard,
  IconMessages,
  IconSearch,
  IconSend,
  IconShieldCheck,
  IconUser,
  IconUserCog,
  IconUsers,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useSession } from '../../auth/session.ts';
import { useOpenPartInView } from '../../open-part.ts';
import { openFind } from '../find/find-state.ts';
import { useClinicText } from '../messages.ts';
import { usePairs } from '../identities/pairs.ts';
import { useAlerts } from '../privacy/alerts/alerts.ts';
import { useQuarantine, useUnidentified } from '../lists/work-lists.ts';
import { useReferralText } from '../referrals/messages.ts';
import { useReferralNews } from '../referrals/news-bar.tsx';
import { useReferrals } from '../referrals/referrals.ts';
import { useRecent } from './recent.ts';
import { ABILITIES, roleOf } from './roles.ts';

/** The rail: what this role works on, with how much waits, then the charts opened lately. */
export function Rail() {
  const t = useClinicText();
  const role = roleOf(useSession());
  const can = ABILITIES[role];
  const recent = useRecent();
  const referralText = useReferralText();
  const referred = useReferrals('in', can.referrals).data?.length;
  const news = useReferralNews(can.readCare).data?.unread ?? 0;
  const unidentified = useUnidentified(can.identify).data?.length;
  const pairs = usePairs(can.identify).data?.total;
  const alerts = useAlerts(can.privacy).data?.filter(({ open }) => open).length;
  const quarantined = useQuarantine(can.quarantine).data?.length;
  const rail = useOpenPartInView([referred, news, unidentified, pairs, alerts, quarantined].join());
  const on = { className: 'on', 'aria-current': 'page' } as const;
  return (
    <nav className="rail" ref={rail} aria-label={t('railLabel')}>
      <Link to="/clinic" activeOptions={{ exact: true }} activeProps={on}>
        <IconLayoutDashboard className="i" aria-hidden />
        {t('workbench')}
      </Link>
      {can.find && (
        <button type="button" onClick={() => openFind()}>
          <IconSearch className="i" aria-hidden />
          {t('find')}
          <span className="n">F2</span>
        </button>
      )}
      {can.referrals && (
        <Link to="/clinic/referrals" activeProps={on}>
          <IconSend className="i" aria-hidden />
          {referralText('nav')}
          {news > 0 && (
            <span className="n new" title={referralText('newsCount', { count: news })}>
              {news}
            </span>
          )}
          {news === 0 && referred !== undefined && <span className="n">{referred}</span>}
        </Link>
      )}
      {can.identify && (
        <Link to="/clinic/identify" activeProps={on}>
          <IconIdBadge2 className="i" aria-hidden />
          {t('identifyNav')}
          {unidentified !== undefined && <span className="n">{unidentified}</span>}
        </Link>
      )}
      {can.identify && (
        <Link to="/clinic/identities" activeProps={on}>
          <IconUsers className="i" aria-hidden />
          {t('identitiesNav')}
          {pairs !== undefined && <span className="n">{pairs}</span>}
        </Link>
      )}
      {can.quarantine && (
        <Link to="/clinic/quarantine" activeProps={on}>
          <IconFileAlert className="i" aria-hidden />
          {t('quarantineNav')}
          {quarantined !== undefined && <span className="n">{quarantined}</span>}
        </Link>
      )}
      {can.quarantine && (
        <Link to="/clinic/messages" activeProps={on}>
          <IconMessages className="i" aria-hidden />
          {t('messagesNav')}
        </Link>
      )}
      {can.privacy && (
        <Link to="/clinic/privacy" activeProps={on}>
          <IconShieldCheck className="i" aria-hidden />
          {t('privacyNav')}
          {alerts !== undefined && <span className="n">{alerts}</span>}
        </Link>
      )}
      {can.accessLog && (
        <Link to="/clinic/access-log" activeProps={on}>
          <IconEye className="i" aria-hidden />
          {t('logNav')}
        </Link>
      )}
      {can.accounts && (
        <Link to="/clinic/accounts" activeProps={on}>
          <IconUserCog className="i" aria-hidden />
          {t('accountsNav')}
        </Link>
      )}
      {recent.length > 0 && <div className="hd">{t('recent')}</div>}
      {recent.map((person) => (
        <Link
          key={person.id}
          to="/clinic/person/$id"
          params={{ id: person.id }}
          activeProps={on}
          className="rec"
        >
          <IconUser className="i" aria-hidden />
          <span>{person.name}</span>
        </Link>
      ))}
    </nav>
  );
}
