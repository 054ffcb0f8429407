import { useId, useState } from 'react';
import { SavingForm, type SavingFormProps } from '../saving-form.tsx';
import { usePrivacyText } from './messages.ts';

/** What the privacy officer says in words, two at least: to a person, or for the file. */
export function AnswerForm({
  label,
  long = false,
  send,
  ...form
}: {
  label: string;
  /** An answer to somebody, rather than a note. */
  long?: boolean;
  send: (words: string) => Promise<string>;
} & Pick<SavingFormProps, 'submit' | 'look' | 'keys' | 'onDone' | 'reload'>) {
  const t = usePrivacyText();
  const field = useId();
  const [words, setWords] = useState('');
  return (
    <SavingForm
      {...form}
      className="judge"
      fault={() => (words.trim().split(/\s+/).length < 2 ? t('twoWords') : undefined)}
      save={() => send(words)}
    >
      {(failed) => (
        <div className="field">
          <label htmlFor={field}>{label}</label>
          {long ? (
            <textarea
              id={field}
              rows={4}
              value={words}
              maxLength={2000}
              aria-invalid={failed}
              onChange={(event) => setWords(event.target.value)}
            />
          ) : (
            <input
              id={field}
              value={words}
              maxLength={500}
              autoComplete="off"
              aria-invalid={failed}
              onChange={(event) => setWords(event.target.value)}
            />
          )}
        </div>
      )}
    </SavingForm>
  );
}
