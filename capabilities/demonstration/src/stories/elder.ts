import type { PlannedVisit } from '../journey/planned-visit.ts';
import type { Person } from '../people/person.ts';
import { DAY } from '../time.ts';
import { daysAgo, drugsFor, told, values } from './story-time.ts';

const STATION = '19120';
const THAI_NGUYEN = '19001';
const BACH_MAI = '01901';
const problems = [
  { code: 'J44.9', since: '2009' },
  { code: 'I10', since: '2012' },
];

/** A pensioner of whom only the year of birth is known, with lungs that flare up in winter. */
export function elderVisits(_person: Person, until: number): PlannedVisit[] {
  const stay = daysAgo(until, 312, 9, 30);
  const monthly = [700, 640, 582, 520, 462, 400, 340, 280, 222, 160, 102, 44].map((days, n) =>
    told({
      facility: STATION,
      start: daysAgo(until, days, 7, 30 + (n % 3) * 10),
      hours: 0.4,
      department: 'K01',
      diagnoses: ['J44.9', 'I10'],
      problems,
      reason: 'Lĩnh thuốc hằng tháng, ho đờm trắng',
      vitals: { systolic: 146 - n, diastolic: 82 - (n % 4), pulse: 84, saturation: 93, respiration: 20 },
      drugs: drugsFor(60, 'amlodipin-5', 'salbutamol-xit'),
      advice: 'Giữ ấm, tránh khói bếp. Khó thở tăng: đi bệnh viện.',
    }),
  );
  return [
    ...monthly,
    told({
      facility: THAI_NGUYEN,
      start: daysAgo(until, 655, 8, 20),
      hours: 2,
      department: 'K12',
      diagnoses: ['A15.0'],
      reason: 'Ho kéo dài, sút 3 kg trong hai tháng',
      vitals: { systolic: 138, diastolic: 80, pulse: 86, temperature: 37.6, saturation: 93, weight: 46.8 },
      results: [...values({ WBC: 9.8, ESR: 46, CRP: 22 }), { test: 'GXP', value: 'Dương tính' }],
      imaging: { kind: 'xray', finding: 'Thâm nhiễm đỉnh phổi phải, hang nhỏ.' },
      drugs: drugsFor(168, 'rhze'),
      advice: 'Uống thuốc trước mặt cán bộ trạm, đủ 6 tháng. Người nhà khám sàng lọc.',
      sensitive: 'tuberculosis',
    }),
    told({
      facility: STATION,
      start: stay - DAY / 8,
      hours: 0.5,
      department: 'K01',
      diagnoses: ['J44.1'],
      reason: 'Khó thở tăng hai ngày, đờm đục',
      vitals: {
        systolic: 158,
        diastolic: 88,
        pulse: 108,
        saturation: 87,
        respiration: 28,
        temperature: 37.9,
      },
      advice: 'Thở oxy, chuyển Bệnh viện Đa khoa Thái Nguyên.',
      referral: { to: THAI_NGUYEN, reason: 'Đợt cấp bệnh phổi tắc nghẽn, SpO₂ 87 %' },
    }),
    told({
      facility: THAI_NGUYEN,
      start: stay,
      end: stay + 9 * DAY,
      kind: 'inpatient',
      department: 'K03',
      diagnoses: ['J44.1', 'I10'],
      problems,
      reason: 'Khó thở, đờm đục, trạm y tế chuyển đến',
      vitals: {
        systolic: 154,
        diastolic: 86,
        pulse: 106,
        saturation: 88,
        respiration: 27,
        temperature: 38.1,
        weight: 47.5,
        height: 158,
      },
      results: [
        ...values({
          WBC: 14.2,
          NEU: 82.4,
          HGB: 132,
          PLT: 268,
          CRP: 66,
          NA: 134,
          K: 3.9,
          CREA: 98,
          EGFR: 63,
          BNP: 310,
        }),
        ...values({ WBC: 8.4, CRP: 7.2 }).map((result) => ({ ...result, at: stay + 8 * DAY })),
      ],
      imaging: { kind: 'xray', finding: 'Hai phổi tăng sáng, đám mờ nhỏ đáy phổi trái.' },
      drugs: drugsFor(14, 'tiotropium-2.5', 'salbutamol-xit', 'prednisolon-5', 'amoxiclav-625'),
      advice: 'Hít thuốc đều, tiêm phòng cúm, khám lại sau 2 tuần.',
      referral: { to: STATION, reason: 'Đã ổn định, chuyển trạm theo dõi và cấp thuốc' },
    }),
    ...[250, 62].map((days, n) =>
      told({
        facility: n === 0 ? BACH_MAI : THAI_NGUYEN,
        start: daysAgo(until, days, 8, 40),
        hours: 2.2,
        department: 'K03',
        diagnoses: ['J44.9', 'I10'],
        problems,
        reason: n === 0 ? 'Khám chuyên sâu theo giấy chuyển' : 'Tái khám hô hấp',
        vitals: { systolic: 140, diastolic: 80, pulse: 82, saturation: 93, respiration: 20, weight: 48 + n },
        results: values({ WBC: 7.9, HGB: 134, CRP: 3.1, CREA: 101, EGFR: 60, K: 4.2, NA: 138 }),
        imaging: { kind: 'xray', finding: 'Hai phổi tăng sáng, vòm hoành dẹt, không đám mờ.' },
        drugs: drugsFor(
          n === 0 ? 90 : 92,
          'tiotropium-2.5',
          'salbutamol-xit',
          'amlodipin-5',
          'budesonid-formoterol',
        ),
        advice: 'Hít thuốc đúng cách, súc miệng sau khi hít.',
        ...(n === 1
          ? { revisit: { at: daysAgo(until, -18, 8), note: 'Mang theo bình hít để kiểm tra cách dùng' } }
          : {}),
      }),
    ),
  ];
}
