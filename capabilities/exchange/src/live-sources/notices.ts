import type { PageEntry } from '@yba/fhir';
import { extension, FACILITY } from '@yba/vietnam';
import type { Missing } from './source-fault.ts';

/** How a source's part stands in an answer: whole, whole and kept from a while ago, or missing in some way. */
export type SourceState = 'answered' | Missing;

/** What is said of one source. `last`: when it last told anything of this person. */
export type Notice = {
  facility: string;
  name: string;
  state: SourceState;
  last: Date | undefined;
  /** Resources of it that were not valid R4 and are not shown. */
  leftOut?: number;
};

const STATES = 'https://yba.vn/fhir/CodeSystem/source-state';

const words: Readonly<Record<SourceState, { vi: string; en: string }>> = {
  answered: { vi: 'đã trả lời', en: 'has answered' },
  asked: { vi: 'đã được hỏi, chưa trả lời', en: 'has been asked and has not answered yet' },
  silent: { vi: 'không trả lời', en: 'does not answer' },
  down: {
    vi: 'không trả lời nhiều lần, sẽ hỏi lại sau',
    en: 'failed several times and is asked again later',
  },
  refused: { vi: 'từ chối cho đọc', en: 'does not let this be read' },
  faulty: { vi: 'trả lời không dùng được', en: 'answered what cannot be used' },
  cut: { vi: 'còn nhiều dữ liệu hơn ở đây', en: 'holds more than is shown here' },
  unasked: { vi: 'chưa được hỏi câu này', en: 'was not asked this' },
};

const remedies: Partial<Record<SourceState, { vi: string; en: string }>> = {
  asked: { vi: 'Hỏi lại sau vài giây', en: 'Ask again in a few seconds' },
  cut: { vi: 'Hỏi hẹp hơn, theo ngày hoặc loại', en: 'Ask for less, by date or category' },
  unasked: {
    vi: 'Hỏi từng loại dữ liệu theo patient, không nối tham số; nguồn trả lời ở trang cuối',
    en: 'Ask each type by patient without chained parameters; sources come with the last page',
  },
};

const day = new Intl.DateTimeFormat('vi-VN', {
  timeZone: 'Asia/Ho_Chi_Minh',
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/**
 * The entry of a searchset that says how complete it is: an issue for each source that was or should have been asked, for
 * people in two languages and for software as codes. Source: https://hl7.org/fhir/R4/valueset-search-entry-mode.html
 */
export function noticeEntry(notices: readonly Notice[]): PageEntry {
  const issue = notices.map(({ facility, name, state, last, leftOut }) => {
    const isWhole = state === 'answered' && !leftOut;
    const when = last
      ? `; dữ liệu gần nhất ${day.format(last)}. Newest data of it ${last.toISOString()}`
      : '; chưa từng có dữ liệu. No data of it yet';
    const remedy = remedies[state];
    const left = leftOut
      ? ` ${leftOut} mục không đúng FHIR R4 không hiện. ${leftOut} items are not valid R4 and not shown.`
      : '';
    return {
      extension: [
        {
          url: extension('live-source'),
          extension: [
            { url: 'facility', valueIdentifier: { system: FACILITY, value: facility } },
            { url: 'name', valueString: name },
            ...(last ? [{ url: 'last', valueInstant: last.toISOString() }] : []),
          ],
        },
      ],
      severity: isWhole ? 'information' : 'warning',
      code: isWhole ? 'informational' : state === 'unasked' ? 'not-supported' : 'incomplete',
      details: { coding: [{ system: STATES, code: state }] },
      diagnostics: `${name} (${facility}) ${words[state].vi}${remedy ? `. ${remedy.vi}` : ''} · ${words[state].en}${remedy ? `. ${remedy.en}` : ''}${when}.${left}`,
    };
  });
  return { fullUrl: '', text: JSON.stringify({ resourceType: 'OperationOutcome', issue }), mode: 'outcome' };
}

/**
 * The same as a header, a list of strings with parameters: `"79013";state=silent;last=@1730565600`.
 * Source: https://www.rfc-editor.org/rfc/rfc9651
 */
export function noticeHeader(notices: readonly Notice[]): string {
  return notices
    .map(
      ({ facility, state, last }) =>
        `"${facility}";state=${state}${last ? `;last=@${Math.floor(last.getTime() / 1000)}` : ''}`,
    )
    .join(', ');
}
