import { Kbd } from '@yba/ui';
import { useSession } from '../../auth/session.ts';
import { useClinicText } from '../messages.ts';
import { roleOf, type StaffRole } from '../shell/roles.ts';

const DUTIES = {
  doctor: ['dutyFind', 'dutyOpen', 'dutyChart', 'dutyPrint'],
  nurse: ['dutyFind', 'dutyOpen', 'dutyChart', 'dutyPrint'],
  receptionist: ['dutyFind', 'dutyOpenDesk', 'dutyDesk'],
  'identity-officer': ['dutyIdentify', 'dutyIdentifyCheck', 'dutyCompare', 'dutySecond'],
  'privacy-officer': ['dutyPrivacy', 'dutyPrivacyNext'],
  admin: ['dutyQuarantine', 'dutyAccounts', 'dutyAdminNoCare'],
} as const satisfies Record<StaffRole, readonly string[]>;

const KEYS: Partial<Record<(typeof DUTIES)[StaffRole][number], string>> = {
  dutyFind: 'Ctrl K',
  dutyOpen: '1 – 4',
  dutyOpenDesk: '1 – 4',
  dutyChart: '↵',
  dutyPrint: 'Ctrl P',
};

/** What the role can do now, in sentences, each with its key. */
export function DutyList() {
  const t = useClinicText();
  const role = roleOf(useSession());
  return (
    <div className="duties">
      <h2>{t('dutiesTitle')}</h2>
      <p className="role">{t(`role-${role}`)}</p>
      <ul>
        {DUTIES[role].map((duty) => (
          <li key={duty}>
            <span>{t(duty)}</span>
            {KEYS[duty] && <Kbd keys={KEYS[duty]} />}
          </li>
        ))}
      </ul>
      <p className="note">{t('dutiesNote')}</p>
    </div>
  );
}

/** The page of a role that has no list of its own. */
export function DutiesPage() {
  const t = useClinicText();
  const session = useSession();
  return (
    <div className="plainpage">
      <h1>{t('welcome', { name: session?.claims.name ?? '' })}</h1>
      <DutyList />
    </div>
  );
}
