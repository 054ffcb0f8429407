import type { Session } from '../../auth/session.ts';

/** The roles of the clinic door. */
export type StaffRole =
  'doctor' | 'nurse' | 'receptionist' | 'identity-officer' | 'privacy-officer' | 'admin';

const ROLES: readonly StaffRole[] = [
  'doctor',
  'nurse',
  'receptionist',
  'identity-officer',
  'privacy-officer',
  'admin',
];

/** The role of the person signed in; the least powerful one when the token names none we know. */
export function roleOf(session: Session | undefined): StaffRole {
  return ROLES.find((role) => role === session?.claims.role) ?? 'privacy-officer';
}

/** The message key of a role's name; undefined for roles of other doors. */
export function roleWords(role: string): `role-${StaffRole}` | undefined {
  const known = ROLES.find((one) => one === role);
  return known && `role-${known}`;
}

/** What a role can do on these screens. The server decides; this only leaves out what it would refuse. */
export type Abilities = {
  find: boolean;
  open: boolean;
  readCare: boolean;
  /** Sees who is referred here. */
  referrals: boolean;
  identify: boolean;
  quarantine: boolean;
  accessLog: boolean;
  accounts: boolean;
  privacy: boolean;
  visits: boolean;
};

const NONE: Abilities = {
  find: false,
  open: false,
  readCare: false,
  referrals: false,
  identify: false,
  quarantine: false,
  accessLog: false,
  accounts: false,
  privacy: false,
  visits: false,
};

/** Abilities of each role. */
export const ABILITIES: Readonly<Record<StaffRole, Abilities>> = {
  doctor: { ...NONE, find: true, open: true, readCare: true, referrals: true, visits: true },
  nurse: { ...NONE, find: true, open: true, readCare: true, referrals: true, visits: true },
  receptionist: { ...NONE, find: true, open: true, referrals: true, visits: true },
  'identity-officer': { ...NONE, identify: true },
  'privacy-officer': { ...NONE, accessLog: true, accounts: true, privacy: true },
  admin: { ...NONE, quarantine: true, accessLog: true, accounts: true },
};
