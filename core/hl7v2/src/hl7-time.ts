/** Offset of Viet Nam, which messages without a zone are read in. */
export const VIETNAM_OFFSET = '+07:00';

const DTM =
  /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,4}))?)?)?)?)?)?(?:([+-])(\d{2})(\d{2}))?$/;

/**
 * A time of HL7 v2 (DTM, TS) as a FHIR dateTime with the precision it has: `2026`, `2026-11-20`,
 * `2026-11-20T08:05:00+07:00`. Undefined when it is no time or no day of the calendar.
 * Source: HL7 v2.5.1 2.A.22; v2-to-FHIR DTM[dateTime]
 */
export function fhirDateTime(text: string, offset: string = VIETNAM_OFFSET): string | undefined {
  const match = DTM.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute = '00', second = '00', fraction, sign, zoneHour, zoneMinute] =
    match;
  const date = [year, month, day].filter((part) => part !== undefined).join('-');
  if (!isDay(Number(year), Number(month ?? 1), Number(day ?? 1))) return undefined;
  if (hour === undefined) return date;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const zone = sign ? `${sign}${zoneHour}:${zoneMinute}` : offset;
  return `${date}T${hour}:${minute}:${second}${fraction ? `.${fraction}` : ''}${zone}`;
}

/** The day alone of a time of HL7 v2. */
export function fhirDate(text: string): string | undefined {
  return fhirDateTime(text)?.slice(0, 10);
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
