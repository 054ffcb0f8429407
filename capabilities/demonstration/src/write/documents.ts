import type { Resource } from '@yba/fhir';
import { diagnosis } from '../catalogue/diagnoses.ts';
import { dosageText, drug } from '../catalogue/drugs.ts';
import { test } from '../catalogue/tests.ts';
import { facility } from '../facilities.ts';
import type { PlannedVisit } from '../journey/planned-visit.ts';
import { nameText, type Person } from '../people/person.ts';
import type { Member } from '../people/staff.ts';
import { dateTime, DAY, HOUR, shownDate } from '../time.ts';
import { interpret, type Frame } from './observations.ts';
import { departmentName, facilityReference, memberReference, own, worded } from './terms.ts';

/** The papers of a visit: the summary of a stay that has ended, the letter of a referral. */
export function documents(frame: Frame, person: Person, visit: PlannedVisit, doctor: Member): Resource[] {
  const papers: Resource[] = [];
  if (visit.kind === 'inpatient' && visit.end !== undefined) {
    const title = 'Tóm tắt hồ sơ bệnh án ra viện';
    papers.push(
      paper(frame, visit, doctor, 'discharge-summary', title, summary(person, visit, doctor, title)),
    );
  }
  if (visit.referral) {
    const title = 'Giấy chuyển cơ sở khám chữa bệnh';
    papers.push(paper(frame, visit, doctor, 'referral-letter', title, letter(person, visit, doctor, title)));
  }
  return papers;
}

function paper(
  frame: Frame,
  visit: PlannedVisit,
  doctor: Member,
  code: string,
  title: string,
  text: string,
): Resource {
  const at = dateTime(visit.end ?? visit.start + HOUR);
  const bytes = Buffer.from(text);
  return {
    resourceType: 'DocumentReference',
    status: 'current',
    docStatus: 'final',
    type: worded(own('document-type'), code, title),
    subject: frame.subject,
    date: at,
    author: [memberReference(doctor)],
    custodian: facilityReference(visit.facility),
    description: title,
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          language: 'vi',
          data: bytes.toString('base64'),
          size: bytes.length,
          title,
          creation: at,
        },
      },
    ],
    context: { encounter: [frame.encounter] },
  };
}

const head = (person: Person, visit: PlannedVisit, title: string): string[] => [
  facility(visit.facility).name.toUpperCase(),
  `Khoa ${departmentName(visit.department)}`,
  '',
  title.toUpperCase(),
  '',
  `Họ và tên: ${nameText(person)}. Giới: ${person.sex === 'male' ? 'Nam' : 'Nữ'}. Ngày sinh: ${person.birthDate.split('-').reverse().join('/')}.`,
  `Địa chỉ: ${person.home.line}, ${person.home.commune.name}, ${person.home.province.name}.`,
];

const foot = (visit: PlannedVisit, doctor: Member): string[] => [
  '',
  `Ngày ${shownDate(visit.end ?? visit.start)}. Bác sĩ: ${doctor.title}.`,
  'Dữ liệu diễn tập, không có giá trị sử dụng.',
];

const named = (visit: PlannedVisit): string =>
  visit.diagnoses.map((code) => `${diagnosis(code).vi} (${code})`).join('; ');

function summary(person: Person, visit: PlannedVisit, doctor: Member, title: string): string {
  const days = Math.max(1, Math.round((visit.end! - visit.start) / DAY));
  return [
    ...head(person, visit, title),
    `Vào viện ${shownDate(visit.start)}, ra viện ${shownDate(visit.end!)} (${days} ngày).`,
    '',
    `Lý do vào viện: ${visit.reason}.`,
    `Chẩn đoán: ${named(visit)}.`,
    `Kết quả chính: ${findings(person, visit)}.`,
    ...(visit.imaging ? [`Chẩn đoán hình ảnh: ${visit.imaging.finding}`] : []),
    'Tình trạng ra viện: đỡ, toàn trạng ổn định.',
    '',
    'Thuốc ra viện:',
    ...visit.drugs.map(
      (line) => `- ${drug(line.drug).name}: ${dosageText(drug(line.drug), line.dose)}, ${line.days} ngày.`,
    ),
    '',
    `Hướng xử trí: ${visit.advice}`,
    ...foot(visit, doctor),
  ].join('\n');
}

function letter(person: Person, visit: PlannedVisit, doctor: Member, title: string): string {
  return [
    ...head(person, visit, title),
    '',
    `Kính gửi: ${facility(visit.referral!.to).name}.`,
    `Lý do khám: ${visit.reason}.`,
    `Chẩn đoán: ${named(visit)}.`,
    ...(visit.results.length > 0 ? [`Kết quả chính: ${findings(person, visit)}.`] : []),
    `Lý do chuyển: ${visit.referral!.reason}.`,
    ...foot(visit, doctor),
  ].join('\n');
}

/** The first results, those out of range marked in words. */
export function findings(person: Person, visit: PlannedVisit): string {
  const words = { H: ' (cao)', HH: ' (rất cao)', L: ' (thấp)', LL: ' (rất thấp)' };
  const shown = visit.results
    .filter((result) => result.at === undefined)
    .map(({ test: code, value }) => {
      const of = test(code);
      if (typeof value === 'string') return `${of.vi} ${value.toLowerCase()}`;
      const found = interpret(of, person.sex, value);
      const number = value.toFixed(of.decimals).replace('.', ',');
      return `${of.vi} ${number}${of.shown ? ` ${of.shown}` : ''}${found ? words[found] : ''}`;
    });
  return shown.join(', ') || 'không làm xét nghiệm';
}
