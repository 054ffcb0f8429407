import { formatDateTime, formatNumber, LoadingState, useLanguage } from '@yba/ui';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { useReferralText } from './messages.ts';
import { useCapacity, type Beds } from './referrals.ts';

/** Whether there is room where the patient is to go, as far as that facility says. */
export function CapacityPanel({ code }: { code: string | undefined }) {
  const t = useReferralText();
  const capacity = useCapacity(code);
  const data = capacity.data;
  return (
    <section className="side" aria-label={t('capacity')}>
      <h2>{t('capacity')}</h2>
      {code === undefined && <p className="q">{t('choosePlace')}</p>}
      {code !== undefined && capacity.isPending && <LoadingState rows={2} />}
      {data?.beds.map((beds) => (
        <BedLine key={beds.ward} beds={beds} />
      ))}
      {capacity.isError && <ReadFailed of={capacity} />}
      {capacity.isSuccess && !data?.beds.length && (
        <p>
          <b>{t('notDeclared')}</b>
        </p>
      )}
      {data && data.services.length > 0 && (
        <p>
          {t('services')}: {data.services.join(', ')}
        </p>
      )}
      {data && data.waiting > 0 && <p className="q">{t('waiting', { count: data.waiting })}</p>}
    </section>
  );
}

function BedLine({ beds: { ward, declared, occupied, asOf } }: { beds: Beds }) {
  const t = useReferralText();
  const { language } = useLanguage();
  const number = (value: number) => formatNumber(String(value), language);
  const free = occupied === undefined ? undefined : Math.max(0, declared - occupied);
  return (
    <div className="beds">
      {ward && <span>{ward}</span>}
      {free === undefined ? (
        <b>{t('bedsDeclared', { declared: number(declared) })}</b>
      ) : (
        <>
          <b>{t('bedsFree', { free: number(free) })}</b>
          <meter
            min={0}
            max={declared}
            value={occupied}
            aria-label={t('bedsOf', { occupied: occupied!, declared })}
          />
          <span>{t('bedsOf', { occupied: number(occupied!), declared: number(declared) })}</span>
        </>
      )}
      {asOf && <small>{t('asOf', { when: formatDateTime(asOf) })}</small>}
    </div>
  );
}
