import { useEffect, useRef, useState } from 'react';
import type { AuditEvent } from '../record/fhir.ts';
import { LogFaultError, type LogFault } from './log-head.ts';
import { verifyLooks, type LookProof } from './verify-looks.ts';

/** What this browser has checked so far of the looks shown. */
export type Proofs = {
  of: ReadonlyMap<string, LookProof>;
  /** Why the log as a whole cannot be believed or checked. */
  fault: LogFault | undefined;
};

/** A head is signed every minute: what is younger is asked for once more after that. */
const AGAIN_MS = 65_000;
const TRIES = 3;

/** Verifies looks in this browser as they are shown; each once. */
export function useProofs(events: readonly AuditEvent[]): Proofs {
  const [proofs, setProofs] = useState<Proofs>({ of: new Map(), fault: undefined });
  const known = useRef(new Map<string, LookProof>());
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const open = events.filter(({ id }) => {
      const state = known.current.get(id ?? '')?.state;
      return state === undefined || state === 'pending';
    });
    if (open.length === 0) return;
    const stop = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    const found = (some: ReadonlyMap<string, LookProof>) => {
      for (const [id, proof] of some) known.current.set(id, proof);
      setProofs({ of: new Map(known.current), fault: undefined });
    };
    verifyLooks(open, found, stop.signal)
      .then(() => {
        const isYoung = [...known.current.values()].some(({ state }) => state === 'pending');
        if (isYoung && tries < TRIES) again = setTimeout(() => setTries(tries + 1), AGAIN_MS);
      })
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        const fault = error instanceof LogFaultError ? error.fault : 'unreachable';
        setProofs({ of: new Map(known.current), fault });
      });
    return () => {
      stop.abort();
      clearTimeout(again);
    };
  }, [events, tries]);
  return proofs;
}
