import { formatNumber, useLanguage } from '@yba/ui';
import { useClinicText } from '../messages.ts';
import type { Medicine } from '../record/medicines.ts';

const TIMES = {
  MORN: 'timeMorning',
  NOON: 'timeNoon',
  AFT: 'timeAfternoon',
  EVE: 'timeEvening',
  HS: 'timeBed',
  NIGHT: 'timeBed',
} as const;

/** A dose for a narrow column: "1 viên sáng, tối"; the full instruction when it cannot be said so shortly. */
export function useDoseWords(): (medicine: Medicine) => string {
  const t = useClinicText();
  const { language } = useLanguage();
  return ({ short, dose }) => {
    if (!short) return dose || t('doseUnknown');
    const times = short.times.map((time) => (time in TIMES ? t(TIMES[time as keyof typeof TIMES]) : time));
    const [value = '', ...unit] = short.amount.split(' ');
    return [formatNumber(value, language), ...unit, times.join(', ')].join(' ');
  };
}
