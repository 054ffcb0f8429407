import { formatDateTime, LoadingState, SourceBadge } from '@yba/ui';
import { IconFileText, IconLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ReadFailed } from '../../fhir/read-failed.tsx';
import { isWithdrawn, withdrawnOf } from '../../fhir/withdrawn.ts';
import type { Attachment, DiagnosticReport, DocumentReference } from '../../fhir/types.ts';
import { useClinicText } from '../messages.ts';
import { resourcesOf } from '../record/chart.ts';
import { sourceOfCode } from '../record/facilities.ts';
import { conceptWords, facilityCodeOf, isSensitive } from '../record/resource-words.ts';
import { askForCopy, useCopyWords } from '../print/copies.ts';
import { readAttachment } from './attachment.ts';
import type { TabProps } from './chart-page.tsx';
import { PartState } from './part-state.tsx';
import { WithdrawnFold } from './withdrawn-fold.tsx';

type Paper = {
  id: string;
  title: string;
  kind: string;
  date: string;
  facility: string | undefined;
  sensitive: boolean;
  conclusion: string;
  attachments: Attachment[];
};

function paperOf(resource: DocumentReference | DiagnosticReport): Paper {
  const common = {
    id: `${resource.resourceType}/${resource.id}`,
    facility: facilityCodeOf(resource),
    sensitive: isSensitive(resource),
  };
  if (resource.resourceType === 'DiagnosticReport') {
    return {
      ...common,
      title: conceptWords(resource.code),
      kind: resource.category?.[0]?.text ?? '',
      date: resource.effectiveDateTime ?? resource.issued ?? '',
      conclusion: resource.conclusion ?? '',
      attachments: resource.presentedForm ?? [],
    };
  }
  return {
    ...common,
    title: resource.description ?? conceptWords(resource.type),
    kind: conceptWords(resource.type),
    date: resource.date ?? '',
    conclusion: '',
    attachments: (resource.content ?? []).flatMap((one) => (one.attachment ? [one.attachment] : [])),
  };
}

/** Documents and reports of every hospital: list on the left, the chosen one readable on the right. */
export function DocumentsTab({ chart, facilities, own }: TabProps) {
  const t = useClinicText();
  const { parts } = chart;
  const all = [...resourcesOf(parts.documents), ...resourcesOf(parts.reports)];
  const papers = all
    .filter((one) => !isWithdrawn(one))
    .map(paperOf)
    .filter((paper) => paper.attachments.length > 0 || paper.conclusion)
    .sort((a, b) => b.date.localeCompare(a.date));
  const [chosen, setChosen] = useState<string>();
  const sheet = useRef<HTMLDivElement>(null);
  const choose = (id: string) => {
    setChosen(id);
    // on a phone the document stands below the list
    if (window.innerWidth <= 900) setTimeout(() => sheet.current?.scrollIntoView(), 0);
  };
  const current = papers.find((paper) => paper.id === chosen) ?? papers[0];
  return (
    <div className="papers">
      <div className="scroll" tabIndex={0} role="region" aria-label={t('tab-documents')}>
        <PartState part={parts.documents}>
          {papers.length === 0 && <p className="none">{t('noDocuments')}</p>}
          <ul>
            {papers.map((paper) => (
              <li key={paper.id}>
                <button
                  type="button"
                  aria-pressed={paper === current}
                  className={paper === current ? 'on' : ''}
                  onClick={() => choose(paper.id)}
                >
                  {paper.sensitive ? (
                    <IconLock className="i" aria-hidden />
                  ) : (
                    <IconFileText className="i" aria-hidden />
                  )}
                  <span>
                    <b>{paper.title}</b>
                    <small>
                      {[
                        paper.kind !== paper.title && paper.kind,
                        formatDateTime(paper.date),
                        paper.sensitive && t('sensitive'),
                      ]
                        .filter(Boolean)
                        .join(' · ')}
                    </small>
                  </span>
                  <SourceBadge source={sourceOfCode(paper.facility, facilities, own)} />
                </button>
              </li>
            ))}
          </ul>
          <WithdrawnFold items={withdrawnOf(all)} facilities={facilities} own={own} />
        </PartState>
      </div>
      <div
        ref={sheet}
        className="scroll sheet1"
        tabIndex={0}
        role="region"
        aria-label={current?.title ?? t('tab-documents')}
      >
        {current?.conclusion && <p className="conclusion">{current.conclusion}</p>}
        {current?.attachments.map((attachment, index) => (
          <AttachmentView
            key={`${current.id}${index}`}
            id={`${current.id}${index}`}
            patient={chart.patient.id ?? ''}
            document={current.id}
            attachment={attachment}
          />
        ))}
      </div>
    </div>
  );
}

type AttachmentProps = { id: string; patient: string; document: string; attachment: Attachment };

function AttachmentView({ id, patient, document, attachment }: AttachmentProps) {
  const t = useClinicText();
  const copyWords = useCopyWords();
  const [refusal, setRefusal] = useState<string>();
  const shown = useQuery({
    queryKey: ['attachment', id],
    queryFn: ({ signal }) => readAttachment(attachment, signal),
    staleTime: Infinity,
    gcTime: 0,
  });
  const url = shown.data?.kind === 'file' ? shown.data.url : undefined;
  useEffect(() => () => (url ? URL.revokeObjectURL(url) : undefined), [url]);
  if (shown.isPending) return <LoadingState rows={8} />;
  if (shown.isError) return <ReadFailed of={shown} />;
  if (shown.data.kind === 'text') return <pre>{shown.data.text}</pre>;
  if (shown.data.kind === 'table') {
    return (
      <table className="qt plain xml">
        <thead>
          <tr>
            {shown.data.columns.map((column) => (
              <th key={column}>{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.data.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, place) => (
                <td key={place} className="wrap">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    );
  }
  const name = attachment.title ?? t('attachment');
  // a copy leaves the house: asked for and logged first
  const save = async () => {
    setRefusal(undefined);
    try {
      await askForCopy(patient, 'download', document);
    } catch (error) {
      setRefusal(copyWords(error));
      return;
    }
    const link = window.document.createElement('a');
    link.href = url!;
    link.download = name;
    link.click();
  };
  if (shown.data.type.startsWith('image/')) return <img src={shown.data.url} alt={name} />;
  return (
    <>
      {shown.data.type === 'application/pdf' && <iframe src={shown.data.url} title={name} />}
      <p className="download">
        <button type="button" className="btn" onClick={() => void save()}>
          {t('download', { name })}
        </button>
      </p>
      {refusal && (
        <p className="failure" role="alert">
          {refusal}
        </p>
      )}
    </>
  );
}
