import { Button, OtherLanguage } from '@yba/ui';
import { IconQrcode } from '@tabler/icons-react';
import { useRef } from 'react';
import { useBook, useWords } from '../book-context.tsx';
import { citizenCodeOf } from './citizen-code.ts';
import { QrCode } from './qr-code.tsx';

/** The button that shows the person's code for the reception desk; not drawn without a person number. */
export function MyCode({ primary = false }: { primary?: boolean }) {
  const t = useWords();
  const { record, person } = useBook();
  const dialog = useRef<HTMLDialogElement>(null);
  const code = citizenCodeOf(record.Patient);
  if (!code) return null;
  return (
    <>
      <Button tap look={primary ? 'primary' : 'plain'} onClick={() => dialog.current?.showModal()}>
        <IconQrcode className="i" aria-hidden />
        {t('myCode')}
      </Button>
      <dialog ref={dialog} className="sheetdialog" aria-labelledby="my-code-title">
        <div className="head">
          <h2 id="my-code-title">{t('myCodeTitle')}</h2>
          <OtherLanguage />
        </div>
        <p className="whose">{person.name}</p>
        <QrCode text={code} label={t('myCodeTitle')} />
        <p>{t('myCodeHint')}</p>
        <form method="dialog">
          <button className="btn tap pri">{t('close')}</button>
        </form>
      </dialog>
    </>
  );
}
