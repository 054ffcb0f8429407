/** The fields of a national paper (XML13, XML14) by their names; what the record does not hold is absent. */
export type PaperFields = Readonly<Partial<Record<string, string>>>;

/** `02/03/1985` of `198503020000` or `19850302`; `1985` when day and month are not known; '' of nothing. */
export function dayWords(field: string | undefined): string {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})/.exec(field ?? '') ?? [];
  if (!year) return '';
  if (month === '00') return year;
  return day === '00' ? `${month}/${year}` : `${day}/${month}/${year}`;
}

/** `14 giờ 30, ngày 28/11/2026` of `202611281430`; '' of nothing. */
export function minuteWords(field: string | undefined): string {
  const [, hour, minute] = /^\d{8}(\d{2})(\d{2})$/.exec(field ?? '') ?? [];
  const day = dayWords(field);
  return hour && day ? `${hour} giờ ${minute}, ngày ${day}` : day;
}

/** Insurance cards with until when each holds, as the paper joins them by `;`. */
export function cardsOf(fields: PaperFields): { card: string; until: string }[] {
  const until = (fields['GT_THE_DEN'] ?? '').split(';');
  return (fields['MA_THE_BHYT'] ?? '')
    .split(';')
    .filter(Boolean)
    .map((card, index) => ({ card, until: dayWords(until[index]) }));
}
