import { LoadingState, usePageTitle } from '@yba/ui';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { ReadFailed } from '../fhir/read-failed.tsx';
import { useAccount, useChange } from './account.ts';
import { CodesSection } from './codes-section.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { useAccountText } from './messages.ts';
import { PasskeysSection } from './passkeys-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { PlacesSection } from './places-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import './account.css';

/** “My account”: what one signs in with, where one is signed in, where one works. */
export function AccountPage() {
  const t = useAccountText();
  usePageTitle(t('title'));
  const account = useAccount();
  const change = useChange('account');
  return (
    <div className="scroll" tabIndex={-1}>
      <div className="account">
        <header>
          <h1>{t('title')}</h1>
          <p>{account.data ? `${account.data.name} · ${account.data.username}` : t('lead')}</p>
        </header>
        {account.isPending && <LoadingState rows={8} />}
        {account.isError && <ReadFailed of={account} />}
        <div className="told" role="status">
          {change.done && (
            <p className="done">
              <IconCircleCheck className="i" aria-hidden />
              {change.done}
            </p>
          )}
          {change.failed && (
            <p className="failed">
              <IconAlertTriangle className="i" aria-hidden />
              {change.failed}
            </p>
          )}
        </div>
        {account.data && (
          <div className="acgrid">
            <div>
              <PasskeysSection account={account.data} change={change} />
              <CodesSection account={account.data} change={change} />
              <PasswordSection account={account.data} change={change} />
            </div>
            <div>
              <SessionsSection account={account.data} change={change} />
              {account.data.facilities.length > 0 && <PlacesSection account={account.data} change={change} />}
            </div>
          </div>
        )}
        <ConfirmDialog change={change} />
      </div>
    </div>
  );
}
