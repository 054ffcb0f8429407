import { StatusWord } from '@yba/ui';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import { useClinicText } from '../messages.ts';

/** When the chart was opened by the QR of a printed summary: whether the record is still as it was printed. */
export function SealCheck({ seal }: { seal: string }) {
  const t = useClinicText();
  const printed = useRouterState({ select: (state) => state.location.hash });
  if (!/^[0-9a-f]{16}$/.test(printed) || !seal) return null;
  const same = printed === seal.replaceAll(' ', '');
  return (
    <p className={same ? 'sealed' : 'sealed other'} role="status">
      <StatusWord
        tone={same ? 'ok' : 'warn'}
        {...(same ? {} : { icon: <IconAlertTriangle className="i" aria-hidden /> })}
      >
        {t(same ? 'sealSame' : 'sealOther')}
      </StatusWord>
    </p>
  );
}
