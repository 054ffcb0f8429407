import { en } from './messages/en.ts';
import { vi, type Words } from './messages/vi.ts';

export type Language = 'vi' | 'en';

/** The texts of a language. */
export const wordsOf = (language: Language): Words => (language === 'en' ? en : vi);

/** `3 giờ 12 phút`: two units at most. */
export function duration(ms: number, { units }: Words): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} ${units.s}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} ${units.min}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48)
    return minutes % 60 ? `${hours} ${units.h} ${minutes % 60} ${units.min}` : `${hours} ${units.h}`;
  return `${Math.floor(hours / 24)} ${units.d}`;
}

/** `28/11/2026 17:05` in Viet Nam. */
export function moment(ms: number): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Ho_Chi_Minh',
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  }).format(ms);
  return parts.replace(',', '');
}

/** `1.284` in Vietnamese, `1,284` in English. */
export const count = (value: number, language: Language): string =>
  value.toLocaleString(language === 'en' ? 'en' : 'vi-VN');

/** `12,3 MB` */
export function size(bytes: number, language: Language): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  const digits = value >= 100 || unit === 0 ? 0 : 1;
  return `${value.toLocaleString(language === 'en' ? 'en' : 'vi-VN', { maximumFractionDigits: digits })} ${units[unit]}`;
}
