import { formatDate, formatDateTime, initials } from '@yba/ui';
import { useClinicText } from '../messages.ts';
import type { FoundPaper } from './papers.ts';

type PaperListProps = {
  papers: readonly FoundPaper[];
  chosen: number;
  onChoose: (index: number) => void;
};

/** The papers with the number typed or scanned: whom, what, until or when. */
export function PaperList({ papers, chosen, onChoose }: PaperListProps) {
  const t = useClinicText();
  return papers.map((paper, index) => (
    <button
      key={`${paper.kind} ${index}`}
      type="button"
      className={index === chosen ? 'it on' : 'it'}
      aria-current={index === chosen}
      tabIndex={-1}
      onClick={() => onChoose(index)}
    >
      <span className="ava" aria-hidden="true">
        {initials(paper.person)}
      </span>
      <span className="who">
        <b>{paper.person.toLocaleUpperCase('vi')}</b>
        <small>
          {paper.kind === 'transfer'
            ? [
                t('paperTransfer', { from: paper.other }),
                paper.until && t('paperUntil', { until: formatDate(paper.until) }),
              ]
                .filter(Boolean)
                .join(' · ')
            : [
                t('paperAppointment'),
                formatDateTime(paper.start),
                paper.department,
                paper.isOff && t('paperOff'),
              ]
                .filter(Boolean)
                .join(' · ')}
        </small>
      </span>
    </button>
  ));
}
