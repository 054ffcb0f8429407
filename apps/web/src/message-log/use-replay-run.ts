import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { FhirError } from '../fhir/client.ts';
import { type Filter, replay } from './use-messages.ts';

/** A replay of all that a filter finds, a hundred at a time. `next`: where it goes on; absent when it is through. */
export type ReplayRun = {
  filter: Filter;
  reason: string;
  total: number;
  seen: number;
  queued: number;
  next: string | undefined;
};

const KEPT = 'yba.replay-run';
/** The pause when the server asks for one, in ms. */
const BUSY_MS = 5_000;

/** The run that was broken off in this tab, by a reload or by hand. */
export function brokenOff(): ReplayRun | undefined {
  const text = sessionStorage.getItem(KEPT);
  return text === null ? undefined : (JSON.parse(text) as ReplayRun);
}

/** Runs a replay step by step, tells how far it is, and keeps its place: it can be stopped and gone on with, also after a reload. */
export function useReplayRun() {
  const client = useQueryClient();
  const [run, setRun] = useState<ReplayRun | undefined>(brokenOff);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const stopping = useRef<AbortController>(undefined);
  useEffect(() => () => stopping.current?.abort(), []);

  const keep = (next: ReplayRun | undefined) => {
    setRun(next);
    if (next && (next.next !== undefined || next.seen === 0))
      sessionStorage.setItem(KEPT, JSON.stringify(next));
    else sessionStorage.removeItem(KEPT);
  };

  async function goOn(from: ReplayRun): Promise<void> {
    const { signal } = (stopping.current = new AbortController());
    setError(undefined);
    setRunning(true);
    let at = from;
    keep(at);
    try {
      while (!signal.aborted && (at.next !== undefined || at.seen === 0)) {
        const step = await oneStep(at, signal);
        at = {
          ...at,
          total: step.total ?? at.total,
          seen: at.seen + step.messages,
          queued: at.queued + (step.queued ?? 0),
          next: step.next,
        };
        keep(at);
        if (step.messages === 0) break;
      }
    } catch (failure) {
      if (!signal.aborted) setError(failure);
    } finally {
      setRunning(false);
      await client.invalidateQueries({ queryKey: ['message-log'] });
    }
  }

  return {
    run,
    running,
    error,
    begin: (filter: Filter, reason: string, total: number) =>
      void goOn({ filter, reason, total, seen: 0, queued: 0, next: undefined }),
    goOn: () => run && void goOn(run),
    /** After the step that is under way. */
    stop: () => stopping.current?.abort(),
    forget: () => keep(undefined),
  };
}

/** One step; a server that is busy is asked again after a pause. */
async function oneStep({ filter, reason, next }: ReplayRun, signal: AbortSignal) {
  for (;;) {
    try {
      return await replay({ filter }, reason, { page: next, signal });
    } catch (error) {
      if (!(error instanceof FhirError) || (error.status !== 429 && error.status !== 503)) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      signal.throwIfAborted();
    }
  }
}
