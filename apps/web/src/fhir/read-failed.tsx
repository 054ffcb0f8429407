import { ErrorState } from '@yba/ui';
import type { ReactNode } from 'react';
import { OwnError } from '../auth/own.ts';
import { useShellText } from '../shell/messages.ts';
import { errorWords, FhirError } from './client.ts';

/** Whether asking once more cannot help: the answer is that this is not there, or not for this person. */
export function isFinal(error: unknown): boolean {
  const status = error instanceof FhirError || error instanceof OwnError ? error.status : 0;
  return status === 403 || status === 404 || status === 410;
}

type Failed = { error: unknown; refetch: () => unknown };

/**
 * What could not be read, in words that say what to do, the general ones where a screen has no own; another try only where
 * it can help.
 */
export function ReadFailed({
  of: { error, refetch },
  title,
  children,
}: {
  of: Failed;
  title?: string;
  children?: ReactNode;
}) {
  const t = useShellText();
  const words = children ?? (error instanceof OwnError ? error.message : errorWords(error));
  if (isFinal(error)) return <ErrorState title={t('refusedTitle')}>{words}</ErrorState>;
  return (
    <ErrorState {...(title ? { title } : {})} onRetry={() => void refetch()}>
      {words}
    </ErrorState>
  );
}
