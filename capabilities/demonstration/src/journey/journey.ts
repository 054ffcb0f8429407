import { facility } from '../facilities.ts';
import type { Person } from '../people/person.ts';
import { random, type Random } from '../random.ts';
import { DAY, MINUTE } from '../time.ts';
import { acuteVisits, checkUp, newbornVisit } from './acute.ts';
import { followUps } from './follow-ups.ts';
import { longTerm } from './long-term.ts';
import type { PlannedVisit } from './planned-visit.ts';
import { pregnancyVisits } from './pregnancy.ts';

/** Who comes today: one in twelve of the first two thousand, one in a hundred of all others. */
const comesToday = (chance: Random, index: number): boolean => chance.chance(index < 2000 ? 0.085 : 0.01);

/** All visits of a person in the two years before `until` (milliseconds), in order of time. */
export function journey(seed: number, person: Person, until: number): PlannedVisit[] {
  const chance = random(seed, 'journey', person.index);
  const today = comesToday(chance, person.index);
  if (person.unnumbered) return inOnePlace(unnumberedVisits(chance, person, until, today), person, until);
  const ill = longTerm(chance, person, until);
  const visits = [
    ...(ill ? followUps(chance, person, ill, until, today) : []),
    ...pregnancyVisits(chance, person, until),
    ...checkUp(chance, person, until),
    ...acuteVisits(chance, person, until, { share: ill ? 0.55 : 1, today: today && !ill }),
  ];
  return settle(visits, person, until);
}

/** In order of time, none inside a stay in hospital, and each at a facility that was sending at the time. */
export function settle(visits: readonly PlannedVisit[], person: Person, until: number): PlannedVisit[] {
  const kept: PlannedVisit[] = [];
  for (const visit of [...visits].sort((a, b) => a.start - b.start)) {
    const last = kept[kept.length - 1];
    if (last && visit.start < (last.end ?? until) + 20 * MINUTE) continue;
    kept.push(soFar(sending(visit, person, until), until));
  }
  return kept;
}

/** Of a visit that is not over, only what has been done by now. */
function soFar(visit: PlannedVisit, until: number): PlannedVisit {
  if (visit.end !== undefined || visit.kind === 'inpatient') return visit;
  const passed = until - visit.start;
  const kept = { ...visit, vitals: passed < 6 * MINUTE ? {} : visit.vitals };
  if (passed < 20 * MINUTE) kept.results = [];
  if (passed < 70 * MINUTE) delete kept.imaging;
  if (passed < 35 * MINUTE) {
    kept.drugs = [];
    delete kept.revisit;
  }
  delete kept.referral;
  return kept;
}

function sending(visit: PlannedVisit, person: Person, until: number): PlannedVisit {
  const at = facility(visit.facility);
  const silent = at.silentDays !== undefined && visit.start > until - at.silentDays * DAY;
  const moved = !at.connected || silent ? person.home.area.provincial : visit.facility;
  return moved === visit.facility ? visit : { ...visit, facility: moved };
}

function unnumberedVisits(chance: Random, person: Person, until: number, today: boolean): PlannedVisit[] {
  if (person.unnumbered === 'newborn') return newbornVisit(chance, person, until);
  return acuteVisits(chance, person, until, { share: 1, atLeast: 1, today }).slice(0, 3);
}

/** Whoever has no number is known to one facility alone. */
function inOnePlace(visits: readonly PlannedVisit[], person: Person, until: number): PlannedVisit[] {
  const { provincial, centre } = person.home.area;
  const place = person.unnumbered === 'foreigner' ? centre : provincial;
  const there = visits.map((visit): PlannedVisit => {
    const kept = { ...visit, facility: place };
    delete kept.referral;
    return kept;
  });
  return settle(there, person, until);
}
