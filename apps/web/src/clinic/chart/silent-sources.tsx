import { formatDateTime, SourceBadge, type Text } from '@yba/ui';
import { useEffect, useState } from 'react';
import { useClinicText } from '../messages.ts';
import type { vi } from '../messages/vi.ts';
import { sourceOfCode, type Facilities } from '../record/facilities.ts';
import { missingSources, type LiveSource } from '../../fhir/live-sources.ts';

type Words = Text<keyof typeof vi>;

/** What is said of one hospital that has not told all it knows, in words. */
export function sourceWords(source: LiveSource, name: string, t: Words): string {
  const when =
    source.last === undefined
      ? t('sourceNever')
      : t('sourceLast', { at: formatDateTime(new Date(source.last)) });
  return source.state === 'silent' ? `${name}, ${when}` : `${name} (${t(`source-${source.state}`)}), ${when}`;
}

/** The hospitals that have not answered whole, each with its badge and the moment of its newest data. */
export function SilentSources({
  sources,
  facilities,
}: {
  sources: readonly LiveSource[];
  facilities: Facilities;
}) {
  const t = useClinicText();
  const missing = missingSources(sources);
  return (
    <>
      <b>{t('sourcesMissing', { count: missing.length })}</b>{' '}
      {missing.map((source, index) => {
        const known = facilities.get(source.facility);
        const badge = { ...sourceOfCode(source.facility, facilities, undefined), kind: 'silent' as const };
        return (
          <span key={source.facility} className="silent">
            {index > 0 && ' · '}
            <SourceBadge source={badge} /> {sourceWords(source, known?.name ?? source.name, t)}
          </span>
        );
      })}
    </>
  );
}

/** Seconds until the chart asks by itself; twice as many after each time in vain. */
const FIRST_S = 20;
const LONGEST_S = 160;

/**
 * Asks again by itself while a hospital is missing, and gives the seconds until then; undefined when none is. It begins
 * anew when other hospitals are missing than before.
 */
export function useAskAgain(sources: readonly LiveSource[], ask: () => void): number | undefined {
  const waiting = sources.filter(({ state }) => state === 'asked' || state === 'silent' || state === 'down');
  const key = waiting.map(({ facility }) => facility).join(' ');
  const [left, setLeft] = useState(FIRST_S);
  useEffect(() => {
    if (key === '') return;
    let pause = FIRST_S;
    let at = Date.now() + pause * 1000;
    setLeft(pause);
    const beat = setInterval(() => {
      const seconds = Math.ceil((at - Date.now()) / 1000);
      if (seconds > 0) return setLeft(seconds);
      pause = Math.min(pause * 2, LONGEST_S);
      at = Date.now() + pause * 1000;
      setLeft(pause);
      ask();
    }, 1000);
    return () => clearInterval(beat);
    // `ask` is another function at every drawing of the same chart
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  return key === '' ? undefined : left;
}
