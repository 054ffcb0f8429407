import { formatNumber } from '@yba/ui';
import type { useLogText } from './messages.ts';
import type { MessageState } from './use-messages.ts';

/** How each state is coloured: green only for what is in the record. */
export const TONES = {
  received: 'go',
  retrying: 'warn',
  filed: 'ok',
  refused: 'bad',
} as const satisfies Record<MessageState, string>;

/** A span of seconds in the greatest unit that is whole enough. */
export function ageWords(t: ReturnType<typeof useLogText>, seconds: number): string {
  if (seconds < 0.1) return t('instant');
  if (seconds < 120)
    return t('seconds', {
      count: seconds < 10 ? formatNumber(Math.round(seconds * 10) / 10) : Math.round(seconds),
    });
  if (seconds < 7_200) return t('minutes', { count: Math.round(seconds / 60) });
  if (seconds < 172_800) return t('hours', { count: Math.round(seconds / 3_600) });
  return t('days', { count: Math.round(seconds / 86_400) });
}

/** Bytes as a person reads them. */
export const sizeWords = (bytes: number): string =>
  bytes < 1_000_000
    ? `${formatNumber(Math.max(1, Math.round(bytes / 1000)))} kB`
    : bytes < 1_000_000_000
      ? `${formatNumber(Math.round(bytes / 100_000) / 10)} MB`
      : `${formatNumber(Math.round(bytes / 100_000_000) / 10)} GB`;
