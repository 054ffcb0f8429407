import { formatDate } from '@yba/ui';
import { IconFileText, IconFileTypePdf, IconPhoto } from '@tabler/icons-react';
import { useState } from 'react';
import { useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';
import type { Paper } from '../record/documents.ts';
import type { Attachment } from '../record/fhir.ts';
import { useErrorWords } from './error-words.ts';
import { openAttachment } from './open-attachment.ts';
import { PrivateMark } from './private-mark.tsx';

/** One paper with the button that opens it; says so when the hospital sent no file. */
export function PaperRow({ paper }: { paper: Paper }) {
  const t = useWords();
  const wordsOf = useErrorWords();
  const [state, setState] = useState<'still' | 'opening' | { failed: unknown }>('still');
  const file = paper.attachment;
  const open = async () => {
    setState('opening');
    try {
      await openAttachment(file!, paper.title);
      setState('still');
    } catch (error) {
      setState({ failed: error });
    }
  };
  return (
    <li className="prow">
      <FileIcon type={file?.contentType} />
      <span className="n">
        <b>{paper.title || t('paper')}</b>
        <small>
          {formatDate(paper.at)} · {paper.place ?? t('placeUnknown')} · {t(typeWord(file?.contentType))}
        </small>
        {paper.sensitive && <PrivateMark />}
        {typeof state === 'object' && (
          <small role="alert" className="failed">
            {t('paperFailed', {
              why: wordsOf(state.failed, 'paperNotFound'),
            })}
          </small>
        )}
        {!canOpen(file) && <small>{t('paperMissing')}</small>}
      </span>
      {canOpen(file) && (
        <button type="button" className="btn" disabled={state === 'opening'} onClick={() => void open()}>
          {t(state === 'opening' ? 'openingPaper' : 'openPaper')}
          <span className="vh"> {paper.title}</span>
        </button>
      )}
    </li>
  );
}

const canOpen = (file: Attachment | undefined): boolean => Boolean(file?.data ?? file?.url);

const typeWord = (type = ''): BookKey => {
  if (type.includes('pdf')) return 'paperPdf';
  if (type.startsWith('image/')) return 'paperImage';
  return type.startsWith('text/') ? 'paperText' : 'paperOther';
};

function FileIcon({ type = '' }: { type: string | undefined }) {
  if (type.includes('pdf')) return <IconFileTypePdf className="i" aria-hidden />;
  if (type.startsWith('image/')) return <IconPhoto className="i" aria-hidden />;
  return <IconFileText className="i" aria-hidden />;
}
