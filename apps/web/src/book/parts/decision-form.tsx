import { Button } from '@yba/ui';
import { useEffect, useState, type ReactNode } from 'react';
import { useBook, useWords } from '../book-context.tsx';
import type { Chosen } from './data-choice.tsx';
import { useErrorWords } from './error-words.ts';
import type { Decisions } from './use-decisions.ts';

/** What each form of the sharing page is given. */
export type FormProps = { decisions: Decisions; onDone: () => void };

/** Nothing ticked. */
export const nothing: Chosen = { kinds: [], sensitive: [] };

/**
 * A form of the sharing page: what it does, its fields, one button; what went wrong is said beside it. What is missing or
 * not as it has to be is said in the book's words, not in those of the browser: `title` of a field, or that it is empty.
 */
export function DecisionForm({
  title,
  lead,
  submit,
  onSubmit,
  onDone,
  children,
}: {
  title: string;
  lead: string;
  submit: string;
  onSubmit: () => Promise<void>;
  onDone: () => void;
  children: ReactNode;
}) {
  const t = useWords();
  const wordsOf = useErrorWords();
  const { language } = useBook();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [lacking, setLacking] = useState<{ field: Field }>();
  // the words are the field's own, and follow the language with it
  useEffect(() => {
    if (lacking) setFailure(lacking.field.title || t('fillIn', { field: labelOf(lacking.field) }));
    // oxlint-disable-next-line react/exhaustive-deps -- `t` is another at each drawing
  }, [lacking, language]);
  return (
    <form
      className="sheet decide"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (busy) return;
        const field = event.currentTarget.querySelector<Field>('input:invalid, select:invalid');
        if (field) {
          field.focus();
          return setLacking({ field });
        }
        setBusy(true);
        setLacking(undefined);
        setFailure(undefined);
        onSubmit()
          .catch(setFailure)
          .finally(() => setBusy(false));
      }}
    >
      <h2>{title}</h2>
      <p>{lead}</p>
      {children}
      {failure !== undefined && (
        <p className="failure" role="alert">
          {wordsOf(failure)}
        </p>
      )}
      <div className="acts">
        <Button tap type="submit" look="primary" disabled={busy}>
          {submit}
        </Button>
        <Button tap onClick={onDone}>
          {t('cancel')}
        </Button>
      </div>
    </form>
  );
}

type Field = HTMLInputElement | HTMLSelectElement;

/** The words before a field, which its label begins with. */
const labelOf = ({ labels }: Field): string => labels?.[0]?.firstChild?.textContent ?? '';

/** The instant so many months from now. */
export function monthsFromNow(months: number): string {
  const until = new Date();
  until.setMonth(until.getMonth() + months);
  return until.toISOString();
}
