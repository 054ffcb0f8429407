import { Button, formatDateTime, StatusWord } from '@yba/ui';
import { useQuery } from '@tanstack/react-query';
import { deviceOf } from '../../auth/device.ts';
import { endOtherSessions, endSession, own } from '../../auth/own.ts';
import { useBook, useWords } from '../book-context.tsx';
import { OwnPart } from './own-part.tsx';
import { useOwnChange } from './use-own.ts';

/** Where one is signed in, as the server tells it. `app`: the app of others that it was for. Times ISO 8601. */
type Sessions = {
  session: string;
  sessions: {
    id: string;
    app?: string;
    address: string;
    agent: string;
    started: string;
    active: string;
    locked: boolean;
  }[];
};

/** Where the person is signed in, on which device and network, since when, and ending it from here. */
export function OwnSessions() {
  const t = useWords();
  const { isFamily } = useBook();
  const change = useOwnChange('account');
  const query = useQuery({
    queryKey: ['account'],
    queryFn: () => own<Sessions>('account'),
    enabled: !isFamily,
  });
  if (isFamily) return null;
  const end = (id: string) =>
    change.run(async () => {
      await endSession(id);
      return t('sessionEnded');
    });
  const endOthers = () => change.run(async () => t('sessionsEnded', { count: await endOtherSessions() }));
  return (
    <OwnPart title={t('sessionsTitle')} query={query} change={change}>
      {({ session: here, sessions }) => {
        const address = sessions.find(({ id }) => id === here)?.address;
        return (
          <>
            <ul className="sheet lst">
              {sessions.map((session) => {
                const device = deviceOf(session.agent);
                const where = device ? t('sessionDevice', device) : t('sessionUnknown');
                const network =
                  session.address === address
                    ? session.id !== here && t('sessionSameNetwork')
                    : t('sessionOtherNetwork', { address: session.address });
                const through = session.app && t('sessionByApp', { app: session.app });
                return (
                  <li key={session.id} className="decision">
                    <span className="n">
                      {where} {session.id === here && <StatusWord tone="ok">{t('sessionHere')}</StatusWord>}
                      {session.locked && <StatusWord>{t('sessionLocked')}</StatusWord>}
                    </span>
                    {(network || through) && (
                      <span className="o">{[through, network].filter(Boolean).join(' · ')}</span>
                    )}
                    <span className="o">
                      {t('sessionSince', { date: formatDateTime(session.started) })} ·{' '}
                      {t('sessionActive', { date: formatDateTime(session.active) })}
                    </span>
                    {session.id !== here && (
                      <Button
                        tap
                        disabled={change.busy}
                        aria-label={t('sessionEndOf', { where })}
                        onClick={() => end(session.id)}
                      >
                        {t('sessionEnd')}
                      </Button>
                    )}
                  </li>
                );
              })}
            </ul>
            {sessions.length > 1 && (
              <>
                <p className="nt">
                  <span>{t('sessionsHint')}</span>
                </p>
                <Button tap className="wide" disabled={change.busy} onClick={endOthers}>
                  {t('sessionsEndOthers')}
                </Button>
              </>
            )}
          </>
        );
      }}
    </OwnPart>
  );
}
