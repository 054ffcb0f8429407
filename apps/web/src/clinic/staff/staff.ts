import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { own } from '../../auth/own.ts';
import type { Holder, LicenceState } from '../../licences/licence.ts';
import type { StaffRole } from '../shell/roles.ts';

/** An account that works at this facility. Times are ISO 8601, null where nothing happened yet. */
export type StaffAccount = {
  id: string;
  username: string;
  name: string;
  role: StaffRole;
  department: string | null;
  lastSignIn: string | null;
  waitsUntil: string | null;
  unused: boolean;
  codes: boolean;
  passkeys: number;
  sessions: number;
  elsewhere: number;
  licenceNumber: string | null;
  licenceScope: string | null;
  licenceFrom: string | null;
  licenceUntil: string | null;
  licenceWithdrawn: string | null;
  licenceSuspendedUntil: string | null;
  licenceState: LicenceState | null;
};

/** The roles that practise under a licence. */
export const PRACTISE: readonly StaffRole[] = ['doctor', 'nurse'];

/** Their licence as it is on record. */
export function holderOf(one: StaffAccount): Holder {
  return {
    id: one.id,
    name: one.name,
    number: one.licenceNumber,
    scope: one.licenceScope,
    since: one.licenceFrom,
    until: one.licenceUntil,
    withdrawn: one.licenceWithdrawn,
    suspendedUntil: one.licenceSuspendedUntil,
    state: one.licenceState,
  };
}

/** The accounts of this facility. */
export function useStaff(shown: boolean): UseQueryResult<StaffAccount[]> {
  return useQuery({
    queryKey: ['staff'],
    queryFn: async () => (await own<{ accounts: StaffAccount[] }>('accounts')).accounts,
    enabled: shown,
    retry: false,
  });
}
