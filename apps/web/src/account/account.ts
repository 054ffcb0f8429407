import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import { own, OwnError } from '../auth/own.ts';
import type { Workplace } from '../auth/screen-lock.ts';

/** One's own account as the server answers it. Times are ISO 8601. */
export type Account = {
  username: string;
  name: string;
  role: string;
  demo: boolean;
  licence?: { number: string; scope?: string; validUntil?: string };
  facility?: string;
  facilities: Workplace[];
  codes: { on: boolean; recoveryCodes: number };
  passkeys: { id: string; name: string; synced: boolean; created: string; lastUsed: string | null }[];
  session: string;
  sessions: {
    id: string;
    facility?: string;
    methods: string[];
    address: string;
    agent: string;
    started: string;
    active: string;
    locked: boolean;
  }[];
};

/** One's own account. */
export function useAccount(): UseQueryResult<Account> {
  return useQuery({ queryKey: ['account'], queryFn: () => own<Account>('account'), retry: false });
}

/** What became of the last change: words for people, and what waits for a proof of who one is. */
export type Change = {
  busy: boolean;
  done: string | undefined;
  failed: string | undefined;
  /** Set when the server first wants a proof of who one is; to be called once that is given. */
  again: (() => void) | undefined;
  run(work: () => Promise<string>): void;
  giveUp(): void;
};

/** Runs changes one at a time, reads `key` again after each, and keeps in words what came of the last. */
export function useChange(key: string): Change {
  const queries = useQueryClient();
  const [state, setState] = useState<Pick<Change, 'busy' | 'done' | 'failed' | 'again'>>({
    busy: false,
    done: undefined,
    failed: undefined,
    again: undefined,
  });
  const told = (more: Partial<typeof state>) =>
    setState({ busy: false, done: undefined, failed: undefined, again: undefined, ...more });
  const run = (work: () => Promise<string>): void => {
    told({ busy: true });
    work().then(
      (done) => {
        told({ done });
        void queries.invalidateQueries({ queryKey: [key] });
      },
      (error: unknown) => {
        if (error instanceof OwnError && error.status === 403 && !state.again)
          told({ again: () => run(work) });
        else told({ failed: error instanceof Error ? error.message : String(error) });
      },
    );
  };
  return { ...state, run, giveUp: () => told({}) };
}

/** Goes to another of one's facilities: the session there begins, the page loads anew with its token. */
export async function switchFacility(facility: string): Promise<void> {
  await own('session/facility', { method: 'POST', body: { facility } });
  location.assign('/clinic/'); // nothing of the former facility stays in memory
}
