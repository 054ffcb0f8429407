import { byDay, type Day } from './dates.ts';
import { idOf, words, type Attachment } from './fhir.ts';
import type { Places } from './places.ts';
import type { HealthRecord } from './record.ts';
import { isSensitive } from './sensitivity.ts';

/** One paper: something a hospital wrote that can be opened. */
export type Paper = {
  id: string;
  title: string;
  at: string;
  place: string | undefined;
  encounter: string | undefined;
  attachment: Attachment | undefined;
  sensitive: boolean;
};

/** All papers, latest first: documents, and reports that carry a printed form. */
export const papersOf = (record: HealthRecord, places: Places): Paper[] =>
  [
    ...record.DocumentReference.flatMap((document) =>
      (document.content ?? []).map(({ attachment }, index) => ({
        id: `${document.id}-${index}`,
        title: document.description ?? words(document.type) ?? attachment?.title ?? '',
        at: document.date ?? attachment?.creation ?? document.meta?.lastUpdated ?? '',
        place: places.of(document),
        encounter: idOf(document.context?.encounter?.[0], 'Encounter'),
        attachment,
        sensitive: isSensitive(document),
      })),
    ),
    ...record.DiagnosticReport.flatMap((report) =>
      (report.presentedForm ?? []).map((attachment, index) => ({
        id: `${report.id}-${index}`,
        title: words(report.code) ?? attachment.title ?? '',
        at: report.effectiveDateTime ?? report.issued ?? report.meta?.lastUpdated ?? '',
        place: places.of(report),
        encounter: idOf(report.encounter, 'Encounter'),
        attachment,
        sensitive: isSensitive(report),
      })),
    ),
  ].sort((one, other) => (one.at < other.at ? 1 : -1));

/** Papers day by day. */
export const paperDays = (papers: readonly Paper[]): { day: Day; items: Paper[] }[] =>
  byDay(papers, ({ at }) => at);
