/** How exact a dossier's date field is. */
export type DateShape = 'minute' | 'day' | 'either' | 'birth';

const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function realDay(year: number, month: number, day: number): boolean {
  if (year < 1880 || year > 2200 || month < 1 || month > 12 || day < 1 || day > monthDays[month - 1]!)
    return false;
  return !(month === 2 && day === 29) || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

/** Whether the text is a real date of this shape: `yyyyMMddHHmm`, `yyyyMMdd`, or a birth date with 0000 for MMdd. */
export function isDossierDate(text: string, shape: DateShape): boolean {
  if (!/^\d+$/.test(text)) return false;
  const minute = text.length === 12;
  const day = text.length === 8;
  if (shape === 'minute' ? !minute : shape === 'day' ? !day : !minute && !day) return false;
  if (minute && (Number(text.slice(8, 10)) > 23 || Number(text.slice(10, 12)) > 59)) return false;
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(4, 6));
  const date = Number(text.slice(6, 8));
  if (shape === 'birth' && date === 0) return year >= 1880 && month <= 12;
  return realDay(year, month, date);
}

/** `yyyyMMddHHmm` as a FHIR instant of Viet Nam's time, `yyyyMMdd` as a FHIR date; undefined for anything else. */
export function fhirDateTime(text: string | undefined): string | undefined {
  if (!text || !isDossierDate(text, 'either')) return undefined;
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  return text.length === 12 ? `${date}T${text.slice(8, 10)}:${text.slice(10, 12)}:00+07:00` : date;
}

/** The day of a dossier date as a FHIR date; undefined when there is none. */
export const fhirDate = (text: string | undefined): string | undefined => fhirDateTime(text)?.slice(0, 10);

/** A birth date as exact as it is known: `yyyy`, `yyyy-MM` or `yyyy-MM-dd`. */
export function fhirBirthDate(text: string | undefined): string | undefined {
  if (!text || !isDossierDate(text, 'birth')) return undefined;
  if (text.slice(6, 8) !== '00') return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  return text.slice(4, 6) === '00' ? text.slice(0, 4) : `${text.slice(0, 4)}-${text.slice(4, 6)}`;
}
