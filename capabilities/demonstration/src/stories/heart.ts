import type { PlannedVisit } from '../journey/planned-visit.ts';
import type { Person } from '../people/person.ts';
import { DAY } from '../time.ts';
import { daysAgo, drugsFor, pressure, told, values } from './story-time.ts';

const STATION = '89112';
const AN_GIANG = '89001';
const CHO_RAY = '79013';
const chronic = ['I25.1', 'I10', 'E78.2'];
const drugs = ['aspirin-81', 'clopidogrel-75', 'bisoprolol-2.5', 'rosuvastatin-10', 'perindopril-5'];

/** A farmer of the south: chest pain, referred from An Giang to Chợ Rẫy for a stent, then back, step by step. */
export function heartVisits(person: Person, until: number): PlannedVisit[] {
  const begun = daysAgo(until, 296, 14, 20);
  const admitted = told({
    facility: CHO_RAY,
    start: begun,
    end: begun + 5 * DAY,
    kind: 'inpatient',
    department: 'K04',
    diagnoses: chronic,
    found: [{ code: 'I25.1', since: '2026' }],
    reason: 'Đau ngực trái, vã mồ hôi, An Giang chuyển đến',
    vitals: { ...pressure(148, 88, 96), temperature: 36.8, saturation: 95, weight: 66.2, height: 165 },
    results: [
      ...values({
        TROP: 88,
        CK: 412,
        BNP: 640,
        GLU: 6.1,
        CREA: 92,
        EGFR: 84,
        K: 4.1,
        NA: 138,
        LDL: 3.9,
        TRIG: 2.4,
        CHOL: 6.1,
        HDL: 0.9,
        HGB: 141,
        PLT: 231,
        INR: 1.04,
      }),
      ...values({ TROP: 24, CREA: 96, K: 4.3, HGB: 136 }).map((result) => ({
        ...result,
        at: begun + 4 * DAY,
      })),
    ],
    imaging: { kind: 'ecg', finding: 'Nhịp xoang, T âm V2–V4. Đã đặt một stent nhánh liên thất trước.' },
    drugs: drugsFor(30, ...drugs),
    advice: 'Uống hai thuốc chống tiểu cầu đủ 12 tháng, không tự ngừng. Đau ngực: ngậm thuốc, gọi 115.',
    referral: { to: AN_GIANG, reason: 'Sau đặt stent, ổn định: chuyển về An Giang theo dõi' },
    bloodGroup: true,
  });
  const ldl = [3.1, 2.4, 1.9];
  return [
    ...[690, 630, 565, 500, 440, 380, 330].map((days, n) => refill(days, n, until)),
    firstVisit(until),
    chestPain(until),
    admitted,
    ...[200, 110, 20].map((days, n) => check(CHO_RAY, days, ldl[n]!, n, until)),
    ...[250, 160, 70].map((days, n) => check(AN_GIANG, days, ldl[n]! + 0.3, n, until)),
  ].map((visit, n) => (n === 0 && person.allergies ? { ...visit, allergies: person.allergies } : visit));
}

const refill = (days: number, n: number, until: number): PlannedVisit =>
  told({
    facility: STATION,
    start: daysAgo(until, days, 7, 20 + (n % 3) * 15),
    hours: 0.4,
    department: 'K01',
    diagnoses: ['I10'],
    reason: 'Lĩnh thuốc huyết áp',
    vitals: pressure(152 - n, 92 - (n % 4), 80),
    drugs: drugsFor(60, 'amlodipin-5'),
    advice: 'Bỏ thuốc lá, ăn nhạt.',
  });

const firstVisit = (until: number): PlannedVisit =>
  told({
    facility: AN_GIANG,
    start: daysAgo(until, 600, 8, 15),
    department: 'K04',
    diagnoses: ['I10', 'E78.2'],
    found: [
      { code: 'I10', since: '2017' },
      { code: 'E78.2', since: '2024' },
    ],
    reason: 'Đau đầu, huyết áp cao kéo dài',
    vitals: pressure(158, 96, 82),
    results: values({
      GLU: 5.8,
      CREA: 88,
      EGFR: 88,
      K: 4.2,
      LDL: 4.1,
      TRIG: 2.6,
      CHOL: 6.4,
      HDL: 0.9,
      ALT: 36,
      URIC: 431,
    }),
    drugs: drugsFor(30, 'perindopril-5', 'atorvastatin-20'),
    advice: 'Bỏ thuốc lá, giảm mỡ động vật, khám lại sau một tháng.',
  });

const chestPain = (until: number): PlannedVisit =>
  told({
    facility: AN_GIANG,
    start: daysAgo(until, 296, 5, 40),
    hours: 3,
    kind: 'emergency',
    department: 'K02',
    diagnoses: ['I25.1', 'I10'],
    reason: 'Đau ngực trái lan vai từ 4 giờ sáng',
    vitals: { ...pressure(156, 92, 102), saturation: 94 },
    results: values({ TROP: 54, GLU: 6.4, K: 4, CREA: 90 }),
    imaging: { kind: 'ecg', finding: 'ST chênh xuống V3–V5.' },
    drugs: [],
    advice: 'Chuyển Bệnh viện Chợ Rẫy bằng xe cấp cứu.',
    referral: { to: CHO_RAY, reason: 'Hội chứng vành cấp, cần chụp và can thiệp mạch vành' },
  });

const check = (facility: string, days: number, ldl: number, n: number, until: number): PlannedVisit =>
  told({
    facility,
    start: daysAgo(until, days, 8, 5 + n * 10),
    hours: 2,
    department: 'K04',
    diagnoses: chronic,
    problems: chronic.map((code) => ({
      code,
      since: code === 'I10' ? '2017' : code === 'E78.2' ? '2024' : '2026',
    })),
    reason: 'Khám lại sau đặt stent',
    vitals: { ...pressure(136 - 3 * n, 84 - 2 * n, 70 - n), weight: 65.5 - n },
    results: values({
      LDL: Number(ldl.toFixed(1)),
      TRIG: Number((2 - 0.2 * n).toFixed(1)),
      CHOL: Number((ldl + 1.8).toFixed(1)),
      HDL: 1,
      CREA: 91 + n,
      EGFR: 85 - n,
      K: 4.3,
      ALT: 34,
      BNP: 210 - 50 * n,
      HGB: 139,
    }),
    ...(n === 1
      ? {
          imaging: {
            kind: 'ultrasound' as const,
            finding: 'Siêu âm tim: phân suất tống máu 56 %, không rối loạn vận động vùng.',
          },
        }
      : {}),
    drugs: drugsFor(facility === CHO_RAY && n === 2 ? 60 : 45, ...drugs),
    advice: 'Không bỏ thuốc, đi bộ 30 phút mỗi ngày.',
    ...(facility === CHO_RAY && n === 2
      ? { revisit: { at: daysAgo(until, -12, 9), note: 'Mang theo đơn thuốc đang dùng' } }
      : {}),
  });
