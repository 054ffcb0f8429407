import { Button, formatDateTime, StatusWord } from '@yba/ui';
import { IconDeviceDesktop, IconDeviceMobile } from '@tabler/icons-react';
import { deviceOf } from '../auth/device.ts';
import { endOtherSessions, endSession } from '../auth/own.ts';
import type { Account, Change } from './account.ts';
import { useAccountText } from './messages.ts';

const METHODS = ['pwd', 'otp', 'hwk', 'vneid'] as const;

/** Where one is signed in, and ending it from here. */
export function SessionsSection({ account, change }: { account: Account; change: Change }) {
  const t = useAccountText();
  const where = (agent: string) => {
    const device = deviceOf(agent);
    return device ? t('onSystem', device) : t('unknownBrowser');
  };
  const end = (id: string) =>
    change.run(async () => {
      await endSession(id);
      return t('sessionEnded');
    });
  const endOthers = () => change.run(async () => t('othersEnded', { count: await endOtherSessions() }));
  const place = (facility: string | undefined) =>
    account.facilities.find((one) => one.facility === facility)?.facilityName;
  return (
    <section className="ac" aria-labelledby="ac-sessions">
      <h2 id="ac-sessions">{t('sessions')}</h2>
      <ul className="aclist">
        {account.sessions.map((session) => {
          const here = session.id === account.session;
          const Icon = /Android|iPhone/.test(session.agent) ? IconDeviceMobile : IconDeviceDesktop;
          const by = METHODS.filter((method) => session.methods.includes(method)).map((method) =>
            t(`by_${method}`),
          );
          return (
            <li key={session.id}>
              <Icon className="i" aria-hidden />
              <span className="what">
                <b>
                  {where(session.agent)}
                  {here && <StatusWord tone="ok">{t('thisSession')}</StatusWord>}
                  {session.locked && <StatusWord>{t('sessionLocked')}</StatusWord>}
                </b>
                <small>
                  {[place(session.facility), session.address, by.join(' + ')].filter(Boolean).join(' · ')}
                </small>
                <small>
                  {t('since', { date: formatDateTime(session.started) })} ·{' '}
                  {t('activeLast', { date: formatDateTime(session.active) })}
                </small>
              </span>
              {!here && (
                <Button
                  className="mini"
                  disabled={change.busy}
                  aria-label={t('endSessionOf', { where: where(session.agent) })}
                  onClick={() => end(session.id)}
                >
                  {t('endSession')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {account.sessions.length > 1 && (
        <Button disabled={change.busy} onClick={endOthers}>
          {t('endOthers')}
        </Button>
      )}
    </section>
  );
}
