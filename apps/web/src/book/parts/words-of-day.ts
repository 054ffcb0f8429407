import { formatDate } from '@yba/ui';
import { useBook, useWords } from '../book-context.tsx';
import { addDays, weekday, type Day } from '../record/dates.ts';

/** How a day is written over a group: "Hôm nay, 23/11/2026", "Chủ Nhật, 22/11/2026". */
export function useDayWords(): (day: Day) => string {
  const t = useWords();
  const { today, language } = useBook();
  return (day) => {
    const name =
      day === today ? t('today') : day === addDays(today, -1) ? t('yesterday') : weekday(day, language);
    return `${name}, ${formatDate(day)}`;
  };
}
