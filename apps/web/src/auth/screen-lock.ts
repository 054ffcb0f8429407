import { useEffect, useSyncExternalStore } from 'react';
import { queries } from '../fhir/queries.ts';
import { own } from './own.ts';
import { currentSession } from './session.ts';
import { renewSession } from './sign-in.ts';
import type { Door } from './settings.ts';

/** A facility the person works at. */
export type Workplace = { facility: string; facilityName: string; role: string };

/** The session of this screen as the server has it. `password`: it is entered again by one, else by VNeID. `rehearsalPassword` in the demonstration alone. */
export type SessionInfo = {
  session: string;
  locked: boolean;
  /** Which change of the session this is told of; a lock says it, so that one that comes late does not count. */
  change: string;
  name: string;
  username: string;
  idleLockMinutes: number;
  passkeys: boolean;
  password: boolean;
  facilities: Workplace[];
  rehearsalPassword?: string;
};

/** `owner`: whose screen it is, at which facility: what is kept beneath a lock is for the same alone. */
type LockState = { info?: SessionInfo; owner?: string; locked: boolean };

let state: LockState = { locked: false };
const watchers = new Set<() => void>();
const waiting: (() => void)[] = [];

/** The windows of one session on this machine lock and open together. */
const windows = typeof BroadcastChannel === 'function' ? new BroadcastChannel('yba.screen') : undefined;
type Word =
  | { session: string; word: 'locked' | 'active' }
  | { session: string; word: 'open'; change: string | undefined }
  | { door: Door; word: 'entered' };

let lastActive = Date.now();
let told = 0;

/** How often this window was covered or opened: what is asked before says nothing of how it stands after. */
let turns = 0;

/** The telling of the server that this window locked. */
let locking: AbortController | undefined;

function set(next: LockState): void {
  state = next;
  if (!next.locked) for (const go of waiting.splice(0)) go();
  for (const watcher of watchers) watcher();
}

const say = (word: 'locked' | 'active') =>
  state.info && windows?.postMessage({ session: state.info.session, word } satisfies Word);

/** Tells the locked windows of a door that somebody signed in anew beside them. */
export function tellEntered(door: Door): void {
  windows?.postMessage({ door, word: 'entered' } satisfies Word);
}

/** Takes up the session that began in another window: its person goes on here, anybody else finds nothing of the one before. */
async function takeUp(door: Door): Promise<void> {
  if (await renewSession(door)) await readSession('entered');
}

windows?.addEventListener('message', ({ data }: MessageEvent<Word>) => {
  if (data.word === 'entered') {
    if (state.locked && currentSession()?.door === data.door) void takeUp(data.door).catch(() => {});
    return;
  }
  if (data.session !== state.info?.session) return;
  if (data.word === 'active') lastActive = Date.now();
  if (data.word === 'locked' && !state.locked) cover();
  if (data.word === 'open' && state.locked) uncover(data.change);
});

/** Takes everything off this window; what was typed and read stays in memory for the same person. */
function cover(): void {
  turns += 1;
  set({ ...state, locked: true });
  void queries.cancelQueries();
}

function uncover(change = state.info?.change): void {
  turns += 1;
  locking?.abort();
  lastActive = Date.now();
  const { info } = state;
  set({ ...state, ...(info && change ? { info: { ...info, change } } : {}), locked: false });
  void queries.invalidateQueries(); // the live stream was silent meanwhile
}

/**
 * Asks the server how the session stands; a locked one covers this window. An open one does not open a window that is
 * covered, unless its person has just entered: the server may not have been told yet that the window locked. Asks again
 * when the window locked or opened meanwhile. Throws OwnError.
 */
export async function readSession(after?: 'entered'): Promise<SessionInfo> {
  const asked = turns;
  const info = await own<SessionInfo>('session');
  if (turns !== asked) return readSession(after);
  const { sub = '', facility = '' } = currentSession()?.claims ?? {};
  const owner = `${sub} ${facility}`;
  const isAnother = state.info?.session !== info.session;
  if (isAnother) lastActive = Date.now();
  if (state.owner !== undefined && state.owner !== owner) queries.clear(); // nothing of somebody else's is shown
  state = { ...state, info, owner };
  if (info.locked && !state.locked) cover();
  else if (!info.locked && state.locked && (isAnother || after === 'entered')) uncover();
  else set(state);
  return info;
}

/** Locks the session: this window at once, whatever the network does, then the server and the other windows. */
export function lockScreen(): void {
  if (state.locked) return;
  cover();
  say('locked');
  locking = new AbortController();
  tellLocked(locking.signal, state.info?.change).catch(() => {}); // the server locks it by itself a little later
}

/**
 * Tells the server, of the change of the session that this window knows. Where the server knows of a later one, it is told
 * once more as long as this window is covered: had its owner entered meanwhile, it would not be.
 */
async function tellLocked(signal: AbortSignal, change: string | undefined): Promise<void> {
  const body = change === undefined ? {} : { change };
  const now = await own<{ locked: boolean; change?: string }>('session/lock', {
    method: 'POST',
    body,
    signal,
  });
  if (!now.locked && now.change && now.change !== change && !signal.aborted)
    await tellLocked(signal, now.change);
}

/** Opens this window and the others after the person entered again, which was this change of the session. */
export function openScreen(change?: string): void {
  uncover(change);
  if (state.info) windows?.postMessage({ session: state.info.session, word: 'open', change } satisfies Word);
}

/** True when a refused request was refused because the session is locked; this window is covered then. */
export async function isLocked(): Promise<boolean> {
  return readSession().then(
    ({ locked }) => locked,
    () => false,
  );
}

/** Resolves when the screen is open. */
export function whenOpen(): Promise<void> {
  return state.locked ? new Promise((go) => waiting.push(go)) : Promise.resolve();
}

/** Whether the screen is locked, and the session behind it, followed by the component. */
export function useScreenLock(): LockState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

const HANDS = ['pointerdown', 'keydown', 'wheel', 'touchstart', 'pointermove'] as const;
const LOOK_MS = 5_000;
const TELL_MS = 60_000;

/** Locks the screen after so many minutes without a hand on it, in any of its windows; tells the server that somebody is there. */
export function useIdleLock(minutes: number | undefined): void {
  useEffect(() => {
    if (minutes === undefined) return;
    const hand = () => {
      lastActive = Date.now();
    };
    const look = () => {
      if (state.locked || !currentSession()) return;
      if (Date.now() - lastActive >= minutes * 60_000) return lockScreen();
      if (lastActive <= told || Date.now() - told < TELL_MS) return;
      told = Date.now();
      say('active');
      own('session/active', { method: 'POST' }).catch(() => {}); // a refusal shows with the next request
    };
    for (const kind of HANDS) addEventListener(kind, hand, { passive: true, capture: true });
    const timer = setInterval(look, LOOK_MS);
    document.addEventListener('visibilitychange', look); // a machine that slept locks as it wakes
    return () => {
      for (const kind of HANDS) removeEventListener(kind, hand, { capture: true });
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [minutes]);
}
