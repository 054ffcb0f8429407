import { Button } from '@yba/ui';
import { IconQrcode } from '@tabler/icons-react';
import { useRef } from 'react';
import { encode } from 'uqr';
import { useBook, useWords } from '../book-context.tsx';
import { citizenCodeOf } from './citizen-code.ts';

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
        <h2 id="my-code-title">{t('myCodeTitle')}</h2>
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

function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg
      className="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={path} fill="currentColor" />
    </svg>
  );
}
