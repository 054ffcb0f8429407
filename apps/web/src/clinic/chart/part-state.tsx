import { ErrorState } from '@yba/ui';
import { IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useClinicText } from '../messages.ts';
import type { Part } from '../record/chart.ts';

/** Shows a part's content when it was read; says so when the role may not read it, or when it failed. */
export function PartState<One>({ part, children }: { part: Part<One>; children: ReactNode }) {
  const t = useClinicText();
  if (part.state === 'read') return children;
  if (part.state === 'failed') return <ErrorState>{part.error.words()}</ErrorState>;
  return (
    <p className="denied">
      <IconLock className="i" aria-hidden />
      {t('deniedPart')}
    </p>
  );
}
