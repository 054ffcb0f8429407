import { Button, EmptyState, ErrorState, LanguageSwitch } from '@yba/ui';
import { useShellText } from './messages.ts';

/** The page for an address that leads nowhere. */
export function NotFoundPage() {
  const t = useShellText();
  return (
    <main className="waitpage">
      <h1 className="vh">Y Bạ</h1>
      <EmptyState
        title={t('notFoundTitle')}
        action={
          <a className="btn pri" href="/">
            {t('home')}
          </a>
        }
      >
        {t('notFound')}
      </EmptyState>
      <LanguageSwitch />
    </main>
  );
}

/** The page for an error that nothing else caught: says that nothing is lost, and how to go on. */
export function PageError() {
  const t = useShellText();
  return (
    <main className="waitpage">
      <h1 className="vh">Y Bạ</h1>
      <ErrorState title={t('pageErrorTitle')}>{t('pageError')}</ErrorState>
      <Button look="primary" onClick={() => location.reload()}>
        {t('reload')}
      </Button>
      <LanguageSwitch />
    </main>
  );
}
