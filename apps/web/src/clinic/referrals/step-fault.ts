import { formatDate } from '@yba/ui';
import { errorWords, FhirError } from '../../fhir/client.ts';
import type { useReferralText } from './messages.ts';
import type { Referral } from './referrals.ts';

/** Why a step was not taken, as whoever asked for it can act on it; what they typed stays. */
export function stepFault(
  error: unknown,
  t: ReturnType<typeof useReferralText>,
  { until }: Pick<Referral, 'until'>,
): string {
  if (!(error instanceof FhirError)) return errorWords(error);
  if (error.status === 0) return t('stepOffline');
  if (error.status === 409 || error.status === 412) return t('overtaken');
  const where = error.outcome?.issue[0]?.expression?.[0] ?? '';
  const end = until ? formatDate(until) : '';
  if (where === 'Task.businessStatus' || where === 'Task.status') return t('overtaken');
  if (where === 'Task.restriction.period') return t('outOfDate', { end });
  if (where.includes("'when'")) return t('whenInTime', { end });
  return errorWords(error);
}
