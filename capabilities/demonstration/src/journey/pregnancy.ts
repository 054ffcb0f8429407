import type { Person } from '../people/person.ts';
import type { Random } from '../random.ts';
import { ageAt, DAY, HOUR } from '../time.ts';
import type { PlannedVisit, Prescription, Result } from './planned-visit.ts';
import { likelyDay, openingTime } from './schedule.ts';
import { draw, round } from './values.ts';

const weeks = [12, 18, 24, 28, 32, 36, 38] as const;
const WEEK = 7 * DAY;

/** Antenatal care of one woman in ten between 20 and 38, and the birth. */
export function pregnancyVisits(chance: Random, person: Person, until: number): PlannedVisit[] {
  const age = ageAt(person.birthDate, until);
  if (person.sex !== 'female' || age < 20 || age > 38 || !chance.chance(0.11)) return [];
  const began = until - chance.between(13, 88) * WEEK;
  return pregnancy(chance, person, began, person.home.area.provincial, until);
}

/** The visits of a pregnancy counted from `began` (first day of the last period, milliseconds). */
export function pregnancy(
  chance: Random,
  person: Person,
  began: number,
  place: string,
  until: number,
): PlannedVisit[] {
  const diabetic = chance.chance(0.18);
  const times = weeks.map((week) => openingTime(chance, likelyDay(chance, began + week * WEEK)));
  const visits = weeks.flatMap((week, n): PlannedVisit[] => {
    const start = times[n]!;
    if (start >= until - HOUR) return [];
    return [
      antenatal(
        chance,
        person,
        { week, start, next: times[n + 1] ?? start + 10 * DAY, place, diabetic: diabetic && week > 24 },
        until,
      ),
    ];
  });
  const birth = began + chance.between(38.6, 40.6) * WEEK;
  return birth + 3 * DAY < until ? [...visits, delivery(chance, person, birth, place)] : visits;
}

function antenatal(
  chance: Random,
  person: Person,
  of: { week: number; start: number; next: number; place: string; diabetic: boolean },
  until: number,
): PlannedVisit {
  const drugs: Prescription[] = [
    { drug: 'sat-acid-folic', days: 30 },
    { drug: 'calci-d3', days: 30 },
  ];
  return {
    facility: of.place,
    start: of.start,
    end: of.start + 1.6 * HOUR,
    kind: 'outpatient',
    department: 'K27',
    diagnoses: of.diabetic ? ['Z34.9', 'O24.4'] : ['Z34.9'],
    reason: `Khám thai ${of.week} tuần`,
    vitals: {
      systolic: Math.round(chance.normal(112, 6)),
      diastolic: Math.round(chance.normal(69, 5)),
      pulse: Math.round(chance.normal(84, 5)),
      weight: round(49 + of.week * 0.32 + chance.between(-1, 1), 1),
    },
    results: antenatalTests(chance, person, of.week, of.diabetic),
    imaging: {
      kind: 'ultrasound',
      finding: `Một thai sống trong tử cung, ${of.week} tuần, nước ối bình thường.`,
    },
    drugs: of.diabetic ? [...drugs] : drugs,
    advice: of.diabetic
      ? 'Chia nhỏ bữa ăn, bớt tinh bột, thử đường huyết tại nhà. Ra máu, ra nước, thai máy ít: đến ngay.'
      : 'Ăn đủ chất, nghỉ ngơi. Ra máu, ra nước, thai máy ít: đến ngay.',
    revisit: { at: of.next, ...(of.next < until ? { fulfilled: true } : {}) },
    ...(of.week === 12 ? { bloodGroup: true } : {}),
  };
}

function antenatalTests(chance: Random, person: Person, week: number, diabetic: boolean): Result[] {
  const usual = (...codes: string[]) => codes.map((code) => draw(chance, code, person));
  const hemoglobin = draw(chance, 'HGB', person, [106, 128]);
  if (week === 12) {
    return [
      hemoglobin,
      ...usual('WBC', 'PLT', 'GLU', 'TSH', 'UPRO'),
      { test: 'HBSAG', value: chance.chance(0.07) ? 'Dương tính' : 'Âm tính' },
    ];
  }
  if (week === 24)
    return [hemoglobin, draw(chance, 'OGTT', person, diabetic ? [8.7, 10.4] : [5.2, 8.2]), ...usual('UPRO')];
  if (week === 32 || week === 36)
    return [hemoglobin, ...usual('PLT', 'UPRO', ...(week === 36 ? ['INR', 'ALT', 'CREA'] : []))];
  return [draw(chance, 'GLU', person), ...usual('UPRO')];
}

function delivery(chance: Random, person: Person, start: number, place: string): PlannedVisit {
  return {
    facility: place,
    start,
    end: start + 3 * DAY,
    kind: 'inpatient',
    department: 'K27',
    diagnoses: ['O80.9'],
    reason: 'Đau bụng từng cơn, thai đủ tháng',
    vitals: {
      systolic: 116,
      diastolic: 72,
      pulse: 86,
      temperature: 36.8,
      weight: round(chance.between(58, 68), 1),
    },
    results: ['HGB', 'WBC', 'PLT', 'INR'].map((code) =>
      draw(chance, code, person, code === 'WBC' ? [10.2, 14.5] : undefined),
    ),
    drugs: [{ drug: 'sat-acid-folic', days: 60 }],
    advice: 'Mẹ và bé khỏe. Cho bú mẹ hoàn toàn, khám lại sau 6 tuần. Sốt, ra máu nhiều: đến ngay.',
    bloodGroup: true,
  };
}
