import type { Text } from '@yba/ui';
import type { vi } from '../messages/vi.ts';
import type { Chart, PartName } from '../record/chart.ts';

/** What the chart lacks, in words: parts that failed, that this role may not read, or that go on beyond what is shown. */
export function missingParts(chart: Chart, t: Text<keyof typeof vi>): string[] {
  const names = Object.keys(chart.parts) as PartName[];
  const words = (wanted: PartName[]) => wanted.map((name) => t(`part-${name}`)).join(', ');
  const failed = names.filter((name) => chart.parts[name].state === 'failed');
  const denied = names.filter((name) => chart.parts[name].state === 'denied');
  const cut = names.filter((name) => {
    const part = chart.parts[name];
    return part.state === 'read' && part.more;
  });
  return [
    ...(failed.length > 0 ? [t('partsFailed', { parts: words(failed) })] : []),
    ...(denied.length > 0 ? [t('partsDenied', { parts: words(denied) })] : []),
    ...(cut.length > 0 ? [t('partsCut', { parts: words(cut) })] : []),
  ];
}
