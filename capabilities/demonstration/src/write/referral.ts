import { extension, FACILITY } from '@yba/vietnam';
import type { Resource } from '@yba/fhir';
import { diagnosis } from '../catalogue/diagnoses.ts';
import { drug } from '../catalogue/drugs.ts';
import { facility } from '../facilities.ts';
import type { PlannedVisit } from '../journey/planned-visit.ts';
import { nameText, type Person } from '../people/person.ts';
import type { Member } from '../people/staff.ts';
import { dateTime, DAY, HOUR, MINUTE, year } from '../time.ts';
import { findings } from './documents.ts';
import type { Frame } from './observations.ts';
import {
  departmentName,
  diagnosisConcept,
  facilityReference,
  memberReference,
  own,
  worded,
} from './terms.ts';

/** One step of a referral: which, how long after it was sent, by whom. */
type Stage = { step: string; state: string; status: string; after: number; by: 'sender' | 'receiver' };

/** From this stage on a stay may take weeks. */
const ANSWERED = 5 * DAY;

const STAGES: readonly Stage[] = [
  { step: 'send', state: 'requested', status: 'requested', after: 0, by: 'sender' },
  { step: 'receive', state: 'received', status: 'received', after: 20 * MINUTE, by: 'receiver' },
  { step: 'accept', state: 'accepted', status: 'accepted', after: 2 * HOUR, by: 'receiver' },
  { step: 'arrive', state: 'arrived', status: 'in-progress', after: 20 * HOUR, by: 'receiver' },
  { step: 'answer', state: 'answered', status: 'completed', after: 5 * DAY, by: 'receiver' },
  { step: 'complete', state: 'completed', status: 'completed', after: 6 * DAY, by: 'sender' },
];

const STATE_WORDS: Readonly<Record<string, string>> = {
  requested: 'Đã gửi',
  received: 'Đã nhận được',
  accepted: 'Đã đồng ý tiếp nhận',
  arrived: 'Người bệnh đã đến',
  answered: 'Đã trả lời',
  completed: 'Đã xong',
};

const ACTIVE: ReadonlySet<string> = new Set(['requested', 'received', 'accepted', 'arrived']);
const WORDS = 'Chuyển cơ sở khám chữa bệnh';
const ANSWER = 'Đã khám và điều trị, tình trạng ổn định. Đề nghị theo dõi tiếp tại nơi chuyển.';

/** Days a referral of the demonstration holds: ten working days are two weeks. */
const VALID = 14 * DAY;

/** A referral to another facility, up or back: the request with its paper, and the Task that carries it on. */
export function addReferral(
  add: (resource: Resource) => { reference: string },
  frame: Frame,
  person: Person,
  visit: PlannedVisit,
  doctor: Member,
  until: number,
): void {
  const { referral } = visit;
  if (!referral) return;
  const at = visit.end ?? visit.start + 30 * MINUTE;
  const n = (person.index + 1) * 10 + (Math.floor(visit.start / DAY) % 10);
  // far above what a facility's register reaches here
  const serial = String(900_000 + n);
  // some are answered within days, others after weeks
  const stages = STAGES.map((stage) =>
    stage.after >= ANSWERED ? { ...stage, after: stage.after + (n % 4) * 10 * DAY } : stage,
  );
  const done = stages.filter(({ after }) => at + after <= until);
  const last = (done.length > 0 ? done : stages.slice(0, 1)).at(-1)!;
  const number = `${visit.facility}-${year(at)}-${serial}`;
  const identifier = [{ system: `https://yba.vn/fhir/sid/transfer-paper/${visit.facility}`, value: number }];
  const period = { start: dateTime(at), end: dateTime(at + VALID) };
  const category = worded(own('request-category'), 'referral', WORDS);
  const request = add({
    resourceType: 'ServiceRequest',
    extension: [{ url: extension('transfer-paper'), extension: paperOf(person, visit, doctor, serial) }],
    identifier,
    status: ACTIVE.has(last.state) ? 'active' : 'completed',
    intent: 'order',
    category: [category],
    code: { text: `${WORDS}: ${departmentName(visit.department)}` },
    ...frame,
    occurrencePeriod: period,
    authoredOn: dateTime(at),
    requester: memberReference(doctor),
    performer: [facilityReference(referral.to)],
    reasonCode: [{ ...diagnosisConcept(visit.diagnoses[0]!), text: referral.reason }],
  });
  const steps = stages.slice(0, stages.indexOf(last) + 1);
  add({
    resourceType: 'Task',
    identifier,
    status: last.status,
    businessStatus: worded(own('referral-state'), last.state, STATE_WORDS[last.state]!),
    intent: 'order',
    code: worded(own('task'), 'referral', WORDS),
    focus: request,
    for: { ...frame.subject, display: nameText(person) },
    authoredOn: dateTime(at),
    lastModified: dateTime(at + last.after),
    requester: facilityReference(visit.facility),
    owner: facilityReference(referral.to),
    reasonCode: { text: referral.reason },
    restriction: { period },
    extension: steps.map((step, index) => stepExtension(step, steps[index - 1], visit, doctor, at)),
    ...(ACTIVE.has(last.state)
      ? {}
      : {
          output: [
            { type: worded(own('referral-output'), 'answer', 'Tóm tắt trả lời'), valueString: ANSWER },
          ],
        }),
  });
}

function stepExtension(
  { step, after, by }: Stage,
  before: Stage | undefined,
  visit: PlannedVisit,
  doctor: Member,
  at: number,
): object {
  const code = by === 'sender' ? visit.facility : visit.referral!.to;
  const who = by === 'sender' ? doctor.title : facility(code).name;
  return {
    url: extension('referral-step'),
    extension: [
      { url: 'step', valueCode: step },
      { url: 'at', valueDateTime: dateTime(at + after) },
      { url: 'by', valueString: who },
      { url: 'facility', valueIdentifier: { system: FACILITY, value: code } },
      { url: 'from', valueCode: before?.state ?? 'draft' },
      ...(step === 'answer' ? [{ url: 'reason', valueString: ANSWER }] : []),
    ],
  };
}

/** What the doctor wrote on the paper, by the field names of XML13. */
function paperOf(person: Person, visit: PlannedVisit, doctor: Member, serial: string): object[] {
  const fields: Readonly<Record<string, string>> = {
    SO_HOSO: `${serial}/${year(visit.start)}`,
    SO_CHUYENTUYEN: `${serial}/${year(visit.start)}`,
    MA_CSKCB_DI: visit.facility,
    DAU_HIEU_LS: visit.reason,
    QT_BENHLY: `${visit.reason}. Chẩn đoán: ${visit.diagnoses.map((code) => diagnosis(code).vi).join('; ')}.`,
    TOMTAT_KQ: findings(person, visit),
    PP_DIEUTRI: visit.drugs.map((line) => drug(line.drug).name).join('; ') || 'Chưa dùng thuốc',
    TINH_TRANG_CT: 'Tỉnh, tiếp xúc tốt',
    MA_LYDO_CT: '2',
    HUONG_DIEU_TRI: visit.referral!.reason,
    PHUONGTIEN_VC: 'Xe cứu thương',
    MA_BAC_SI: doctor.licence ?? doctor.title,
    MA_TTDV: doctor.licence ?? doctor.title,
  };
  return Object.entries(fields).map(([url, valueString]) => ({ url, valueString }));
}
