import { IconX } from '@tabler/icons-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useKeys } from './keys.ts';
import { OtherLanguage } from './language.tsx';
import { useUiText } from './messages.ts';

type DialogProps = { title: ReactNode; onClose: () => void; wide?: boolean; children: ReactNode };

/** A modal dialogue on the browser's own dialog element: it holds the focus, silences the screen beneath, and Esc closes it. */
export function Dialog({ title, onClose, wide = false, children }: DialogProps) {
  const t = useUiText();
  const id = useId();
  const box = useRef<HTMLDialogElement>(null);
  useKeys([{ keys: 'Esc', label: t('close'), run: onClose, inText: true }], { modal: true });
  useEffect(() => {
    const shown = box.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={box}
      className={wide ? 'box wide' : 'box'}
      aria-labelledby={id}
      onCancel={(event) => event.preventDefault()}
      onClick={(event) => event.target === box.current && onClose()}
    >
      <div className="inner">
        <div className="head">
          <h2 id={id}>{title}</h2>
          <OtherLanguage />
          <button type="button" className="ib" onClick={onClose}>
            <IconX className="i" aria-hidden />
            <span className="vh">{t('close')}</span>
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
