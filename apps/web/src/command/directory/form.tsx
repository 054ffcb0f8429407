import { Button, DateField, Dialog, ErrorState } from '@yba/ui';
import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { errorWords } from '../../fhir/client.ts';
import { useDirectoryText } from './messages.ts';

/** A field with its label and what to put there. */
export function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint && <p className="hint">{hint}</p>}
    </div>
  );
}

/** A text field of a form. */
export function TextField({
  label,
  hint,
  value,
  onChange,
  required = false,
}: {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
}) {
  return (
    <Field label={label} {...(hint ? { hint } : {})}>
      {(id) => (
        <input
          id={id}
          required={required}
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** A day of a form. */
export function DayField({
  label,
  ...day
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
  max?: string;
}) {
  return <Field label={label}>{(id) => <DateField id={id} {...day} />}</Field>;
}

/** A dialogue that carries something out: what went wrong is said in it, and it stays open. */
export function WorkDialog({
  title,
  action,
  work,
  onClose,
  danger = false,
  children,
}: {
  title: string;
  action?: string;
  work: () => Promise<void>;
  onClose: () => void;
  danger?: boolean;
  children: ReactNode;
}) {
  const t = useDirectoryText();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    work().then(onClose, (failure: unknown) => {
      setError(failure);
      setBusy(false);
    });
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="dirform" onSubmit={send}>
        {children}
        {error !== undefined && <ErrorState>{errorWords(error)}</ErrorState>}
        <Button type="submit" look={danger ? 'danger' : 'primary'} keys="↵" disabled={busy}>
          {action ?? t('save')}
        </Button>
      </form>
    </Dialog>
  );
}
