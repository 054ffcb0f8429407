import { formatDate } from './format.ts';

/** Days and times as people of Viet Nam type them. Pure. */

const DAY = /^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/;
const ISO_DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{1,2})(?:[:hg](\d{2}))?$/i;

/** Whether there is such a day. */
function isDay(year: number, month: number, day: number): boolean {
  const at = new Date(Date.UTC(year, month - 1, day));
  return year >= 1000 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
}

function readDay(text: string): string | undefined {
  const eight = /^(\d{2})(\d{2})(\d{4})$/.exec(text);
  const iso = ISO_DAY.exec(text);
  const parts = iso ? [iso[3], iso[2], iso[1]] : (eight ?? DAY.exec(text))?.slice(1);
  if (!parts) return undefined;
  const [day, month, year] = parts as [string, string, string];
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/**
 * The day that a text names, as yyyy-MM-dd: 1/3/2026, 01.03.2026, 01032026 or 2026-03-01. With `time` the hour belongs to
 * it ("01/03/2026 8:05", "… 8h05", "… 8") and is in the answer: yyyy-MM-ddTHH:mm. Undefined when it names no day there is.
 */
export function dayOf(text: string, time = false): string | undefined {
  const words = text.trim();
  if (!time) return readDay(words);
  const [, dayWords, timeWords] = /^(.*\d)[ T]+(\S+)$/.exec(words) ?? [];
  const day = dayWords && readDay(dayWords.trim());
  const [, hour, minute = '00'] = TIME.exec(timeWords ?? '') ?? [];
  if (!day || hour === undefined || Number(hour) > 23 || Number(minute) > 59) return undefined;
  return `${day}T${hour.padStart(2, '0')}:${minute}`;
}

/** A day as it is typed: yyyy-MM-dd → dd/MM/yyyy, yyyy-MM-ddTHH:mm → dd/MM/yyyy HH:mm, in whatever zone it was written. */
export function dayText(value: string): string {
  const [day, time] = value.split('T');
  return time ? `${formatDate(day)} ${time.slice(0, 5)}` : formatDate(day);
}

/** What stands in the field after another digit was typed: the strokes between day, month, year and time come by themselves. */
export function dayTyped(before: string, now: string, time = false): string {
  const text = now
    .replace(/\/{2,}/g, '/')
    .replace(/ {2,}/g, ' ')
    .replace(/:{2,}/g, ':');
  if (now.length !== before.length + 1 || !now.startsWith(before)) return text;
  if (/^\d{2}(\/\d{2})?$/.test(text)) return `${text}/`;
  if (!time) return text;
  if (/^\d{2}\/\d{2}\/\d{4}$/.test(text)) return `${text} `;
  return /^\d{2}\/\d{2}\/\d{4} \d{2}$/.test(text) ? `${text}:` : text;
}
