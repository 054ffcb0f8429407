import type { Text } from '@yba/ui';
import type { vi } from '../messages/vi.ts';
import { missingSources } from '../../fhir/live-sources.ts';
import { sourceWords } from './silent-sources.tsx';
import type { Chart, Part, PartName } from '../record/chart.ts';

type Words = Text<keyof typeof vi>;

function wordsOf(chart: Chart, t: Words, wanted: (part: Part<unknown>) => boolean): string {
  const names = Object.keys(chart.parts) as PartName[];
  return names
    .filter((name) => wanted(chart.parts[name]))
    .map((name) => t(`part-${name}`))
    .join(', ');
}

/** The parts that this role may not read, in words. */
export function deniedWords(chart: Chart, t: Words): string {
  return wordsOf(chart, t, (part) => part.state === 'denied');
}

/** What the chart lacks though the role may read it, in words: parts that failed, or go on beyond what is shown. */
export function missingParts(chart: Chart, t: Words): string[] {
  const failed = wordsOf(chart, t, (part) => part.state === 'failed');
  const cut = wordsOf(chart, t, (part) => part.state === 'read' && part.more);
  return [
    ...(failed ? [t('partsFailed', { parts: failed })] : []),
    ...(cut ? [t('partsCut', { parts: cut })] : []),
  ];
}

/** The hospitals that were asked and have not told all, in words, for paper. */
export function silentWords(chart: Chart, t: Words): string[] {
  return missingSources(chart.sources).map((source) => sourceWords(source, source.name, t));
}
