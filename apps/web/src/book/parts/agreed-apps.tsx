import { Button, Dialog, formatDate, formatDateTime } from '@yba/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { own } from '../../auth/own.ts';
import { useBook, useWords } from '../book-context.tsx';
import { OwnPart } from './own-part.tsx';
import { useOwnChange } from './use-own.ts';

/** An app as the server tells of it; `reads` in the language in use, times ISO 8601. */
type AgreedApp = {
  client: string;
  name: string;
  reads: string[];
  offline: boolean;
  agreed: string;
  lastRead?: string;
};

/** The apps of others that the person agreed to, what each reads and last read, and taking it back. Of one's own book alone. */
export function AgreedApps() {
  const t = useWords();
  const { isFamily, language } = useBook();
  const [asked, setAsked] = useState<AgreedApp>();
  const change = useOwnChange('apps');
  const query = useQuery({
    queryKey: ['apps', language],
    queryFn: () => own<{ apps: AgreedApp[] }>('account/apps'),
    enabled: !isFamily,
  });
  if (isFamily) return null;
  const withdraw = ({ client, name }: AgreedApp) => {
    setAsked(undefined);
    change.run(async () => {
      await own(`account/apps/${encodeURIComponent(client)}`, { method: 'DELETE' });
      return t('appWithdrawn', { app: name });
    });
  };
  return (
    <>
      <OwnPart title={t('appsTitle')} query={query} change={change}>
        {({ apps }) =>
          apps.length === 0 ? (
            <p className="sheet pad quiet">{t('appsNone')}</p>
          ) : (
            <ul className="sheet lst">
              {apps.map((app) => (
                <li key={app.client} className="decision">
                  <span className="n">{app.name}</span>
                  <ul className="o reads">
                    {app.reads.map((words) => (
                      <li key={words}>{words}</li>
                    ))}
                  </ul>
                  <span className="o">{t(app.offline ? 'appAlways' : 'appOpenOnly')}</span>
                  <span className="o">
                    {t('appAgreed', { date: formatDate(app.agreed) })} ·{' '}
                    {app.lastRead
                      ? t('appLastRead', { date: formatDateTime(app.lastRead) })
                      : t('appNeverRead')}
                  </span>
                  <Button
                    tap
                    disabled={change.busy}
                    aria-label={t('appWithdrawOf', { app: app.name })}
                    onClick={() => setAsked(app)}
                  >
                    {t('appWithdraw')}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </OwnPart>
      {asked && (
        <Dialog title={t('appWithdrawAsk', { app: asked.name })} onClose={() => setAsked(undefined)}>
          <p>{t('appWithdrawLead', { app: asked.name })}</p>
          <div className="acts">
            <Button tap look="danger" onClick={() => withdraw(asked)}>
              {t('appWithdraw')}
            </Button>
            <Button tap onClick={() => setAsked(undefined)}>
              {t('cancel')}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
