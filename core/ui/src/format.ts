/** How dates, numbers and ages are written. Dates are dd/MM/yyyy in Viet Nam's time in both languages. */

const ZONE = 'Asia/Ho_Chi_Minh';
const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

type Clock = { day: string; month: string; year: string; hour: string; minute: string; second: string };

function inVietNam(at: Date): Clock {
  const parts: Record<string, string> = {};
  for (const part of clock.formatToParts(at)) parts[part.type] = part.value;
  return parts as Clock;
}

function asDate(value: string | number | Date): Date {
  return value instanceof Date ? value : new Date(value);
}

/** dd/MM/yyyy of a FHIR date, dateTime or instant; a partial date stays partial ("03/1963", "1963"); '' when absent or unreadable. */
export function formatDate(value: string | Date | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') {
    const [, year, month, day] = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(value) ?? [];
    if (year) return [day, month, year].filter(Boolean).join('/');
  }
  const at = asDate(value);
  if (Number.isNaN(at.getTime())) return '';
  const { day, month, year } = inVietNam(at);
  return `${day}/${month}/${year}`;
}

/** HH:mm in Viet Nam's time. */
export function formatTime(value: string | number | Date): string {
  const at = asDate(value);
  if (Number.isNaN(at.getTime())) return '';
  const { hour, minute } = inVietNam(at);
  return `${hour}:${minute}`;
}

/** dd/MM/yyyy HH:mm; only the date when the FHIR value has no time. */
export function formatDateTime(value: string | Date | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string' && !value.includes('T')) return formatDate(value);
  const date = formatDate(value);
  return date && `${date} ${formatTime(value)}`;
}

/** MM/yyyy. */
export function formatMonth(value: string | Date): string {
  return formatDate(value).slice(-7);
}

/** Today in Viet Nam as yyyy-MM-dd. */
export function todayInVietNam(now: Date = new Date()): string {
  const { day, month, year } = inVietNam(now);
  return `${year}-${month}-${day}`;
}

/** A number's digits as written: "1284.50" → 1.284,50 in Vietnamese, 1,284.50 in English. Keeps every digit given. */
export function formatNumber(value: number | string, language: 'vi' | 'en' = 'vi'): string {
  const text = String(value);
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text;
  const [whole = '', fraction] = text.replace('-', '').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, language === 'en' ? ',' : '.');
  return `${text.startsWith('-') ? '−' : ''}${grouped}${fraction ? `${language === 'en' ? '.' : ','}${fraction}` : ''}`;
}

/** "7,2 %" of a ratio between 0 and 1, with one digit after the comma. */
export function formatPercent(ratio: number, language: 'vi' | 'en' = 'vi'): string {
  return `${formatNumber((ratio * 100).toFixed(1), language)} %`;
}

/** Age of a person: whole years, or months under 3 years, or days under 2 months; undefined when the birth date is unknown. */
export function ageAt(
  birthDate: string | undefined,
  at: Date = new Date(),
): { value: number; unit: 'years' | 'months' | 'days' } | undefined {
  const match = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(birthDate ?? '');
  if (!match) return undefined;
  const today = todayInVietNam(at).split('-').map(Number) as [number, number, number];
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
  const months = (today[0] - year) * 12 + today[1] - month - (today[2] < day ? 1 : 0);
  if (!match[2] || months >= 36)
    return { value: match[2] ? Math.floor(months / 12) : today[0] - year, unit: 'years' };
  if (months >= 2 || !match[3]) return { value: Math.max(months, 0), unit: 'months' };
  const days = Math.round(
    (Date.UTC(today[0], today[1] - 1, today[2]) - Date.UTC(year, month - 1, day)) / 86_400_000,
  );
  return { value: Math.max(days, 0), unit: 'days' };
}

/** A 12-digit person number in groups of three: "000 163 000 412"; anything else unchanged. */
export function formatPersonNumber(value: string): string {
  return /^\d{12}$/.test(value) ? value.replace(/(\d{3})(?=\d)/g, '$1 ') : value;
}

/** The two letters that stand for a Vietnamese name in a circle: first letters of the last two words. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return words
    .slice(-2)
    .map((word) => word[0]?.toLocaleUpperCase('vi') ?? '')
    .join('');
}

const PLACE_WORDS =
  /^(bệnh viện|bv|viện|trạm y tế|tyt|trung tâm y tế|ttyt|phòng khám|đa khoa|chuyên khoa|khu vực|tỉnh|thành phố|xã|phường|thị trấn|quận|huyện|trung ương)\s+/i;

/** Two letters for a facility's badge, from the words that tell it from others: "Bệnh viện Đa khoa tỉnh Bắc Ninh" → BN. */
export function facilityLetters(name: string): string {
  let rest = name.trim();
  while (PLACE_WORDS.test(`${rest} `) && rest.includes(' ')) {
    const next = rest.replace(PLACE_WORDS, '');
    if (next === rest) break;
    rest = next;
  }
  const words = rest.split(/[\s–-]+/).filter((word) => /\p{L}/u.test(word));
  const letters = words.slice(0, 2).map((word) => word[0]);
  return (letters.length > 1 ? letters.join('') : rest.slice(0, 2)).toLocaleUpperCase('vi');
}

/** A short form of a facility's name for tight rows: "Bệnh viện Đa khoa …" → "BVĐK …", "Trạm Y tế" → "TYT". */
export function shortFacilityName(name: string): string {
  return name
    .replace(/^Bệnh viện Đa khoa/i, 'BVĐK')
    .replace(/^Bệnh viện/i, 'BV')
    .replace(/^Trạm [Yy] tế/i, 'TYT')
    .replace(/^Trung tâm [Yy] tế/i, 'TTYT')
    .replace(/^Phòng khám/i, 'PK');
}
