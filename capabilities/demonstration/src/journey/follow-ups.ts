import { facility } from '../facilities.ts';
import type { Person } from '../people/person.ts';
import type { Random } from '../random.ts';
import { DAY, MINUTE } from '../time.ts';
import { type LongTerm, progress, WINDOW } from './long-term.ts';
import type { PlannedVisit } from './planned-visit.ts';
import { followUp, plans } from './programmes.ts';
import { earlierToday, likelyDay, openingTime } from './schedule.ts';
import { build } from './values.ts';

/** The regular visits of someone who lives with a long-term problem, up to the next one that is booked. */
export function followUps(
  chance: Random,
  person: Person,
  ill: LongTerm,
  until: number,
  today: boolean,
): PlannedVisit[] {
  const times = visitTimes(chance, ill, until, today);
  const build0 = build(person, chance, until);
  const home = usualPlace(chance, person, ill);
  const { centre } = person.home.area;
  const toCentre = ill.severity > 0.55 && home !== centre && ill.programme !== 'tuberculosis';
  const offset = chance.whole(0, 4);
  const places = times.map((_, n) => (toCentre && (n + offset) % 5 === 3 ? centre : home));
  return times.map((start, n): PlannedVisit => {
    const place = places[n]!;
    const next = places[n + 1];
    const kind = facility(place).kind;
    const full = kind !== 'station' && (n % 2 === 0 || place === centre);
    const plan = plans[ill.programme];
    const found = followUp(chance, person, ill, start, progress(start, until), full);
    const end = start + chance.whole(kind === 'station' ? 20 : 60, kind === 'station' ? 45 : 170) * MINUTE;
    const referred = next !== undefined && next !== place;
    return {
      facility: place,
      start,
      ...(end <= until ? { end } : {}),
      kind: 'outpatient',
      department: kind === 'station' ? 'K01' : plan.department,
      diagnoses: ill.codes.slice(0, 3),
      problems: ill.codes.map((code) => ({ code, since: ill.since[code]! })),
      reason: chance.pick(plan.reasons),
      vitals: {
        ...found.vitals,
        ...(kind === 'station'
          ? {}
          : { weight: Number((build0.weight * (1 + 0.015 * Math.sin(n))).toFixed(1)) }),
        ...(n === 0 ? { height: build0.height } : {}),
      },
      results: kind === 'station' ? found.results.filter((result) => result.test === 'GLU') : found.results,
      ...(kind !== 'station' && found.imaging ? { imaging: found.imaging } : {}),
      drugs: found.drugs,
      advice: chance.pick(plan.advice),
      ...(referred ? { referral: referralFor(next, centre) } : {}),
      revisit: revisit(chance, times[n + 1], start, ill, until),
      ...(n === 0 ? { bloodGroup: chance.chance(0.35) } : {}),
      ...(ill.programme === 'mood' ? { sensitive: 'PSY' as const } : {}),
      ...(ill.programme === 'tuberculosis' ? { sensitive: 'tuberculosis' as const } : {}),
    };
  });
}

const referralFor = (to: string, centre: string) =>
  to === centre
    ? { to, reason: 'Đề nghị khám chuyên khoa sâu, chỉnh thuốc' }
    : { to, reason: 'Đã ổn định, chuyển về tuyến dưới theo dõi và cấp thuốc' };

/** Backwards from the last visit to the start of the window, or to the day the problem was found. */
function visitTimes(chance: Random, ill: LongTerm, until: number, today: boolean): number[] {
  const [low, high] = plans[ill.programme].every;
  const months =
    ill.programme === 'tuberculosis' ? 170 : chance.chance(0.4) ? chance.between(120, 600) : WINDOW;
  const ended = ill.programme === 'tuberculosis' ? chance.between(0, 400) : 0;
  const times: number[] = [];
  let at = until - (ended + chance.between(2, low * 0.8)) * DAY;
  if (today && !ended) {
    times.push(earlierToday(chance, until));
    at = until - chance.between(low, high) * DAY;
  }
  const first = until - (months + ended) * DAY;
  for (; at > first; at -= chance.between(low, high) * DAY)
    times.unshift(openingTime(chance, likelyDay(chance, at)));
  return times.filter((time) => time < until - 5 * MINUTE);
}

function usualPlace(chance: Random, person: Person, ill: LongTerm): string {
  const { station, area } = person.home;
  if (ill.programme === 'tuberculosis') return station;
  if (ill.programme === 'pressure' && chance.chance(0.55)) return station;
  return ill.programme === 'metabolic' && chance.chance(0.12) ? area.centre : area.provincial;
}

function revisit(chance: Random, next: number | undefined, start: number, ill: LongTerm, until: number) {
  const plan = plans[ill.programme];
  const note = plan.note ? { note: plan.note } : {};
  if (next !== undefined)
    return { at: Math.floor(next / (15 * MINUTE)) * 15 * MINUTE, fulfilled: true, ...note };
  const due = Math.max(start + plan.every[0] * DAY, until + 7 * DAY);
  const at = likelyDay(chance, Math.min(due, until + chance.between(8, 27) * DAY));
  return { at: openingTime(chance, at), ...note };
}
