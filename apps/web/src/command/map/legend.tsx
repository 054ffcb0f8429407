import { formatNumber, useLanguage } from '@yba/ui';
import { useCommandText, type CommandKey } from '../messages.ts';
import {
  countLimits,
  countsByStep,
  shareLimits,
  type MapValue,
  type Measure,
  type Step,
} from '../figures/measures.ts';
import { stepClass } from './country-map.tsx';

const titles: Record<Measure, CommandKey> = {
  connected: 'legendConnected',
  sending: 'legendSending',
  visits: 'legendVisits',
};

/** What the colours mean, and how many provinces have each. */
export function Legend({ values, measure }: { values: readonly MapValue[]; measure: Measure }) {
  const t = useCommandText();
  const { language } = useLanguage();
  const counts = countsByStep(values);
  const number = (value: number) => formatNumber(value, language);
  const label = (step: Step): string => {
    if (step === 'none') return t('noData');
    if (step === 'zero') return t('countZero');
    const limits: readonly number[] = measure === 'visits' ? countLimits : shareLimits;
    const from = limits[step]!;
    const next = limits[step + 1];
    if (measure === 'visits') {
      return next === undefined
        ? t('countUp', { from: number(from) })
        : t('countBetween', { from: number(from), to: number(next - 1) });
    }
    if (step === 0) return t('below', { to: next! * 100 });
    return next === undefined
      ? t('fromUp', { from: from * 100 })
      : t('between', { from: from * 100, to: next * 100 });
  };
  const steps: Step[] = [...(measure === 'visits' ? (['zero'] as const) : []), 0, 1, 2, 3, 4, 'none'];
  return (
    <div className="legend">
      <h2>{t(titles[measure])}</h2>
      <ul>
        {steps.map((step) => (
          <li key={step}>
            <i className={stepClass(step)} aria-hidden="true" />
            <span>{label(step)}</span>
            <b>{t('provinceCount', { count: counts.get(step) ?? 0 })}</b>
          </li>
        ))}
      </ul>
      {measure === 'connected' && <p>{t('connectedMeans')}</p>}
    </div>
  );
}
