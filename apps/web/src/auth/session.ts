import { useSyncExternalStore } from 'react';
import type { Door } from './settings.ts';

/** What the identity token says about the person signed in. Units: `facility` is the 5-character code, `patient` a Patient id. */
export type Claims = {
  sub: string;
  name?: string;
  role?: string;
  facility?: string;
  facility_name?: string;
  practitioner?: string;
  person?: string;
  /** 1 for a VNeID account of level 1. */
  assurance?: 1;
  patient?: string;
  fhirUser?: string;
};

/** One signed-in session of this page. The token lives in memory only: a reload signs in again through the issuer's cookie. */
export type Session = {
  door: Door;
  accessToken: string;
  idToken?: string;
  expiresAt: number;
  claims: Claims;
};

let session: Session | undefined;
const watchers = new Set<() => void>();

/** The session, or undefined when nobody is signed in on this page. */
export function currentSession(): Session | undefined {
  return session;
}

/** Sets or ends the session of this page. */
export function setSession(next: Session | undefined): void {
  session = next;
  for (const watcher of watchers) watcher();
}

/** The session, followed by the component. */
export function useSession(): Session | undefined {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => session,
  );
}
