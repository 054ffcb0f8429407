import type { PlannedVisit, Problem } from '../journey/planned-visit.ts';
import type { Person } from '../people/person.ts';
import { filtrationRate } from '../journey/values.ts';
import { date, DAY, HOUR } from '../time.ts';
import { daysAgo, drugsFor, justNow, pressure, told, values } from './story-time.ts';

const BACH_MAI = '01901';
const BAC_NINH = '27001';
const THAI_NGUYEN = '19001';
const STATION = '27105';

/** One column of the table of results: where, how many days ago, and the values. */
type Column = readonly [
  facility: string,
  days: number,
  hba1c: number,
  glucose: number,
  creatinine: number,
  acr: number | undefined,
  potassium: number,
  sodium: number,
  ldl: number,
  triglycerides: number,
  alt: number,
  hemoglobin: number,
  systolic: number,
  diastolic: number,
];

const columns: readonly Column[] = [
  [BACH_MAI, 648, 9.6, 12.1, 74, 2.4, 4.3, 140, 4.4, 3.4, 46, 131, 164, 98],
  [BAC_NINH, 556, 9.3, 11.4, 76, undefined, 4.4, 139, 4.2, 3.1, 44, 130, 160, 96],
  [BACH_MAI, 463, 9.0, 10.9, 78, 3.2, 4.4, 141, 4.0, 2.9, 42, 129, 158, 94],
  [BAC_NINH, 369, 8.7, 10.2, 81, undefined, 4.5, 140, 3.8, 2.8, 40, 128, 155, 92],
  [BACH_MAI, 284, 8.4, 9.8, 84, 4.8, 4.6, 139, 3.6, 2.6, 38, 126, 152, 92],
  [BAC_NINH, 187, 7.9, 8.6, 88, undefined, 4.8, 140, 2.9, 2.2, 31, 122, 146, 88],
  [BACH_MAI, 98, 7.6, 8.1, 92, 6.1, 5.0, 138, 2.4, 1.9, 28, 119, 138, 84],
  [BAC_NINH, 19, 7.2, 7.4, 96, 7.9, 5.6, 139, 2.1, 1.6, 27, 117, 134, 80],
];

const stationDays = [700, 668, 612, 580, 520, 486, 428, 400, 335, 262, 236, 206, 160, 130, 68, 38];

/** Problems with the column at which each came onto a list. */
const problems: Record<number, readonly Problem[]> = {
  0: [
    { code: 'E11.2', since: '2014' },
    { code: 'I10', since: '2016' },
  ],
  1: [{ code: 'E78.2', since: '2018' }],
  5: [{ code: 'N18.3', since: '2026' }],
};

/**
 * A woman of 63 with diabetes, seen by four facilities: sugar and fats improve, kidneys slowly do not, potassium
 * rises, and she buys a pain killer that does not go with it.
 */
export function diabetesVisits(person: Person, until: number): PlannedVisit[] {
  return [
    ...stationDays.map((days, n) => atStation(person, days, n, until)),
    ...columns.map((column, n) => atHospital(column, n, until)),
    crisis(person, until),
    afterCrisis(until),
    today(until),
  ];
}

function atStation(person: Person, days: number, n: number, until: number): PlannedVisit {
  const calmer = Math.min(24, n * 1.6);
  return told({
    facility: STATION,
    start: daysAgo(until, days, 8, 10 + (n % 4) * 12),
    hours: 0.4,
    department: 'K01',
    diagnoses: ['I10'],
    reason: 'Lĩnh thuốc huyết áp hằng tháng',
    vitals: pressure(Math.round(158 - calmer), Math.round(95 - calmer / 2), 76 + (n % 5)),
    drugs: drugsFor(30, 'amlodipin-5'),
    advice: 'Ăn nhạt, đo huyết áp mỗi sáng.',
    ...(n === 0 && person.allergies ? { allergies: person.allergies.slice(0, 1) } : {}),
  });
}

function atHospital(column: Column, n: number, until: number): PlannedVisit {
  const [
    facility,
    days,
    hba1c,
    glucose,
    creatinine,
    acr,
    potassium,
    sodium,
    ldl,
    triglycerides,
    alt,
    hemoglobin,
    systolic,
    diastolic,
  ] = column;
  const atCentre = facility === BACH_MAI;
  const next = columns[n + 2];
  const start = daysAgo(until, days, 7, 35);
  const last = n === columns.length - 1;
  return told({
    facility,
    start,
    hours: 2.5,
    department: 'K08',
    diagnoses: ['E11.2', 'I10', ...(n >= 5 ? ['N18.3'] : ['E78.2'])],
    ...(problems[n] ? { found: problems[n] } : {}),
    reason: last ? 'Tái khám, hay mệt, đau gối phải' : 'Khám lại đái tháo đường',
    vitals: { ...pressure(systolic, diastolic, 78), weight: Number((63.4 - n * 0.25).toFixed(1)) },
    results: values({
      HBA1C: hba1c,
      GLU: glucose,
      CREA: creatinine,
      EGFR: filtrationRate(creatinine, 63 - Math.round(days / 365), 'female'),
      ACR: acr,
      K: potassium,
      NA: sodium,
      LDL: ldl,
      TRIG: triglycerides,
      ALT: alt,
      HGB: hemoglobin,
      CHOL: Number((ldl + 1.9).toFixed(1)),
      HDL: 1.1,
    }),
    drugs: atCentre
      ? drugsFor(
          n === 6 ? 125 : 92,
          'metformin-1000',
          'insulin-glargine',
          'losartan-50',
          ...(n === 6 ? ['amlodipin-5'] : []),
        )
      : drugsFor(n === 7 ? 45 : 90, 'empagliflozin-10', 'atorvastatin-20'),
    advice: 'Tiếp tục thuốc, ăn giảm tinh bột, kiểm tra bàn chân mỗi tối.',
    ...(last
      ? {
          referral: {
            to: BACH_MAI,
            reason: 'Kali 5,6 mmol/L, chức năng thận giảm: đề nghị khám Nội tiết chỉnh thuốc',
          },
        }
      : next
        ? {
            revisit: {
              at: daysAgo(until, next[1], 7, 30),
              fulfilled: true,
              note: 'Nhịn ăn từ 22:00 hôm trước để lấy máu',
            },
          }
        : {}),
  });
}

/** Seven days in Thái Nguyên, where her daughter lives, for a blood pressure crisis. */
function crisis(person: Person, until: number): PlannedVisit {
  const start = daysAgo(until, 312, 22, 7);
  return told({
    facility: THAI_NGUYEN,
    start,
    end: start + 7 * DAY - 11 * HOUR,
    kind: 'inpatient',
    department: 'K04',
    diagnoses: ['I10', 'E11.2'],
    found: [{ code: 'M17.0', since: '2021' }],
    reason: 'Đau đầu dữ dội, lơ mơ, huyết áp 218/124',
    vitals: {
      systolic: 218,
      diastolic: 124,
      pulse: 104,
      temperature: 36.9,
      saturation: 96,
      weight: 62.6,
      height: 155,
    },
    results: [
      ...values({
        GLU: 13.4,
        CREA: 94,
        EGFR: 59,
        K: 4.4,
        NA: 137,
        TROP: 11,
        HGB: 125,
        WBC: 9.6,
        PLT: 244,
        INR: 1.02,
      }),
      ...values({ GLU: 8.9, CREA: 86, EGFR: 66, K: 4.6 }).map((result) => ({
        ...result,
        at: start + 6 * DAY + 9 * HOUR,
      })),
    ],
    imaging: {
      kind: 'ct',
      finding: 'Không thấy chảy máu não, không ổ nhồi máu mới. Nổi mày đay sau tiêm cản quang.',
    },
    drugs: drugsFor(30, 'losartan-50', 'amlodipin-5', 'bisoprolol-2.5'),
    advice: 'Đo huyết áp sáng tối, ăn nhạt, khám lại sau 2 tuần. Báo bác sĩ đã dị ứng thuốc cản quang.',
    allergies: (person.allergies ?? []).slice(1).map((each) => ({ ...each, since: date(start).slice(0, 7) })),
    bloodGroup: false,
  });
}

function afterCrisis(until: number): PlannedVisit {
  return told({
    facility: THAI_NGUYEN,
    start: daysAgo(until, 21, 16, 5),
    hours: 0.6,
    department: 'K06',
    diagnoses: ['M17.0'],
    reason: 'Đau gối phải khi leo cầu thang',
    vitals: pressure(138, 82, 80),
    results: [],
    imaging: { kind: 'xray', finding: 'Hẹp khe khớp gối trong hai bên, gai xương mâm chày.' },
    drugs: drugsFor(30, 'glucosamin-1500'),
    advice: 'Giảm cân, tập cơ đùi. Không tự mua thuốc giảm đau kháng viêm vì thận yếu.',
  });
}

/** Today at Bạch Mai, still being seen. */
function today(until: number): PlannedVisit {
  const { end: _, ...visit } = told({
    facility: BACH_MAI,
    start: justNow(until, 40),
    department: 'K08',
    diagnoses: ['E11.2', 'I10', 'N18.3'],
    reason: 'Khám lại định kỳ, đau gối phải hai tuần nay, tự mua thuốc uống',
    vitals: { ...pressure(134, 80, 78), temperature: 36.7, saturation: 97, weight: 61.5, height: 155 },
    drugs: [{ drug: 'ibuprofen-400', days: 10, reported: true }],
    advice: 'Ngừng ibuprofen, thử lại kali và creatinin sau 7 ngày.',
    revisit: { at: daysAgo(until, -8, 8, 30), note: 'Nhịn ăn từ 22:00 hôm trước để lấy máu' },
  });
  return visit;
}
