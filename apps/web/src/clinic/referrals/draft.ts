import { FACILITY, ICD10_VN } from '@yba/vietnam';
import type { Parameter } from '../../fhir/types.ts';
import type { Diagnosis, PacketGroup, Prefill } from './prefill.ts';

/** The fields of the paper that are typed, with how many lines each has; one line is a single-line field. */
export const PAPER_AREAS = [
  { name: 'DAU_HIEU_LS', rows: 2, needed: true },
  { name: 'QT_BENHLY', rows: 3, needed: true },
  { name: 'TOMTAT_KQ', rows: 2, needed: false },
  { name: 'PP_DIEUTRI', rows: 2, needed: false },
  { name: 'TINH_TRANG_CT', rows: 2, needed: false },
  { name: 'HUONG_DIEU_TRI', rows: 2, needed: true },
  { name: 'PHUONGTIEN_VC', rows: 1, needed: true },
  { name: 'HOTEN_NGUOI_HT', rows: 1, needed: false },
  { name: 'CHUCDANH_NGUOI_HT', rows: 1, needed: false },
  { name: 'MA_BAC_SI', rows: 1, needed: true },
  { name: 'MA_TTDV', rows: 1, needed: true },
] as const;

type AreaName = (typeof PAPER_AREAS)[number]['name'];

/** A referral as it is being written. */
export type Draft = {
  kind: 'referral' | 'consultation';
  /** The words typed for the facility. */
  to: string;
  reason: string;
  main: string;
  others: string[];
  paper: Record<AreaName | 'MA_LYDO_CT', string>;
  isYearLong: boolean;
  yearLong: string;
  diagnoses: Diagnosis[];
  packet: PacketGroup[];
  /** Groups of the packet that are not pointed out. */
  leftOut: PacketGroup['name'][];
  encounter: string | undefined;
};

/** A new referral, filled in from the record. */
export function draftOf(prefill: Prefill): Draft {
  return {
    kind: 'referral',
    to: '',
    reason: '',
    main: prefill.diagnoses[0]?.code ?? '',
    others: [],
    paper: {
      MA_LYDO_CT: '2',
      DAU_HIEU_LS: prefill.signs,
      QT_BENHLY: prefill.course,
      TOMTAT_KQ: prefill.results,
      PP_DIEUTRI: prefill.treatment,
      TINH_TRANG_CT: '',
      HUONG_DIEU_TRI: '',
      PHUONGTIEN_VC: 'Xe cứu thương',
      HOTEN_NGUOI_HT: '',
      CHUCDANH_NGUOI_HT: '',
      MA_BAC_SI: localStorage.getItem('yba.referral.doctor') ?? '',
      MA_TTDV: localStorage.getItem('yba.referral.head') ?? '',
    },
    isYearLong: false,
    yearLong: '',
    diagnoses: prefill.diagnoses,
    packet: prefill.packet,
    leftOut: [],
    encounter: prefill.encounter,
  };
}

/** An ICD-10 code as a doctor types it, in its printed form: `i21.0` → `I21.0`; undefined for what is none. */
export function icdCode(typed: string): string | undefined {
  const code = typed.trim().toUpperCase();
  return /^[A-Z]\d{2}(\.\d{1,2})?$/.test(code) ? code : undefined;
}

/** The draft with a diagnosis that the record does not hold, as its main one when there was none. */
export function withDiagnosis(draft: Draft, added: Diagnosis): Draft {
  const diagnoses = [...draft.diagnoses.filter(({ code }) => code !== added.code), added];
  return draft.main && draft.main !== added.code
    ? { ...draft, diagnoses, others: [...new Set([...draft.others, added.code])] }
    : { ...draft, diagnoses, main: added.code };
}

/** Names of what is still missing before it can be sent. */
export function missingIn(draft: Draft, to: string | undefined): string[] {
  const always = [...(to ? [] : ['to']), ...(draft.reason.trim() ? [] : ['reason'])];
  if (draft.kind === 'consultation') return always;
  return [
    ...always,
    ...(draft.main ? [] : ['main']),
    ...PAPER_AREAS.flatMap(({ name, needed }) => (needed && !draft.paper[name].trim() ? [name] : [])),
    ...(draft.isYearLong && !draft.yearLong.trim() ? ['yearLong'] : []),
  ];
}

type Sending = { patient: string; to: string; isDraft: boolean };

/** What `$refer` is told. */
export function parametersOf(draft: Draft, { patient, to, isDraft }: Sending): Parameter[] {
  const coding = (code: string) => {
    const found = draft.diagnoses.find((one) => one.code === code);
    return found ? [{ name: 'diagnosis', valueCoding: { system: ICD10_VN, ...found } }] : [];
  };
  const paper = Object.entries(draft.paper).flatMap(([name, words]): Parameter[] =>
    words.trim()
      ? [name === 'MA_LYDO_CT' ? { name, valueCode: words } : { name, valueString: words.trim() }]
      : [],
  );
  const items = draft.packet
    .filter(({ name }) => !draft.leftOut.includes(name))
    .flatMap((group) => group.items);
  return [
    { name: 'kind', valueCode: draft.kind },
    { name: 'patient', valueReference: { reference: `Patient/${patient}` } },
    { name: 'to', valueIdentifier: { system: FACILITY, value: to } },
    { name: 'reason', valueString: draft.reason.trim() },
    ...[draft.main, ...draft.others].flatMap(coding),
    ...(draft.kind === 'referral' ? paper : []),
    ...(draft.isYearLong && draft.yearLong.trim()
      ? [{ name: 'yearLong', valueString: draft.yearLong.trim() }]
      : []),
    ...(draft.encounter ? [{ name: 'encounter', valueReference: { reference: draft.encounter } }] : []),
    ...items.map(({ reference }) => ({ name: 'item', valueReference: { reference } })),
    ...(isDraft ? [{ name: 'draft', valueBoolean: true }] : []),
  ];
}
