import { Button, formatDateTime } from '@yba/ui';
import { IconClockPause } from '@tabler/icons-react';
import { missingSources, type LiveSource } from '../../fhir/live-sources.ts';
import { useBook, useWords } from '../book-context.tsx';

/**
 * The hospitals that keep detail at home and have not told all: which, what that means, and how old what they told last is. What
 * they tell later appears by itself.
 */
export function SilentHospitals() {
  const t = useWords();
  const { record, askAgain, places } = useBook();
  const missing = missingSources(record.sources);
  if (missing.length === 0) return null;
  const sentence = ({ facility, name, state, last }: LiveSource) => {
    const place = places.named(facility) ?? name;
    return [
      t(state === 'asked' ? 'hospitalAsked' : state === 'cut' ? 'hospitalCut' : 'hospitalSilent', { place }),
      last === undefined ? t('hospitalNever') : t('hospitalLast', { at: formatDateTime(new Date(last)) }),
    ].join(' ');
  };
  return (
    <div className="partial" role="status">
      <IconClockPause className="i" aria-hidden />
      <span>
        {missing.map((source) => (
          <span className="hospital" key={source.facility}>
            {sentence(source)}
          </span>
        ))}
        <small>{t('hospitalLater')}</small>
      </span>
      <Button onClick={askAgain}>{t('askAgain')}</Button>
    </div>
  );
}
