import { useEffect, useRef, useState } from 'react';
import { currentSession } from '../auth/session.ts';

/** One event of the live stream: `chart`, `access` or `figures`, with its data. */
export type LiveEvent = { event: string; data: unknown };

/** What was to be followed is not open to the person. */
class NotOpen extends Error {}

async function follow(
  url: string,
  signal: AbortSignal,
  onOpen: () => void,
  onEvent: (event: LiveEvent) => void,
): Promise<void> {
  const token = currentSession()?.accessToken;
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    signal,
    cache: 'no-store',
  });
  // not open to the person any more: to ask again and again would only fill the access log with refusals
  if (response.status === 403 || response.status === 404) throw new NotOpen(`live ${response.status}`);
  if (!response.ok || !response.body) throw new Error(`live ${response.status}`);
  onOpen();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value.replaceAll('\r\n', '\n');
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const event = lines
        .find((line) => line.startsWith('event:'))
        ?.slice(6)
        .trim();
      const data = lines
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trim())
        .join('\n');
      if (event) onEvent({ event, data: data ? JSON.parse(data) : undefined });
    }
  }
}

/**
 * Listens to the server's live stream while shown: `query` is e.g. "patient=Patient/1", or '' for what concerns the
 * caller. Reconnects by itself with growing pauses up to 30 s. Gives whether the stream is open now.
 */
export function useLive(query: string | undefined, onEvent: (event: LiveEvent) => void): boolean {
  const [open, setOpen] = useState(false);
  const latest = useRef(onEvent);
  latest.current = onEvent;
  useEffect(() => {
    if (query === undefined) return;
    const stop = new AbortController();
    let pauseMs = 1000;
    void (async () => {
      while (!stop.signal.aborted) {
        try {
          await follow(
            `/live${query ? `?${query}` : ''}`,
            stop.signal,
            () => {
              pauseMs = 1000;
              setOpen(true);
            },
            (event) => latest.current(event),
          );
        } catch (error) {
          if (error instanceof NotOpen) return setOpen(false);
          // the pause below, then again
        }
        if (stop.signal.aborted) return;
        setOpen(false);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        pauseMs = Math.min(pauseMs * 2, 30_000);
      }
    })();
    return () => stop.abort();
  }, [query]);
  return open;
}
