import type { Text } from '@yba/ui';
import type { vi } from '../messages/vi.ts';
import type { Alert } from './alerts.ts';

type Words = Text<keyof typeof vi>;

/** Why an alert was raised, in one sentence with the figures it rests on. */
export function whyRaised(alert: Alert, t: Words): string {
  const { rule, name, persons, looks, limit = 0, minutes = 60, shared, counted } = alert;
  const values = { name, persons, looks, limit, span: spanWords(minutes, t) };
  if (rule === 'mass-reading' && counted === 'listed') return t('why-listed', values);
  if (rule === 'same-surname')
    return t(shared === 'address' ? 'why-same-address' : 'why-same-surname', values);
  if (rule === 'colleague') return t(shared === 'self' ? 'why-self' : 'why-colleague', values);
  return t(`why-${rule}`, values);
}

/** "60 phút", "24 giờ", "7 ngày". */
export function spanWords(minutes: number, t: Words): string {
  if (minutes % 1440 === 0 && minutes > 1440) return t('days', { count: minutes / 1440 });
  return minutes % 60 === 0 && minutes > 60
    ? t('hours', { count: minutes / 60 })
    : t('minutes', { count: minutes });
}
