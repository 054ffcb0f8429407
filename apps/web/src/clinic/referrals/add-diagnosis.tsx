import { Button } from '@yba/ui';
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { icdCode } from './draft.ts';
import { useReferralText } from './messages.ts';
import type { Diagnosis } from './prefill.ts';

/** A diagnosis that the record does not hold yet: its ICD-10 code and its words. Enter adds it. */
export function AddDiagnosis({ onAdd }: { onAdd: (diagnosis: Diagnosis) => void }) {
  const t = useReferralText();
  const id = useId();
  const [code, setCode] = useState('');
  const [display, setDisplay] = useState('');
  const [failed, setFailed] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const add = () => {
    const known = icdCode(code);
    setFailed(!known || !display.trim());
    if (!known || !display.trim()) return first.current?.focus();
    onAdd({ code: known, display: display.trim() });
    setCode('');
    setDisplay('');
    first.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.nativeEvent.isComposing) return;
    event.preventDefault(); // Enter adds, and does not send the paper
    add();
  };
  return (
    <div className="adddx">
      <input
        ref={first}
        aria-label={t('addCode')}
        placeholder="I21.0"
        value={code}
        maxLength={6}
        size={7}
        aria-invalid={failed && !icdCode(code)}
        onKeyDown={onKeyDown}
        onChange={(event) => setCode(event.target.value)}
      />
      <input
        aria-label={t('addWords')}
        placeholder={t('addWords')}
        value={display}
        maxLength={255}
        aria-invalid={failed && !display.trim()}
        aria-describedby={failed ? id : undefined}
        onKeyDown={onKeyDown}
        onChange={(event) => setDisplay(event.target.value)}
      />
      <Button onClick={add}>{t('addDiagnosis')}</Button>
      {failed && (
        <span id={id} className="failure" role="alert">
          {t('addFailed')}
        </span>
      )}
    </div>
  );
}
