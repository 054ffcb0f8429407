import { Decimal } from '../json/decimal.ts';
import { narrativeFault } from './narrative.ts';

/** Why a value is not of a primitive type and what to write instead; undefined when it is. */
export type PrimitiveCheck = (value: unknown) => string | undefined;

const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** A check of text by a pattern, with the sentence that says the rule. */
const matching =
  (pattern: RegExp, rule: string): PrimitiveCheck =>
  (value) => {
    if (typeof value !== 'string') return `must be a JSON string. ${rule}`;
    return pattern.test(value) ? undefined : rule;
  };

const year = String.raw`(?!0000)\d{4}`;
const monthDay = String.raw`(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const clock = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?`;
const zone = String.raw`(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))`;

const isDate = new RegExp(`^${year}(?:-(?:0[1-9]|1[0-2])|-${monthDay})?$`);
const isDateTime = new RegExp(`^${year}(?:-(?:0[1-9]|1[0-2])|-${monthDay}(?:T${clock}${zone})?)?$`);
const isInstant = new RegExp(`^${year}-${monthDay}T${clock}${zone}$`);

/** A date pattern, and that the day exists in its month. */
function calendar(pattern: RegExp, rule: string): PrimitiveCheck {
  const check = matching(pattern, rule);
  return (value) =>
    check(value) ??
    (dayExists(value as string) ? undefined : 'This day does not exist. Check day, month and year.');
}

function dayExists(text: string): boolean {
  if (text.length < 10) return true;
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  const month = Number(text.slice(5, 7));
  if (month === 2) {
    const y = Number(text.slice(0, 4));
    return day === 29 && ((y % 4 === 0 && y % 100 !== 0) || y % 400 === 0);
  }
  return day <= 30 || !(month === 4 || month === 6 || month === 9 || month === 11);
}

/** Source: https://hl7.org/fhir/R4/datatypes.html#string */
const maxLength = 1024 * 1024;

/** Whether a text that is not long has printable ASCII only, from the character given: most have, and no rule of text is against it. */
export function isPlain(value: string, lowest: number): boolean {
  const { length } = value;
  if (length === 0 || length > 200) return false;
  for (let at = 0; at < length; at++) {
    const character = value.charCodeAt(at);
    if (character < lowest || character > 126) return false;
  }
  return true;
}

const space = 32;

const text: PrimitiveCheck = (value) => {
  if (typeof value !== 'string') return 'must be a JSON string.';
  if (value.length > maxLength) return 'must have at most 1,048,576 characters.';
  return isPlain(value, space) ? undefined : unicode(value);
};

const unicode = (value: string): string | undefined => {
  if (value === '') return 'must not be an empty string. Leave the element out instead.';
  if (control.test(value))
    return 'must not hold control characters other than tab, line feed and carriage return.';
  return value.isWellFormed() ? undefined : 'must be Unicode: half of a surrogate pair stands alone.';
};

const code: PrimitiveCheck = (value) => {
  if (typeof value !== 'string') return 'must be a JSON string.';
  if (isPlain(value, space + 1)) return undefined;
  if (value === '') return 'must not be an empty string. Leave the element out instead.';
  if (/^\s|\s$|\s\s|[^\S ]/.test(value))
    return 'A code has no spaces at its ends and only single spaces inside.';
  return text(value);
};

const integer =
  (least: number, rule: string): PrimitiveCheck =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 2147483647
      ? undefined
      : rule;

const noSpaces = matching(/^\S+$/, 'A URI is not empty and has no spaces.');
const uri: PrimitiveCheck = (value) =>
  typeof value === 'string' && isPlain(value, space + 1) ? undefined : (noSpaces(value) ?? text(value));

const isBase64 = (value: string): boolean => value.length % 4 === 0 && /^[0-9a-zA-Z+/]+={0,2}$/.test(value);

/** By primitive type. Source: https://hl7.org/fhir/R4/datatypes.html#primitive */
export const primitiveChecks: Readonly<Record<string, PrimitiveCheck>> = {
  boolean: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false, without quotes.'),
  integer: integer(-2147483648, 'must be a whole number from -2147483648 to 2147483647, without quotes.'),
  unsignedInt: integer(0, 'must be a whole number from 0 to 2147483647, without quotes.'),
  positiveInt: integer(1, 'must be a whole number from 1 to 2147483647, without quotes.'),
  decimal: (value) =>
    (typeof value === 'number' && Number.isFinite(value)) || value instanceof Decimal
      ? undefined
      : 'must be a JSON number, without quotes.',
  string: text,
  markdown: text,
  xhtml: (value) =>
    typeof value === 'string' ? (unicode(value) ?? narrativeFault(value)) : 'must be a JSON string.',
  code,
  id: matching(/^[A-Za-z0-9\-.]{1,64}$/, 'An id is 1 to 64 letters, digits, - and dots.'),
  uri,
  url: uri,
  canonical: uri,
  oid: matching(/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/, 'An oid reads urn:oid:1.2.3.'),
  uuid: matching(
    /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'A uuid reads urn:uuid: and 36 lower-case hexadecimal digits and dashes.',
  ),
  date: calendar(isDate, 'A date reads 2024, 2024-03 or 2024-03-31.'),
  dateTime: calendar(
    isDateTime,
    'A dateTime reads 2024, 2024-03, 2024-03-31 or 2024-03-31T08:00:00+07:00; a time needs seconds and a time zone.',
  ),
  instant: calendar(isInstant, 'An instant reads 2024-03-31T08:00:00+07:00, with seconds and a time zone.'),
  time: matching(new RegExp(`^${clock}$`), 'A time reads 08:00:00.'),
  base64Binary: (value) => {
    if (typeof value !== 'string') return 'must be a JSON string.';
    if (isBase64(value) || isBase64(value.replace(/\s+/g, ''))) return undefined;
    return 'Base64 has letters, digits, + and /, in groups of four, filled up with =.';
  },
};
