import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { own } from '../../auth/own.ts';
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
};

/** The accounts of this facility. */
export function useStaff(shown: boolean): UseQueryResult<StaffAccount[]> {
  return useQuery({
    queryKey: ['staff'],
    queryFn: async () => (await own<{ accounts: StaffAccount[] }>('accounts')).accounts,
    enabled: shown,
    retry: false,
  });
}
