import { Button, ErrorState } from '@yba/ui';
import { useId, useRef, useState } from 'react';
import { errorWords } from '../../fhir/client.ts';
import { FindingsList } from './findings-list.tsx';
import { useConformanceText } from './messages.ts';
import { useCheck } from './results.ts';

/** As much as the server takes at once, in bytes. */
const LARGEST = 2 * 1024 * 1024;

/** A file or a pasted text is checked; nothing of it is kept. */
export function TryPanel() {
  const t = useConformanceText();
  const [file, setFile] = useState<File>();
  const [text, setText] = useState('');
  const [facility, setFacility] = useState('');
  const picker = useRef<HTMLInputElement>(null);
  const ids = { text: useId(), facility: useId(), hint: useId() };
  const check = useCheck();
  const content = file ?? (text.trim() === '' ? undefined : new Blob([text]));
  const known = facility === '' || /^\d{2}[0-9A-Z]{3}$/.test(facility);
  const large = (content?.size ?? 0) > LARGEST;
  const choose = (chosen: File | undefined) => {
    check.reset();
    setFile(chosen);
  };
  return (
    <>
      <form
        className="try"
        onSubmit={(event) => {
          event.preventDefault();
          if (content && known && !large) check.mutate({ content, facility });
        }}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          choose(event.dataTransfer.files[0]);
        }}
      >
        <p className="note" id={ids.hint}>
          {t('tryHint')}
        </p>
        {file ? (
          <p className="chosen">
            <b>{t('fileChosen', { name: file.name })}</b>
            <Button onClick={() => choose(undefined)}>{t('clearFile')}</Button>
          </p>
        ) : (
          <>
            <label htmlFor={ids.text}>{t('paste')}</label>
            <textarea
              id={ids.text}
              aria-describedby={ids.hint}
              rows={9}
              spellCheck={false}
              value={text}
              onChange={(event) => {
                check.reset();
                setText(event.target.value);
              }}
            />
          </>
        )}
        <input
          ref={picker}
          type="file"
          hidden
          accept=".json,.ndjson,.xml,.hl7,.er7,.txt"
          onChange={(event) => choose(event.target.files?.[0])}
        />
        <div className="row">
          <div className="for">
            <label htmlFor={ids.facility}>{t('forFacility')}</label>
            <input
              id={ids.facility}
              value={facility}
              maxLength={5}
              autoComplete="off"
              aria-invalid={!known}
              onChange={(event) => setFacility(event.target.value.trim().toUpperCase())}
            />
            <small>{known ? t('forFacilityHint') : t('badFacility')}</small>
          </div>
          <div className="does">
            <Button onClick={() => picker.current?.click()}>{t('chooseFile')}</Button>
            <Button look="primary" type="submit" disabled={!content || !known || large || check.isPending}>
              {check.isPending ? t('checking') : t('check')}
            </Button>
          </div>
        </div>
        {large && <p role="alert">{t('tooLarge')}</p>}
      </form>
      {check.isError && <ErrorState title={t('failedToCheck')}>{errorWords(check.error)}</ErrorState>}
      {check.data && <FindingsList checked={check.data} />}
    </>
  );
}
