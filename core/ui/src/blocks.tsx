import { IconAlertTriangle, IconCircleCheck, IconInbox, IconPlugConnectedX } from '@tabler/icons-react';
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { uiText, useUiText } from './messages.ts';

/** Where a fact came from. `own`: this user's facility; `silent`: the source has not answered; `patient`: told by the patient. */
export type Source = { letters: string; name: string; kind: 'own' | 'other' | 'silent' | 'patient' };

const SOURCE_WORDS = {
  own: 'sourceOwn',
  other: 'sourceOther',
  silent: 'sourceSilent',
  patient: 'sourcePatient',
} as const;

/** A fact's source as a badge: own hospital filled, others outlined, silent dashed; the name is its title and its spoken text. */
export function SourceBadge({ source }: { source: Source }) {
  const t = useUiText();
  const words = t(SOURCE_WORDS[source.kind], { name: source.name });
  const look = source.kind === 'own' ? 'src own' : source.kind === 'silent' ? 'src off' : 'src';
  return (
    <span className={look} title={words}>
      <span aria-hidden="true">{source.letters}</span>
      <span className="vh">{words}</span>
    </span>
  );
}

/** A status word. Green (`ok`) only for what the owner of the fact has confirmed. */
export function StatusWord({
  tone = 'plain',
  icon,
  children,
}: {
  tone?: 'plain' | 'ok' | 'warn' | 'bad' | 'go';
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <span className={tone === 'plain' ? 'st' : `st ${tone}`}>
      {icon ?? (tone === 'ok' ? <IconCircleCheck className="i" aria-hidden /> : null)}
      {children}
    </span>
  );
}

/** One key cap, or several of a chord: "Ctrl K" is drawn as two caps when `apart`. */
export function Kbd({ keys, apart = false }: { keys: string; apart?: boolean }) {
  if (!apart) return <kbd>{keys}</kbd>;
  return (
    <>
      {keys.split(' ').map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </>
  );
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'plain' | 'primary' | 'danger' | 'quiet';
  /** Large touch button (48 px), for phones. */
  tap?: boolean;
  /** The shortcut printed on the control. */
  keys?: string;
};

const LOOKS = { plain: '', primary: ' pri', danger: ' bad', quiet: ' sub' };

/** A button of the design system, with its shortcut printed on it. */
export function Button({ look = 'plain', tap = false, keys, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`btn${LOOKS[look]}${tap ? ' tap' : ''}${className ? ` ${className}` : ''}`}
      {...rest}
    >
      {children}
      {keys && <kbd aria-hidden="true">{keys}</kbd>}
    </button>
  );
}

/** The amber bar of a partial answer: what is missing and what to do; `note` stands before the button. */
export function PartialBar({
  children,
  onRetry,
  keys,
  note,
}: {
  children: ReactNode;
  onRetry?: () => void;
  keys?: string;
  note?: string;
}) {
  const t = useUiText();
  return (
    <div className="part" role="status">
      <IconPlugConnectedX className="i" aria-hidden />
      <span className="say">
        <b>{t('partial')}</b> {children}
      </span>
      {onRetry && (
        <span className="r">
          {note && (
            <span className="note" aria-hidden="true">
              {note}
            </span>
          )}{' '}
          <Button className="small" onClick={onRetry} {...(keys ? { keys } : {})}>
            {t('askAgain')}
          </Button>
        </span>
      )}
    </div>
  );
}

/** The loading state of a list: grey rows of the size the content will have. */
export function LoadingState({ rows = 5, label }: { rows?: number; label?: string }) {
  return (
    <div className="state loading" role="status">
      <span className="vh">{label ?? uiText('loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="bone" aria-hidden="true" />
      ))}
    </div>
  );
}

/** The empty state of a list: what would be here, and what to do next. */
export function EmptyState({
  title,
  children,
  action,
  icon,
}: {
  title?: string;
  children?: ReactNode;
  action?: ReactNode;
  icon?: ReactNode;
}) {
  const t = useUiText();
  return (
    <div className="state empty">
      {icon ?? <IconInbox className="i" aria-hidden />}
      <p className="what">{title ?? t('emptyTitle')}</p>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** The error state of a list: what failed in words, and a way to try again. */
export function ErrorState({
  title,
  children,
  onRetry,
}: {
  title?: string;
  children?: ReactNode;
  onRetry?: () => void;
}) {
  const t = useUiText();
  return (
    <div className="state error" role="alert">
      <IconAlertTriangle className="i" aria-hidden />
      <p className="what">{title ?? t('errorTitle')}</p>
      {children && <p>{children}</p>}
      {onRetry && <Button onClick={onRetry}>{t('retry')}</Button>}
    </div>
  );
}
