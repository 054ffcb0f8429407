import { useLanguage } from '@yba/ui';
import { silenceOf } from '../figures/flow.ts';
import { useCommandText } from '../messages.ts';

/** How long a facility has been silent: "2 ngày 16 giờ", "8 giờ 26 phút". */
export function useSilenceWords(): (lastContact: string | undefined, asOf: string) => string {
  const t = useCommandText();
  return (lastContact, asOf) => {
    if (lastContact === undefined) return t('never');
    const { days, hours, minutes } = silenceOf(lastContact, asOf);
    if (days > 0) return t('daysHours', { days, hours });
    if (hours > 0) return t('hoursMinutes', { hours, minutes: String(minutes).padStart(2, '0') });
    return t('minutesOnly', { minutes });
  };
}

/** A weekday's name, of a day `2026-11-23`. */
export function useWeekday(): (day: string) => string {
  const { language } = useLanguage();
  const format = new Intl.DateTimeFormat(language === 'vi' ? 'vi-VN' : 'en-GB', {
    timeZone: 'UTC',
    weekday: 'long',
  });
  return (day) => format.format(new Date(`${day}T00:00:00Z`));
}
