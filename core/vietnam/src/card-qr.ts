import { parseInsuranceCard } from './insurance.ts';
import { displayName, foldName } from './names.ts';

/** What the QR code of a citizen card says. Dates are FHIR dates, as exact as the card is. */
export type CitizenCard = {
  number: string;
  /** The older 9-digit number. */
  oldNumber?: string;
  name: string;
  birthDate?: string;
  gender?: 'male' | 'female';
  /** Text on the card; three tiers with the old names when issued before July 2025. */
  address?: string;
  issued?: string;
};

/**
 * Reads the text of a citizen card's QR code: at least seven parts parted by `|`, the first a 12-digit number.
 * Further parts are left alone. Gives undefined when the text is something else.
 */
export function parseCitizenCardQr(text: string): CitizenCard | undefined {
  const parts = split(text);
  const [number, oldNumber, name, birth, sex, address, issued] = parts;
  if (parts.length < 7 || !/^\d{12}$/.test(number ?? '') || !name) return undefined;
  return {
    number: number!,
    ...given('oldNumber', oldNumber),
    name: displayName(name),
    ...given('birthDate', compactDate(birth)),
    ...given('gender', genderOf(sex)),
    ...given('address', address),
    ...given('issued', compactDate(issued)),
  };
}

/** What the QR code of a paper insurance card says. */
export type InsuranceCardQr = {
  /** 15-character card code, or the 10-digit number. */
  card: string;
  number: string;
  name: string;
  birthDate?: string;
  gender?: 'male' | 'female';
  address?: string;
  /** 5-character code of the facility the holder is registered with. */
  registeredAt?: string;
  from?: string;
  until?: string;
  /** Living area on the card: K1, K2 or K3. */
  livingArea?: string;
  fiveYearsFrom?: string;
};

/**
 * Reads the text of an insurance card's QR code, whose names are UTF-8 bytes in hexadecimal. Gives undefined
 * when the text is something else.
 */
export function parseInsuranceCardQr(text: string): InsuranceCardQr | undefined {
  const parts = split(text);
  const card = parseInsuranceCard(parts[0] ?? '');
  const name = hexText(parts[1] ?? '');
  if (parts.length < 8 || !card.valid || !name) return undefined;
  const sex: 'male' | 'female' | undefined =
    parts[3] === '1' ? 'male' : parts[3] === '2' ? 'female' : undefined;
  const registeredAt = (parts[5] ?? '').replace(/[\s\-–—]/g, '');
  return {
    card: card.card ?? card.number,
    number: card.number,
    name: displayName(name),
    ...given('birthDate', slashDate(parts[2])),
    ...given('gender', sex),
    ...given('address', hexText(parts[4] ?? '')),
    ...given('registeredAt', /^\w{5}$/.test(registeredAt) ? registeredAt : undefined),
    ...given('from', slashDate(parts[6])),
    ...given('until', slashDate(parts[7])),
    ...given('livingArea', /^K[123]$/.test(parts[11] ?? '') ? parts[11] : undefined),
    ...given('fiveYearsFrom', slashDate(parts[12])),
  };
}

const split = (text: string) =>
  text
    .replace(/^\ufeff/, '')
    .normalize('NFC')
    .trim()
    .split('|')
    .map((part) => part.trim());

function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined || value === '' ? {} : { [key]: value }) as { [P in K]?: V };
}

function genderOf(text: string | undefined): 'male' | 'female' | undefined {
  const sex = foldName(text ?? '');
  return sex === 'nam' ? 'male' : sex === 'nu' ? 'female' : undefined;
}

/** ddMMyyyy, MMyyyy or yyyy. */
function compactDate(text: string | undefined): string | undefined {
  const found = /^(?:(?:(\d{2}))?(\d{2}))?(\d{4})$/.exec(text ?? '');
  return found ? fhirDate(found[3]!, found[2], found[1]) : undefined;
}

/** dd/MM/yyyy, MM/yyyy or yyyy. */
function slashDate(text: string | undefined): string | undefined {
  const found = /^(?:(?:(\d{1,2})\/)?(\d{1,2})\/)?(\d{4})$/.exec(text ?? '');
  return found ? fhirDate(found[3]!, found[2]?.padStart(2, '0'), found[1]?.padStart(2, '0')) : undefined;
}

/** As much of the date as is real: an impossible or zero day leaves the month, an impossible month the year. */
function fhirDate(year: string, month?: string, day?: string): string {
  if (!month || Number(month) < 1 || Number(month) > 12) return year;
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return day && Number(day) >= 1 && Number(day) <= last ? `${year}-${month}-${day}` : `${year}-${month}`;
}

function hexText(hex: string): string | undefined {
  if (hex.length === 0 || hex.length % 2 || !/^[0-9a-f]*$/i.test(hex)) return undefined;
  const bytes = Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).normalize('NFC').trim();
  } catch {
    return undefined;
  }
}
