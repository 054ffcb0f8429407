import { Button } from '@yba/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { errorWords } from '../fhir/client.ts';

export type SavingFormProps = {
  className: string;
  /** On the button. */
  submit: string;
  look?: 'primary' | 'plain';
  keys?: string;
  /** What is wrong with what was filled in, in words; undefined when it may be sent. */
  fault: () => string | undefined;
  /** Sends it; answers what to say of it. Throws FhirError. */
  save: () => Promise<string>;
  onDone: (said: string) => void;
  /** The query that is asked anew afterwards. */
  reload: string;
  /** The fields; `failed`: what was sent was refused. */
  children: (failed: boolean) => ReactNode;
  /** Behind the button. */
  hint?: ReactNode;
};

/** A form of a desk: checked before it is sent, sent once, what went wrong said beside it, the list read again. */
export function SavingForm({
  className,
  submit,
  look = 'primary',
  keys,
  fault,
  save,
  onDone,
  reload,
  children,
  hint,
}: SavingFormProps) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const send = async () => {
    if (busy) return;
    const wrong = fault();
    if (wrong !== undefined) return setFailure(wrong);
    setBusy(true);
    setFailure(undefined);
    try {
      onDone(await save());
      await queries.invalidateQueries({ queryKey: [reload] });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {children(failure !== undefined)}
      {failure !== undefined && (
        <p className="failure" role="alert">
          {errorWords(failure)}
        </p>
      )}
      <Button type="submit" look={look} disabled={busy} {...(keys ? { keys } : {})}>
        {submit}
      </Button>
      {hint}
    </form>
  );
}
