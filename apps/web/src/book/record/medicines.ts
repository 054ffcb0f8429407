import { addDays, dayOf, type Day } from './dates.ts';
import { idOf, words, type Dosage, type MedicationRequest, type Quantity } from './fhir.ts';
import type { Places } from './places.ts';
import type { HealthRecord } from './record.ts';
import { isSensitive } from './sensitivity.ts';

/** Times of the day a medicine is taken; `asTold` when the prescription does not name one. */
export const slots = ['morning', 'noon', 'evening', 'bedtime', 'asTold'] as const;
export type Slot = (typeof slots)[number];

/** How a medicine goes with meals. */
export type Meal = 'before' | 'after' | 'with';

/** How a medicine is given, as far as the prescription says. */
export type Way = 'swallow' | 'inject' | 'other';

export type Medicine = {
  id: string;
  name: string;
  /** Of each time: 1 with unit "viên". */
  dose: { value: number; unit: string } | undefined;
  slots: Slot[];
  /** Clock times the prescription names, `21:00`. */
  times: string[];
  meal: Meal | undefined;
  way: Way;
  /** The doctor's own words for how to take it. */
  told: string | undefined;
  from: Day | undefined;
  until: Day | undefined;
  /** Whether it is to be taken today. */
  current: boolean;
  place: string | undefined;
  prescriber: string | undefined;
  encounter: string | undefined;
  sensitive: boolean;
  /** Told by the person, not prescribed. */
  reported: boolean;
};

/** All medicines prescribed, current ones first, then latest first. */
export const medicinesOf = (record: HealthRecord, places: Places, today: Day): Medicine[] =>
  record.MedicationRequest.map((request) => medicineOf(request, places, today)).sort(
    (one, other) =>
      Number(other.current) - Number(one.current) ||
      (other.from ?? '').localeCompare(one.from ?? '') ||
      one.name.localeCompare(other.name, 'vi'),
  );

const medicineOf = (request: MedicationRequest, places: Places, today: Day): Medicine => {
  const dosages = request.dosageInstruction ?? [];
  const told = dosages
    .map((dosage) => dosage.patientInstruction ?? dosage.text)
    .filter(Boolean)
    .join('; ');
  const from = request.authoredOn === undefined ? undefined : dayOf(request.authoredOn);
  const until = endOf(request, from);
  const dose = dosages
    .map((dosage) => dosage.doseAndRate?.[0]?.doseQuantity)
    .find((quantity) => quantity?.value);
  return {
    id: request.id ?? '',
    name: words(request.medicationCodeableConcept) ?? request.medicationReference?.display ?? '',
    dose: dose?.value === undefined ? doseIn(told) : { value: dose.value, unit: dose.unit ?? '' },
    slots: slotsOf(dosages),
    times: timesOf(dosages, told),
    meal: mealOf(dosages),
    way: wayOf(dosages),
    told: told || undefined,
    from,
    until,
    current: request.status === 'active' && (until === undefined || until >= today),
    place: places.of(request),
    prescriber: request.requester?.display,
    encounter: idOf(request.encounter, 'Encounter'),
    sensitive: isSensitive(request),
    reported: request.reportedBoolean ?? false,
  };
};

/** Clock times, from the timing or from the doctor's words "lúc 21:00". */
const timesOf = (dosages: Dosage[], told: string): string[] => {
  const timed = dosages
    .flatMap((dosage) => dosage.timing?.repeat?.timeOfDay ?? [])
    .map((time) => time.slice(0, 5));
  return timed.length > 0
    ? timed
    : [...told.matchAll(/(?:lúc|at)\s+(\d{1,2})[:h](\d{2})/giu)].map(
        ([, hour, minute]) => `${hour!.padStart(2, '0')}:${minute}`,
      );
};

const endOf = (request: MedicationRequest, from: Day | undefined): Day | undefined => {
  const { validityPeriod, expectedSupplyDuration } = request.dispenseRequest ?? {};
  const repeat = request.dosageInstruction?.[0]?.timing?.repeat;
  const named = repeat?.boundsPeriod?.end ?? validityPeriod?.end;
  if (named) return dayOf(named);
  const days = daysIn(repeat?.boundsDuration) ?? daysIn(expectedSupplyDuration);
  return from && days ? addDays(from, days - 1) : undefined;
};

const daysIn = (duration: (Quantity & { code?: string }) | undefined): number | undefined => {
  const daysPerUnit: Record<string, number> = {
    d: 1,
    day: 1,
    days: 1,
    ngày: 1,
    wk: 7,
    tuần: 7,
    mo: 30,
    tháng: 30,
  };
  const perUnit = daysPerUnit[duration?.code ?? duration?.unit ?? ''];
  return duration?.value !== undefined && perUnit ? Math.round(duration.value * perUnit) : undefined;
};

/** Source of the codes: https://hl7.org/fhir/R4/valueset-event-timing.html */
const slotOfCode: Record<string, Slot> = {
  MORN: 'morning',
  'MORN.early': 'morning',
  'MORN.late': 'morning',
  WAKE: 'morning',
  CM: 'morning',
  ACM: 'morning',
  PCM: 'morning',
  NOON: 'noon',
  AFT: 'noon',
  CD: 'noon',
  ACD: 'noon',
  PCD: 'noon',
  EVE: 'evening',
  NIGHT: 'bedtime',
  CV: 'evening',
  ACV: 'evening',
  PCV: 'evening',
  HS: 'bedtime',
};

const slotWords: [RegExp, Slot][] = [
  [/\bsáng\b|morning|breakfast/iu, 'morning'],
  [/trưa|noon|lunch/iu, 'noon'],
  [/(?<!buổi )chiều|(?<!ngủ )tối|evening|dinner/iu, 'evening'],
  [/trước (khi )?(đi )?ngủ|bedtime/iu, 'bedtime'],
];

const slotsOf = (dosages: Dosage[]): Slot[] => {
  const found = new Set<Slot>();
  for (const dosage of dosages) {
    for (const code of dosage.timing?.repeat?.when ?? []) if (slotOfCode[code]) found.add(slotOfCode[code]);
    for (const time of dosage.timing?.repeat?.timeOfDay ?? []) found.add(slotOfTime(time));
  }
  if (found.size === 0) {
    const told = dosages.map((dosage) => dosage.patientInstruction ?? dosage.text ?? '').join(' ');
    const bedtime = slotWords[3]![0].test(told);
    const rest = told.replace(/(tối )?trước (khi )?(đi )?ngủ/giu, ' ');
    for (const [word, slot] of slotWords.slice(0, 3)) if (word.test(rest)) found.add(slot);
    if (bedtime) found.add('bedtime');
  }
  if (found.size === 0) for (const slot of slotsOfFrequency(dosages[0])) found.add(slot);
  return slots.filter((slot) => found.has(slot));
};

const slotOfTime = (time: string): Slot => {
  const hour = Number(time.slice(0, 2));
  if (hour < 11) return 'morning';
  if (hour < 16) return 'noon';
  return hour < 21 ? 'evening' : 'bedtime';
};

/** Once a day with no hour named stays "as told": only the doctor may choose the hour. */
const slotsOfFrequency = (dosage: Dosage | undefined): Slot[] => {
  const { frequency, period, periodUnit } = dosage?.timing?.repeat ?? {};
  const daily = (period ?? 1) === 1 && (periodUnit ?? 'd') === 'd';
  if (daily && frequency === 2) return ['morning', 'evening'];
  if (daily && frequency === 3) return ['morning', 'noon', 'evening'];
  return ['asTold'];
};

const mealOf = (dosages: Dosage[]): Meal | undefined => {
  const codes = dosages.flatMap((dosage) => dosage.timing?.repeat?.when ?? []);
  if (codes.some((code) => code.startsWith('AC'))) return 'before';
  if (codes.some((code) => code.startsWith('PC'))) return 'after';
  const told = dosages.map((dosage) => dosage.patientInstruction ?? dosage.text ?? '').join(' ');
  if (/trước (bữa )?ăn|before (food|meal)/iu.test(told)) return 'before';
  if (/sau (bữa )?ăn|after (food|meal)/iu.test(told)) return 'after';
  if (/trong (bữa )?ăn|with (food|meal)/iu.test(told) || codes.some((code) => /^C[MDV]?$/.test(code)))
    return 'with';
  return undefined;
};

const wayOf = (dosages: Dosage[]): Way => {
  const told = dosages.map((dosage) => `${words(dosage.route) ?? ''} ${dosage.text ?? ''}`).join(' ');
  if (/tiêm|inject|subcut/iu.test(told)) return 'inject';
  if (/bôi|nhỏ|xịt|hít|đặt|khí dung|inhal|topical|drop/iu.test(told)) return 'other';
  return 'swallow';
};

const doseIn = (told: string): Medicine['dose'] => {
  const match = told.match(/(\d+(?:[.,/]\d+)?)\s*(viên|gói|ống|đơn vị|ml|giọt|nhát|lần xịt)/iu);
  if (!match) return undefined;
  const [above, below] = match[1]!.replace(',', '.').split('/');
  return { value: Number(above) / Number(below ?? 1), unit: match[2]!.toLowerCase() };
};

/** The hour in Viet Nam after which a time of day is over. */
const overAt: Record<Slot, number> = { morning: 11, noon: 15, evening: 21, bedtime: 24, asTold: 24 };

/** Whether a time of day has passed at an hour of the day in Viet Nam. It does not say that anything was taken. */
export const isOver = (slot: Slot, hour: number): boolean => hour >= overAt[slot];

/** Today's prescribed medicines, time by time; times without any are left out, and so is what the person told. */
export const todaysSlots = (medicines: readonly Medicine[]): { slot: Slot; medicines: Medicine[] }[] =>
  slots
    .map((slot) => ({
      slot,
      medicines: medicines.filter(
        (medicine) => medicine.current && !medicine.reported && medicine.slots.includes(slot),
      ),
    }))
    .filter((group) => group.medicines.length > 0);
