import type { Chance } from './chance.ts';
import type { Person } from './population.ts';
import { RATES } from './rates.ts';
import type { ErrorKind } from './rates.ts';
import { iForY, misheard, newTonePlacement, rewriteLine, typo, unconverted, withoutMarks, wrongDigit, wrongTone } from './slips.ts'; // prettier-ignore
import { rateBefore, rateFrom } from './words.ts';

/** A registration of a patient at a facility, as its software keeps it. */
export type LinkageRecord = {
  record: number;
  /** The truth; a matcher never sees it. */
  person: number;
  facility: number;
  /** YYYY-MM-DD of the registration. */
  on: string;
  name: string;
  /** YYYY-MM-DD or YYYY. */
  birthDate?: string;
  sex?: 'male' | 'female';
  /** As typed: mostly 12 digits. */
  personNumber?: string;
  /** 9 digits. */
  oldNumber?: string;
  /** 10 digits, or a card of 15 characters. */
  insurance?: string;
  phone?: string;
  address?: { line: string; commune: string; district?: string; province: string };
  /** Name of the mother, for a child. */
  mother?: string;
  kinds: ErrorKind[];
};

/** How the software of a facility writes names. */
export type Habit = { capitals: boolean; withoutMarks: boolean; decomposed: boolean; newTones: boolean };

export type Visit = { record: number; facility: number; on: string; habit: Habit; newborn: boolean };

/** Writes one registration of a person, with what goes wrong in it. */
export function writeRecord(chance: Chance, person: Person, visit: Visit): LinkageRecord {
  const kinds: ErrorKind[] = person.twin ? ['twin'] : [];
  const note = (kind: ErrorKind) => void kinds.push(kind);
  const year = Number(visit.on.slice(0, 4));
  const child = year - Number(person.born.slice(0, 4)) < 14;
  const name = visit.newborn ? newbornName(chance, person, note) : nameOf(chance, person, note);
  return {
    record: visit.record,
    person: person.index,
    facility: visit.facility,
    on: visit.on,
    name: inHabit(name, visit.habit, chance, note),
    ...birthOf(chance, person, note),
    ...sexOf(chance, person, note),
    ...(visit.newborn ? {} : numbersOf(chance, person, year, child, note)),
    ...insuranceOf(chance, person, visit.newborn, note),
    ...phoneOf(chance, person, child, visit.on, note),
    ...addressOf(chance, person, visit.on, note),
    ...(child && !visit.newborn && person.mother && chance.happens(RATES.mother.shownForChild)
      ? { mother: inHabit(person.mother, visit.habit, chance, () => {}) }
      : {}),
    kinds,
  };
}

type Note = (kind: ErrorKind) => void;

function newbornName(chance: Chance, person: Person, note: Note): string {
  note('newborn');
  const mother = person.mother ?? 'Nguyễn Thị Hoa';
  const prefix = chance.pick(['CON BÀ', 'Con bà', 'CB', 'BÉ CON BÀ', 'SƠ SINH CON BÀ']);
  const order = person.twin
    ? ` ${(person.relatives.find(({ twin }) => twin)?.index ?? 0) > person.index ? 1 : 2}`
    : '';
  return `${prefix} ${mother}${order}`;
}

function nameOf(chance: Chance, person: Person, note: Note): string {
  const rates = RATES.name;
  let { family } = person;
  const changed = (kind: ErrorKind, before: string, after: string) => {
    if (after !== before) note(kind);
    return after;
  };
  if (chance.happens(rates.otherName)) {
    note('other-name');
    return `${family} ${chance.pick(['Tư', 'Út', 'Bé', 'Tý', 'Hai', 'Gái'])}`;
  }
  const other: Record<string, string> = { Hoàng: 'Huỳnh', Huỳnh: 'Hoàng', Vũ: 'Võ', Võ: 'Vũ' };
  if (other[family] && chance.happens(rates.regionalFamily)) {
    note('regional-family');
    family = other[family]!;
  }
  let { middle } = person;
  if (middle.length > 0 && chance.happens(rates.middleDropped)) {
    note('middle-dropped');
    middle = middle.slice(0, -1);
  } else if (middle.length > 0 && chance.happens(rates.initials)) {
    note('initials');
    middle = middle.map((word) => `${word[0]}.`);
  }
  let name = [family, ...middle, person.given].join(' ');
  if (chance.happens(rates.orderSwapped)) {
    note('order-swapped');
    name = [person.given, family, ...middle].join(' ');
  }
  if (chance.happens(rates.misheard)) name = changed('misheard', name, misheard(chance, name));
  if (chance.happens(rates.typo)) name = changed('typo', name, typo(chance, name));
  if (chance.happens(rates.toneWrong)) name = changed('tone-wrong', name, wrongTone(chance, name));
  if (chance.happens(rates.iY)) name = changed('i-y', name, iForY(name));
  if (chance.happens(rates.dStroke))
    name = changed('d-stroke', name, name.replace(/Đ/g, chance.pick(['D', 'Ð'])).replace(/đ/g, 'd'));
  if (chance.happens(rates.telex)) name = changed('telex', name, unconverted(chance, name, 'telex'));
  else if (chance.happens(rates.vni)) name = changed('vni', name, unconverted(chance, name, 'vni'));
  return name;
}

function inHabit(name: string, habit: Habit, chance: Chance, note: Note): string {
  if (habit.withoutMarks || chance.happens(RATES.name.marksLost)) {
    note('marks-lost');
    return withoutMarks(name).toUpperCase();
  }
  let written = name;
  if (habit.newTones) {
    written = newTonePlacement(name);
    if (written !== name) note('tone-placement');
  }
  if (habit.capitals) written = written.toLocaleUpperCase('vi');
  if (!habit.decomposed) return written;
  note('decomposed');
  return written.normalize('NFD');
}

function birthOf(chance: Chance, person: Person, note: Note): { birthDate?: string } {
  const rates = RATES.birth;
  const [year, month, day] = person.born.split('-') as [string, string, string];
  if (chance.happens(rates.missing)) return (note('birth-missing'), {});
  if (chance.happens(rateBefore(rates.yearOnly, Number(year))))
    return (note('birth-year-only'), { birthDate: year });
  if (chance.happens(rateBefore(rates.firstOfJanuary, Number(year))))
    return (note('birth-first-of-january'), { birthDate: `${year}-01-01` });
  if (Number(day) <= 12 && day !== month && chance.happens(rates.dayMonth))
    return (note('birth-day-month'), { birthDate: `${year}-${day}-${month}` });
  if (chance.happens(rates.yearOff))
    return (note('birth-year-off'), { birthDate: `${Number(year) + chance.pick([-1, 1])}-${month}-${day}` });
  if (chance.happens(rates.digit)) {
    const wrong = wrongDate(chance, year, month, day);
    if (wrong !== person.born) return (note('birth-digit'), { birthDate: wrong });
  }
  return { birthDate: person.born };
}

function wrongDate(chance: Chance, year: string, month: string, day: string): string {
  const digits = wrongDigit(chance, `${year.slice(2)}${month}${day}`);
  const wrong = `${year.slice(0, 2)}${digits.slice(0, 2)}-${digits.slice(2, 4)}-${digits.slice(4)}`;
  const date = new Date(`${wrong}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== wrong || wrong > '2026-11'
    ? `${year}-${month}-${day}`
    : wrong;
}

function sexOf(chance: Chance, { sex }: Person, note: Note): { sex?: 'male' | 'female' } {
  if (chance.happens(RATES.sex.missing)) return (note('sex-missing'), {});
  if (chance.happens(RATES.sex.wrong))
    return (note('sex-wrong'), { sex: sex === 'male' ? 'female' : 'male' });
  return { sex };
}

function numbersOf(
  chance: Chance,
  person: Person,
  year: number,
  child: boolean,
  note: Note,
): { personNumber?: string; oldNumber?: string } {
  const rates = RATES.number;
  const shown = chance.happens(rateFrom(child ? rates.child : rates.adult, year));
  if (!shown) {
    if (!person.oldNumber || !chance.happens(rateFrom(rates.oldAlone, year))) return {};
    note('number-old');
    return { oldNumber: person.oldNumber };
  }
  const old = person.oldNumber && chance.happens(rates.oldBeside) ? { oldNumber: person.oldNumber } : {};
  if (person.relatives.length > 0 && chance.happens(rates.ofRelative)) {
    note('number-of-relative');
    return { personNumber: chance.pick(person.relatives).personNumber };
  }
  let number = person.personNumber;
  if (person.reissued && year >= 2024) {
    note('number-reissued');
    number = person.reissued;
  }
  if (chance.happens(rates.zeroLost))
    return (note('number-zero-lost'), { personNumber: number.slice(1), ...old });
  if (chance.happens(rates.typo))
    return (note('number-typo'), { personNumber: wrongDigit(chance, number), ...old });
  return { personNumber: number, ...old };
}

function insuranceOf(chance: Chance, person: Person, newborn: boolean, note: Note): { insurance?: string } {
  const rates = RATES.insurance;
  if (!person.insurance || !chance.happens(rates.shown)) return {};
  if (newborn) {
    note('insurance-temporary');
    return {
      insurance: `TE1${person.home.old.provinceCode}${'9'}${String(chance.whole(0, 999_999_999)).padStart(9, '0')}`,
    };
  }
  let number = person.insurance;
  const insured = person.relatives.filter((relative) => relative.insurance);
  if (insured.length > 0 && chance.happens(rates.ofRelative)) {
    note('insurance-of-relative');
    number = chance.pick(insured).insurance!;
  } else if (chance.happens(rates.typo)) {
    note('insurance-typo');
    number = wrongDigit(chance, number);
  }
  return {
    insurance: chance.happens(rates.asCard)
      ? `${person.insuranceGroup}${number.slice(0, 2)}${number}`
      : number,
  };
}

const OLD_PREFIX: Record<string, string> = {
  '032': '0162', '033': '0163', '034': '0164', '035': '0165', '036': '0166', '037': '0167', '038': '0168',
  '039': '0169', '070': '0120', '076': '0126', '077': '0122', '079': '0121',
}; // prettier-ignore

function phoneOf(chance: Chance, person: Person, child: boolean, on: string, note: Note): { phone?: string } {
  const rates = RATES.phone;
  if (!chance.happens(rates.shown)) return {};
  let phone = person.phone;
  if (child || (person.relatives.length > 0 && chance.happens(rates.ofRelative))) {
    note('phone-of-relative');
    phone =
      child && person.phoneOfRelative
        ? person.phoneOfRelative
        : (chance.pick(person.relatives)?.phone ?? phone);
  } else if (chance.happens(rates.changed)) {
    note('phone-changed');
    phone = `09${String(chance.whole(0, 99_999_999)).padStart(8, '0')}`;
  }
  if (chance.happens(rates.typo)) phone = phone.slice(0, 3) + wrongDigit(chance, phone.slice(3));
  const former = OLD_PREFIX[phone.slice(0, 3)];
  if (on < '2018-09-15' && former) {
    note('phone-11-digits');
    phone = former + phone.slice(3);
  }
  return { phone: chance.happens(0.06) ? `+84${phone.slice(1)}` : phone };
}

function addressOf(chance: Chance, person: Person, on: string, note: Note): Pick<LinkageRecord, 'address'> {
  const rates = RATES.address;
  if (chance.happens(rates.missing)) return (note('address-missing'), {});
  let home = person.home;
  if (person.otherHome !== home && chance.happens(rates.moved * 4)) {
    note('moved');
    home = person.otherHome;
  }
  const line = chance.happens(rates.lineRewritten) ? rewriteLine(chance, home.line) : home.line;
  if (on >= '2025-07-01' && !chance.happens(rates.threeTierAfter2025))
    return { address: { line, commune: home.now.commune, province: home.now.province } };
  note('address-three-tier');
  return {
    address: { line, commune: home.old.commune, district: home.old.district, province: home.old.province },
  };
}
