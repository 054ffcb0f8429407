import { StatusWord } from '@yba/ui';
import { IconRefreshAlert } from '@tabler/icons-react';
import { useLogText } from './messages.ts';
import type { LoggedMessage } from './use-messages.ts';
import { TONES } from './words.ts';

/** The state in its colour, with what filing did. */
export function StateOf({ message }: { message: LoggedMessage }) {
  const t = useLogText();
  const icon = message.state === 'retrying' ? <IconRefreshAlert className="i" aria-hidden /> : undefined;
  return (
    <StatusWord tone={TONES[message.state]} icon={icon}>
      {t(`state-${message.state}`)}
      {message.state === 'filed' && message.disposition && (
        <span className="sub"> · {t(`disposition-${message.disposition}`)}</span>
      )}
    </StatusWord>
  );
}
