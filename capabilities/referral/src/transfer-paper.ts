import { OutcomeError, type Issue, type Resource } from '@yba/fhir';
import type { Extension } from './elements.ts';
import type { Parameters } from './options.ts';
import { TRANSFER_REASONS } from './rules.ts';
import { TRANSFER_PAPER } from './systems.ts';

/** What a doctor writes on a transfer paper, by its field names in XML13, and whether the paper needs it. */
export const WRITTEN_FIELDS = {
  SO_HOSO: false,
  DAU_HIEU_LS: true,
  QT_BENHLY: true,
  TOMTAT_KQ: false,
  PP_DIEUTRI: false,
  TINH_TRANG_CT: false,
  MA_LYDO_CT: true,
  HUONG_DIEU_TRI: true,
  PHUONGTIEN_VC: true,
  HOTEN_NGUOI_HT: false,
  CHUCDANH_NGUOI_HT: false,
  MA_BAC_SI: true,
  MA_TTDV: true,
} as const;

export type WrittenField = keyof typeof WRITTEN_FIELDS;
export type Paper = Partial<Record<WrittenField | 'SO_CHUYENTUYEN' | 'MA_CSKCB_DI' | 'PHU_LUC_III', string>>;

const MOST: Readonly<Partial<Record<WrittenField, number>>> = {
  SO_HOSO: 50,
  PHUONGTIEN_VC: 255,
  HOTEN_NGUOI_HT: 255,
  CHUCDANH_NGUOI_HT: 255,
  MA_BAC_SI: 255,
  MA_TTDV: 255,
};
/** Characters of a field the standard leaves unlimited: what the insurance gateway takes. */
const UNLIMITED_MOST = 4_000;

/** What of a paper is said in the parameters of an operation. */
export function paperIn(given: Parameters): Paper {
  const fields = Object.keys(WRITTEN_FIELDS) as WrittenField[];
  return Object.fromEntries(
    fields.flatMap((field) => {
      const words = given.text(field);
      return words === undefined ? [] : [[field, words]];
    }),
  );
}

/** Throws everything that keeps this paper from being sent, each with its field. */
export function checkPaper(paper: Paper, complete: boolean): void {
  const issues: Issue[] = [];
  const tell = (field: string, code: Issue['code'], diagnostics: string) =>
    issues.push({
      severity: 'error',
      code,
      diagnostics,
      expression: [`Parameters.parameter.where(name='${field}')`],
    });
  for (const [field, needed] of Object.entries(WRITTEN_FIELDS) as [WrittenField, boolean][]) {
    const words = paper[field];
    if (words === undefined) {
      if (complete && needed)
        tell(
          field,
          'required',
          `A transfer paper needs ${field} (QĐ 3176, XML13); fill it in, or keep a draft`,
        );
      continue;
    }
    const most = MOST[field] ?? UNLIMITED_MOST;
    if (words.length > most) tell(field, 'too-long', `${field} takes at most ${most} characters; shorten it`);
  }
  if (paper.MA_LYDO_CT !== undefined && !Object.hasOwn(TRANSFER_REASONS, paper.MA_LYDO_CT))
    tell(
      'MA_LYDO_CT',
      'value',
      'MA_LYDO_CT is 1 (meets the criteria), 2 (beyond capacity) or 3 (patient’s request)',
    );
  if (issues.length > 0) throw new OutcomeError(issues);
}

/** The paper as an extension of the ServiceRequest. */
export function paperExtension(paper: Paper): Extension {
  return {
    url: TRANSFER_PAPER,
    extension: Object.entries(paper).map(([url, valueString]) => ({ url, valueString })),
  };
}

/** The paper a ServiceRequest carries; empty when it carries none. */
export function paperOf(request: Resource): Paper {
  const extensions = (request['extension'] ?? []) as Extension[];
  const parts = extensions.find(({ url }) => url === TRANSFER_PAPER)?.extension ?? [];
  return Object.fromEntries(
    parts.flatMap(({ url, valueString }) => (valueString === undefined ? [] : [[url, valueString]])),
  );
}

/** The request with this paper in place of the one it carries. */
export function withPaper(request: Resource, paper: Paper): Resource {
  const others = ((request['extension'] ?? []) as Extension[]).filter(({ url }) => url !== TRANSFER_PAPER);
  return { ...request, extension: [...others, paperExtension(paper)] };
}
