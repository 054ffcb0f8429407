import { facility } from '../facilities.ts';
import type { Person } from '../people/person.ts';
import type { Random } from '../random.ts';
import { ageAt, DAY, HOUR, MINUTE } from '../time.ts';
import { type Acute, acutes } from './acute-table.ts';
import { WINDOW } from './long-term.ts';
import type { PlannedVisit, Result } from './planned-visit.ts';
import { earlierToday, likelyDay, openingTime, seasonalTime } from './schedule.ts';
import { atRest, build, draw, round } from './values.ts';

/** Mean number of illnesses in two years at ages 0–5, 6–15, 16–59, 60 and over. */
const illnesses = [4.2, 2.5, 2, 1.9] as const;

const bandOf = (age: number): 0 | 1 | 2 | 3 => (age < 6 ? 0 : age < 16 ? 1 : age < 60 ? 2 : 3);

/** Visits for illnesses that come and go. `share` of the usual number; `today`: one of them is today. */
export function acuteVisits(
  chance: Random,
  person: Person,
  until: number,
  how: { share: number; atLeast?: number; today: boolean },
): PlannedVisit[] {
  const age = ageAt(person.birthDate, until);
  const lived = Math.min(WINDOW, Math.max(20, (until - Date.parse(person.birthDate)) / DAY - 20));
  const mean = (illnesses[bandOf(age)] * how.share * lived) / WINDOW;
  let count = Math.max(how.atLeast ?? 0, Math.floor(mean + chance.next() + chance.normal(0, 0.7)));
  const visits: PlannedVisit[] = [];
  if (how.today)
    visits.push(
      ...episode(chance, person, pickAcute(chance, person, until, true), earlierToday(chance, until), until),
    );
  for (; count > 0; count--) {
    const acute = pickAcute(chance, person, until, false);
    const day = seasonalTime(chance, until, lived, acute.season);
    const start = acute.emergency ? day : openingTime(chance, likelyDay(chance, day));
    visits.push(...episode(chance, person, acute, start, until));
  }
  return visits.filter((visit) => visit.start < until - 5 * MINUTE);
}

function pickAcute(chance: Random, person: Person, until: number, small: boolean): Acute {
  const band = bandOf(ageAt(person.birthDate, until));
  const region = person.home.area.south ? 'south' : 'north';
  return chance.weighted(
    acutes.map((acute) => {
      const possible = (!acute.sex || acute.sex === person.sex) && !(small && acute.stay);
      const elsewhere = acute.season?.region && acute.season.region !== region ? 0.3 : 1;
      return [acute, possible ? acute.weight[band] * elsewhere : 0] as const;
    }),
  );
}

/** An illness from the first visit to the last check: station, hospital, centre and back. */
function episode(chance: Random, person: Person, acute: Acute, start: number, until: number): PlannedVisit[] {
  const { area, station } = person.home;
  const direct = acute.at === 'provincial' || (facility(station).kind === 'clinic' && chance.chance(0.3));
  const place = direct ? area.provincial : station;
  const visits: PlannedVisit[] = [];
  if (direct && acute.stay && !acute.emergency && place !== station && chance.chance(0.4)) {
    visits.push({
      ...firstLook(chance, person, acute, start - 3 * HOUR),
      referral: { to: place, reason: acute.reasons[0]! },
    });
  }
  const main = visit(chance, person, acute, place, start, until);
  const transfer =
    acute.toCentre !== undefined && area.centre !== place && chance.chance(acute.toCentre) && main.end;
  visits.push(
    transfer
      ? { ...main, referral: { to: area.centre, reason: 'Diễn biến nặng, cần điều trị tuyến chuyên sâu' } }
      : main,
  );
  if (transfer) {
    const there = visit(chance, person, acute, area.centre, transfer + 3 * HOUR, until);
    visits.push(
      there.end
        ? { ...there, referral: { to: place, reason: 'Đã ổn định, chuyển về theo dõi tiếp' } }
        : there,
    );
  }
  const last = visits[visits.length - 1]!;
  if (acute.again && last.end) again(chance, person, acute, place, visits, last.end, until);
  return visits;
}

/** The check some days after; one still to come is an appointment, unless it would be long past. */
function again(
  chance: Random,
  person: Person,
  acute: Acute,
  place: string,
  visits: PlannedVisit[],
  from: number,
  until: number,
): void {
  const at = openingTime(chance, likelyDay(chance, from + acute.again! * DAY));
  const last = visits.length - 1;
  const keeps = chance.chance(0.7);
  if (at < until && !keeps) return;
  visits[last] = { ...visits[last]!, revisit: { at, ...(at < until ? { fulfilled: true } : {}) } };
  if (at >= until) return;
  const isChild = ageAt(person.birthDate, at) < 16;
  visits.push({
    facility: place,
    start: at,
    end: at + chance.whole(25, 80) * MINUTE,
    kind: 'outpatient',
    department: acute.department === 'K18' && !isChild ? 'K03' : acute.department,
    diagnoses: [acute.code],
    reason: 'Khám lại theo hẹn',
    vitals: atRest(chance, person, at, acute.temperature ? round(chance.between(36.4, 37.1), 1) : undefined),
    results: (acute.tests ?? []).slice(0, 3).map(([code]) => draw(chance, code, person)),
    drugs: [],
    advice: 'Đã ổn định. Không cần uống thêm thuốc.',
  });
}

function firstLook(chance: Random, person: Person, acute: Acute, start: number): PlannedVisit {
  return {
    facility: person.home.station,
    start,
    end: start + chance.whole(20, 50) * MINUTE,
    kind: 'outpatient',
    department: 'K01',
    diagnoses: [acute.code],
    reason: chance.pick(acute.reasons),
    vitals: atRest(
      chance,
      person,
      start,
      acute.temperature && round(chance.between(...acute.temperature), 1),
    ),
    results: [],
    drugs: [],
    advice: 'Chuyển bệnh viện tỉnh khám tiếp.',
  };
}

function visit(
  chance: Random,
  person: Person,
  acute: Acute,
  place: string,
  start: number,
  until: number,
): PlannedVisit {
  const at = facility(place);
  const child = ageAt(person.birthDate, start) < 16;
  const equipped = at.kind !== 'station';
  const minutes = at.kind === 'station' ? chance.whole(20, 50) : chance.whole(60, 190);
  const end =
    start + (acute.stay && equipped ? chance.whole(...acute.stay) * DAY + 5 * HOUR : minutes * MINUTE);
  const department =
    acute.department === 'K18' && !child
      ? 'K03'
      : child && acute.department === 'K03'
        ? 'K18'
        : acute.department;
  const temperature = acute.temperature && round(chance.between(...acute.temperature), 1);
  const { weight, height } = build(person, chance, start);
  const stays = acute.stay !== undefined && equipped;
  return {
    facility: place,
    start,
    ...(end <= until ? { end } : {}),
    kind: stays ? 'inpatient' : acute.emergency && equipped ? 'emergency' : 'outpatient',
    department: at.kind === 'station' ? 'K01' : department,
    diagnoses: [acute.code, ...(acute.also ?? [])],
    reason: chance.pick(acute.reasons),
    vitals: {
      ...atRest(chance, person, start, temperature),
      ...(acute.saturation ? { saturation: Math.round(chance.between(...acute.saturation)) } : {}),
      ...(child || stays ? { weight } : {}),
      ...(stays ? { height } : {}),
    },
    results: equipped ? resultsOf(chance, person, acute, stays && end <= until ? end : undefined) : [],
    ...(equipped && acute.imaging && chance.chance(stays ? 1 : 0.5) ? { imaging: acute.imaging } : {}),
    drugs: ((child && acute.childDrugs) || acute.drugs).map(([drug, days]) => ({ drug, days })),
    advice: acute.advice,
    ...(stays ? { bloodGroup: chance.chance(0.6) } : {}),
  };
}

/** First results as ill people have them; before discharge the leading ones again, back in range. */
function resultsOf(chance: Random, person: Person, acute: Acute, discharged: number | undefined): Result[] {
  const first = (acute.tests ?? []).map(([code, span]) => draw(chance, code, person, span));
  const words = (acute.words ?? []).map(([test, value]) => ({ test, value }));
  if (discharged === undefined) return [...first, ...words];
  const back = (acute.tests ?? []).filter(([, span]) => span).slice(0, 4);
  return [
    ...first,
    ...words,
    ...back.map(([code]) => ({ ...draw(chance, code, person), at: discharged - 26 * HOUR })),
  ];
}

/** The yearly check of those at work. */
export function checkUp(chance: Random, person: Person, until: number): PlannedVisit[] {
  const group = person.insurance?.group;
  if ((group !== 'DN' && group !== 'HC') || !chance.chance(0.45)) return [];
  const start = openingTime(chance, likelyDay(chance, until - chance.between(10, 700) * DAY));
  const { station, area } = person.home;
  const usual = ['GLU', 'CREA', 'ALT', 'CHOL', 'TRIG', 'URIC', 'WBC', 'HGB', 'PLT'];
  return [
    {
      facility: facility(station).kind === 'clinic' ? station : area.provincial,
      start,
      end: start + 2 * HOUR,
      kind: 'outpatient',
      department: 'K01',
      diagnoses: ['Z00.0'],
      reason: 'Khám sức khỏe định kỳ của cơ quan',
      vitals: { ...atRest(chance, person, start), ...build(person, chance, start) },
      results: usual.map((code) => draw(chance, code, person, oddly(chance, code))),
      imaging: { kind: 'xray', finding: 'Tim phổi bình thường.' },
      drugs: [],
      advice: 'Đủ sức khỏe làm việc. Tập thể dục đều, khám lại sau một năm.',
      bloodGroup: chance.chance(0.5),
    },
  ];
}

/** Now and then a check finds a value out of range. */
function oddly(chance: Random, code: string): readonly [number, number] | undefined {
  const high: Record<string, readonly [number, number]> = {
    GLU: [6.5, 7.6],
    TRIG: [1.8, 3.6],
    URIC: [425, 520],
    ALT: [44, 85],
    CHOL: [5.3, 6.6],
  };
  return chance.chance(0.16) ? high[code] : undefined;
}

/** A newborn with jaundice, seen on one of its first days. */
export function newbornVisit(chance: Random, person: Person, until: number): PlannedVisit[] {
  const start = until - chance.between(0.2, 2.5) * DAY;
  const end = start + 2.2 * HOUR;
  return [
    {
      facility: person.home.area.provincial,
      start,
      ...(end <= until ? { end } : {}),
      kind: 'outpatient',
      department: 'K18',
      diagnoses: ['P59.9'],
      reason: 'Trẻ vàng da, bú kém',
      vitals: { ...atRest(chance, person, start, 36.9), weight: round(chance.between(2.7, 3.6), 1) },
      results: [draw(chance, 'BILT', person, [170, 285]), draw(chance, 'HGB', person, [145, 190])],
      drugs: [],
      advice: 'Cho bú mẹ 8–10 lần mỗi ngày, khám lại sau 2 ngày hoặc ngay khi vàng tới bàn chân.',
      revisit: { at: openingTime(chance, likelyDay(chance, until + 2 * DAY)) },
      bloodGroup: true,
    },
  ];
}
