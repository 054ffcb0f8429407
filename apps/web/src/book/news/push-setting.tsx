import { Button, formatDate, useLanguage } from '@yba/ui';
import { IconBell, IconBellOff } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useBook } from '../book-context.tsx';
import { useNewsWords } from './messages.ts';
import {
  canPush,
  ownEndpoint,
  PushBlocked,
  readPush,
  subscribe,
  unsubscribe,
  type PushState,
} from './push.ts';
import './news.css';

const KEY = ['push'];

/** Turns news on this device on and off, and ends it on others. Nothing is asked of the browser before the person taps. */
export function PushSetting() {
  const t = useNewsWords();
  const { isFamily } = useBook();
  const { language } = useLanguage();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<'pushBlocked' | 'pushFailed'>();
  const { data } = useQuery({
    queryKey: KEY,
    enabled: !isFamily,
    queryFn: async ({ signal }) => ({ ...(await readPush(signal)), own: await ownEndpoint() }),
  });
  if (isFamily || !data) return null;
  const here = data.devices.find(({ endpoint }) => endpoint === data.own);
  const others = data.devices.filter((one) => one !== here);
  const change = async (work: () => Promise<PushState>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      const state = await work();
      queries.setQueryData(KEY, { ...state, own: await ownEndpoint() });
    } catch (error) {
      setFailure(error instanceof PushBlocked ? 'pushBlocked' : 'pushFailed');
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="sheet pad push">
      <h2>{t('pushTitle')}</h2>
      <p className="quiet">{t('pushHint')}</p>
      {!canPush() && <p>{t('pushUnable')}</p>}
      {canPush() && here && (
        <>
          <p role="status">{t('pushIsOn')}</p>
          <Button tap disabled={busy} onClick={() => void change(() => unsubscribe(here))}>
            <IconBellOff className="i" aria-hidden />
            {t('pushOff')}
          </Button>
        </>
      )}
      {canPush() && !here && (
        <Button
          tap
          look="primary"
          disabled={busy}
          onClick={() => void change(() => subscribe(data.publicKey, language))}
        >
          <IconBell className="i" aria-hidden />
          {t('pushOn')}
        </Button>
      )}
      {failure && <p role="alert">{t(failure)}</p>}
      {others.length > 0 && (
        <>
          <h3>{t('otherDevices')}</h3>
          <ul>
            {others.map((device) => (
              <li key={device.id}>
                <span>
                  {device.name} <small>{t('since', { date: formatDate(device.since) })}</small>
                </span>
                <Button disabled={busy} onClick={() => void change(() => unsubscribe(device))}>
                  {t('end')}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
