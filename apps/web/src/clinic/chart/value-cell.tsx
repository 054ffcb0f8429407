import { formatNumber, Mark, useLanguage } from '@yba/ui';
import { useClinicText } from '../messages.ts';
import type { Value } from '../record/results.ts';

/** A value as the grid writes it: shape and bold ink when out of range, "không đo" when there is none. */
export function ValueText({ value }: { value: Value | undefined }) {
  const t = useClinicText();
  const { language } = useLanguage();
  if (!value) return <span className="na">{t('notMeasured')}</span>;
  const text = formatNumber(value.text, language);
  if (!value.flag) return <>{text}</>;
  const danger = value.flag.startsWith('danger');
  return (
    <span className={danger ? 'o danger' : 'o'}>
      <Mark kind={value.flag} />
      {text}
    </span>
  );
}

/** A reference range as written, with the comma of the language. */
export function useRangeText(): (text: string) => string {
  const { language } = useLanguage();
  return (text) => text.replace(/\d+(\.\d+)?/g, (digits) => formatNumber(digits, language));
}
