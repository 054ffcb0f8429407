import type { PlannedVisit } from '../journey/planned-visit.ts';
import { pregnancy } from '../journey/pregnancy.ts';
import type { Person } from '../people/person.ts';
import { random } from '../random.ts';
import { DAY, HOUR } from '../time.ts';
import { daysAgo, drugsFor, justNow, pressure, told, values } from './story-time.ts';

const BINH_DUONG = '74001';
const STATION = '74110';

/** A worker of 32, thirty-one weeks into her second pregnancy. */
export function motherVisits(person: Person, until: number): PlannedVisit[] {
  return [
    told({
      facility: STATION,
      start: daysAgo(until, 420, 17, 5),
      hours: 0.4,
      department: 'K01',
      diagnoses: ['J06.9'],
      reason: 'Ho, đau họng hai ngày',
      vitals: { ...pressure(108, 66, 82), temperature: 37.9 },
      drugs: drugsFor(5, 'paracetamol-500', 'loratadin-10'),
      advice: 'Uống nhiều nước, nghỉ ngơi.',
    }),
    told({
      facility: BINH_DUONG,
      start: daysAgo(until, 310, 8, 30),
      hours: 2,
      department: 'K03',
      diagnoses: ['D50.9'],
      reason: 'Mệt, chóng mặt, da xanh',
      vitals: pressure(102, 62, 88),
      results: values({ HGB: 98, MCV: 72.4, RBC: 3.92, FER: 6, IRON: 4.8, PLT: 312 }),
      drugs: drugsFor(60, 'sat-acid-folic'),
      advice: 'Uống sắt xa sữa và trà, thử lại máu sau 2 tháng.',
    }),
    ...pregnancy(random('story', person.index, 'pregnancy'), person, until - 31 * 7 * DAY, BINH_DUONG, until),
  ];
}

/** Her daughter of three: colds, hand, foot and mouth disease, pneumonia, and a fever today. */
export function childVisits(_person: Person, until: number): PlannedVisit[] {
  const admitted = daysAgo(until, 295, 19, 40);
  const { end: _, ...feverToday } = told({
    facility: BINH_DUONG,
    start: justNow(until, 25),
    department: 'K18',
    diagnoses: ['J06.9'],
    reason: 'Sốt 38,6 °C, ho, chảy mũi từ tối qua',
    vitals: { pulse: 124, temperature: 38.6, saturation: 98, weight: 14.2 },
    drugs: drugsFor(3, 'paracetamol-150', 'acetylcystein-200'),
    advice: 'Cho uống nhiều nước. Sốt trên 3 ngày, co giật, thở nhanh: đến ngay.',
  });
  return [
    cold(until, 610, 10.4, 38.1),
    told({
      facility: BINH_DUONG,
      start: daysAgo(until, 520, 8, 50),
      hours: 2,
      department: 'K18',
      diagnoses: ['B08.4'],
      reason: 'Loét miệng, phỏng nước lòng bàn tay',
      vitals: { pulse: 128, temperature: 38.2, weight: 10.9 },
      results: values({ WBC: 11.4, PLT: 342, GLU: 5.1, CRP: 8.2 }),
      drugs: drugsFor(3, 'paracetamol-150'),
      advice: 'Cách ly 10 ngày, rửa tay. Giật mình, run tay chân: vào viện ngay.',
      revisit: { at: daysAgo(until, 518, 8, 30), fulfilled: true },
    }),
    told({
      facility: BINH_DUONG,
      start: daysAgo(until, 518, 8, 35),
      hours: 1,
      department: 'K18',
      diagnoses: ['B08.4'],
      reason: 'Khám lại theo hẹn',
      vitals: { pulse: 112, temperature: 36.9, weight: 10.9 },
      advice: 'Đã lui bệnh. Đi học lại sau 5 ngày.',
    }),
    cold(until, 402, 12.1, 37.9),
    told({
      facility: BINH_DUONG,
      start: admitted,
      end: admitted + 5 * DAY + 14 * HOUR,
      kind: 'inpatient',
      department: 'K18',
      diagnoses: ['J18.9'],
      reason: 'Sốt cao, thở nhanh, ho nhiều',
      vitals: { pulse: 142, temperature: 39.4, respiration: 44, saturation: 93, weight: 12.6, height: 92 },
      results: [
        ...values({ WBC: 17.8, NEU: 78.2, HGB: 118, PLT: 388, CRP: 84, PCT: 1.24, NA: 134, K: 4.1 }),
        ...values({ WBC: 9.2, CRP: 6.1 }).map((result) => ({ ...result, at: admitted + 5 * DAY })),
      ],
      imaging: { kind: 'xray', finding: 'Đám mờ thùy dưới phổi phải.' },
      drugs: drugsFor(7, 'cefixim-100', 'acetylcystein-200'),
      advice: 'Uống hết kháng sinh, khám lại sau 7 ngày.',
      bloodGroup: true,
    }),
    cold(until, 143, 13.6, 38.3),
    feverToday,
  ];
}

const cold = (until: number, days: number, weight: number, temperature: number): PlannedVisit =>
  told({
    facility: STATION,
    start: daysAgo(until, days, 17, 10),
    hours: 0.4,
    department: 'K01',
    diagnoses: ['J06.9'],
    reason: 'Sốt, ho, chảy mũi',
    vitals: { pulse: 122, temperature, weight },
    drugs: drugsFor(4, 'paracetamol-150', 'acetylcystein-200'),
    advice: 'Uống nhiều nước. Sốt trên 3 ngày hoặc thở nhanh: đi viện.',
  });
