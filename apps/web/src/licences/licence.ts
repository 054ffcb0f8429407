import { formatDate } from '@yba/ui';
import type { useLicenceText } from './messages.ts';

/** How a licence stands today. */
export type LicenceState = 'in-force' | 'expired' | 'not-yet-valid' | 'withdrawn';

/** Somebody's licence as it is on record; days as `2031-12-31`, null where nothing is said; `number` null: none. */
export type Holder = {
  id: string;
  name: string;
  number: string | null;
  scope: string | null;
  since: string | null;
  until: string | null;
  withdrawn: string | null;
  suspendedUntil: string | null;
  state: LicenceState | null;
};

/** One entry of its history; `at` an instant. */
export type LicenceEvent = Omit<Holder, 'id' | 'name' | 'scope' | 'state' | 'number'> & {
  at: string;
  kind: 'entered' | 'renewed' | 'suspended' | 'withdrawn' | 'restored' | 'corrected';
  number: string;
  byName: string | null;
  words: string | null;
};

type Words = ReturnType<typeof useLicenceText>;

/** The state in words, and whether it keeps from practising. */
export function stateWords(
  { state, suspendedUntil }: Pick<Holder, 'state' | 'suspendedUntil'>,
  t: Words,
): { text: string; tone: 'ok' | 'warn' | 'bad' } {
  if (state === null) return { text: t('state-none'), tone: 'warn' };
  if (state === 'withdrawn' && suspendedUntil) return { text: t('state-suspended'), tone: 'bad' };
  return { text: t(`state-${state}`), tone: state === 'in-force' ? 'ok' : 'bad' };
}

/** The days that matter now, in words. */
export function daysWords(
  { state, since, until, withdrawn, suspendedUntil }: Omit<Holder, 'id' | 'name' | 'number' | 'scope'>,
  t: Words,
): string {
  if (state === 'withdrawn' && withdrawn)
    return suspendedUntil
      ? t('fromTo', { from: formatDate(withdrawn), to: formatDate(suspendedUntil) })
      : t('from', { date: formatDate(withdrawn) });
  if (state === 'not-yet-valid' && since) return t('from', { date: formatDate(since) });
  return until ? t('until', { date: formatDate(until) }) : t('forGood');
}
