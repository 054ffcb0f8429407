import { AT, FIELD_NAMES, level } from './fields.ts';
import { MOST_WORDS } from './read-name.ts';
import { isOneDigitOff } from './read-numbers.ts';
import { MOTHER_PLAIN, NEWBORN, PLAIN } from './table.ts';
import type { Table } from './table.ts';

const FAMILY = { same: 1, letters: 2, regional: 3, similar: 4, different: 5 };
const MIDDLE = { same: 1, letters: 2, shorter: 3, similar: 4, different: 5 };
const GIVEN = { same: 1, letters: 2, similar: 3, different: 4 };

/** A fresh list for `compare` to fill. */
export const newLevels = (): Uint8Array => new Uint8Array(FIELD_NAMES.length);

/** Compares two rows of a table in every field; fills and answers `levels`. */
export function compare(table: Table, one: number, other: number, levels: Uint8Array): Uint8Array {
  levels.fill(0);
  if (((table.flags[one]! | table.flags[other]!) & NEWBORN) === 0) compareNames(table, one, other, levels);
  levels[AT.birth] = compareBirths(table, table.birth[one]!, table.birth[other]!);
  const [sexOne, sexOther] = [table.sex[one]!, table.sex[other]!];
  if (sexOne !== 0 && sexOther !== 0) levels[AT.sex] = sexOne === sexOther ? 1 : 2;
  if (
    table.rules.has('middle-sex') &&
    levels[AT.sex] === 1 &&
    levels[AT.middle] === MIDDLE.same &&
    table.middleSex(one) !== 0
  )
    levels[AT.sex] = 0;
  levels[AT.person] = compareNumbers(table.person[one]!, table.person[other]!, 12);
  levels[AT.old] = compareNumbers(table.old[one]!, table.old[other]!, 9);
  levels[AT.insurance] = compareNumbers(table.insurance[one]!, table.insurance[other]!, 10);
  const [phoneOne, phoneOther] = [table.phone[one]!, table.phone[other]!];
  if (phoneOne !== 0 && phoneOther !== 0) levels[AT.phone] = phoneOne === phoneOther ? 1 : 2;
  levels[AT.address] = compareAddresses(table, one, other);
  levels[AT.mother] = compareMothers(table, one, other);
  if (
    table.rules.has('shared-phones') &&
    (levels[AT.given] === GIVEN.different || levels[AT.birth]! >= BIRTH.sameYear)
  ) {
    if (levels[AT.phone] === 1) levels[AT.phone] = 0;
    if (levels[AT.address]! < 4) levels[AT.address] = 0;
    if (levels[AT.mother]! < 3) levels[AT.mother] = 0;
  }
  return levels;
}

function compareNames(table: Table, one: number, other: number, levels: Uint8Array): void {
  align(table, one, other, 0, 0, levels);
  if (levels[AT.given] === 0) return;
  levels[AT.order] = 1;
  const isGood = levels[AT.given] !== GIVEN.different;
  if (isGood || !table.rules.has('name-order')) return;
  for (const [turnOne, turnOther] of [
    [0, 1],
    [1, 0],
  ] as const) {
    align(table, one, other, turnOne, turnOther, swapped);
    if (
      swapped[AT.given] !== GIVEN.different &&
      swapped[AT.given] !== 0 &&
      swapped[AT.family]! < FAMILY.similar
    ) {
      levels.set(swapped.subarray(0, 3));
      levels[AT.order] = 2;
      return;
    }
  }
}

const swapped = newLevels();

/** Family, middle and given words side by side; `turn` 1 takes the first word as the given name. */
function align(
  table: Table,
  one: number,
  other: number,
  turnOne: number,
  turnOther: number,
  levels: Uint8Array,
): void {
  const { name } = table;
  const [lengthOne, lengthOther] = [table.length(one), table.length(other)];
  levels[AT.family] = levels[AT.middle] = levels[AT.given] = 0;
  if (lengthOne === 0 || lengthOther === 0) return;
  const word = (row: number, length: number, turn: number, at: number) =>
    name[row * MOST_WORDS + ((at + turn) % length)]!;
  const plain = ((table.flags[one]! | table.flags[other]!) & PLAIN) !== 0;
  levels[AT.given] = compareWords(
    table,
    word(one, lengthOne, turnOne, lengthOne - 1),
    word(other, lengthOther, turnOther, lengthOther - 1),
    plain,
    GIVEN.similar,
  );
  if (lengthOne === 1 || lengthOther === 1) return;
  levels[AT.family] = compareFamilies(
    table,
    word(one, lengthOne, turnOne, 0),
    word(other, lengthOther, turnOther, 0),
    plain,
  );
  const [middles, otherMiddles] = [lengthOne - 2, lengthOther - 2];
  let [same, letters, similar] = [0, 0, 0];
  for (let at = 1; at <= middles; at++) {
    let best = GIVEN.different;
    for (let beside = 1; beside <= otherMiddles && best !== GIVEN.same; beside++)
      best = Math.min(
        best,
        compareWords(
          table,
          word(one, lengthOne, turnOne, at),
          word(other, lengthOther, turnOther, beside),
          plain,
          GIVEN.similar,
        ),
      );
    if (best === GIVEN.same) same++;
    else if (best === GIVEN.letters) letters++;
    else if (best === GIVEN.similar) similar++;
  }
  const [fewer, more] = middles < otherMiddles ? [middles, otherMiddles] : [otherMiddles, middles];
  levels[AT.middle] =
    more === 0 ? MIDDLE.same
    : fewer === more && same === more ? MIDDLE.same
    : fewer === more && same + letters === more ? MIDDLE.letters
    : fewer < more && same + letters >= fewer ? MIDDLE.shorter
    : initialsAgree(table, one, other, lengthOne, lengthOther) ? MIDDLE.shorter
    : same + letters + similar > 0 ? MIDDLE.similar
    : MIDDLE.different; // prettier-ignore
}

/** 1 same, 2 same letters where marks may be missing, `similar`, or one more: different. */
function compareWords(table: Table, one: number, other: number, plain: boolean, similar: number): number {
  if (one === other) return 1;
  const { words, rules } = table;
  if (words.fold[one] === words.fold[other]) {
    if (plain || isUnmarked(table, one, other)) return 2;
    if (
      rules.has('d-stroke') &&
      words.toned[one]!.replace('đ', 'd') === words.toned[other]!.replace('đ', 'd')
    )
      return 2;
    return similar;
  }
  return words.similar(one, other) ? similar : similar + 1;
}

/** Typing leftovers are read as letters only: such a word says nothing of marks. */
const isUnmarked = ({ words }: Table, one: number, other: number): boolean =>
  words.unsure[one]! || words.unsure[other]! || words.toned[one] === words.toned[other];

const REGIONAL: Record<string, string> = { huynh: 'hoang', vo: 'vu' };

function compareFamilies(table: Table, one: number, other: number, plain: boolean): number {
  const compared = compareWords(table, one, other, plain, FAMILY.similar);
  if (compared < FAMILY.similar || !table.rules.has('regional-family')) return compared;
  const [a, b] = [table.words.folded[one]!, table.words.folded[other]!];
  return (REGIONAL[a] ?? a) === (REGIONAL[b] ?? b) ? FAMILY.regional : compared;
}

/** "T." for "Thị". */
function initialsAgree(
  table: Table,
  one: number,
  other: number,
  lengthOne: number,
  lengthOther: number,
): boolean {
  if (lengthOne !== lengthOther || lengthOne < 3) return false;
  const { words, name } = table;
  for (let at = 1; at < lengthOne - 1; at++) {
    const [a, b] = [
      words.folded[name[one * MOST_WORDS + at]!]!,
      words.folded[name[other * MOST_WORDS + at]!]!,
    ];
    if (a !== b && !(a[0] === b[0] && (a.length === 1 || b.length === 1))) return false;
  }
  return true;
}

const BIRTH = {
  sameDay: level('birth', 'same-day'),
  vague: level('birth', 'vague'),
  bothVague: level('birth', 'both-vague'),
  dayMonth: level('birth', 'day-month'),
  oneDigit: level('birth', 'one-digit'),
  yearOff: level('birth', 'year-off'),
  sameYear: level('birth', 'same-year'),
  near: level('birth', 'near'),
  different: level('birth', 'different'),
};

function compareBirths(table: Table, one: number, other: number): number {
  if (one === 0 || other === 0) return 0;
  const vagueRule = table.rules.has('vague-birth');
  const [vagueOne, vagueOther] = [isVague(one, vagueRule), isVague(other, vagueRule)];
  const years = Math.abs(Math.floor(one / 10_000) - Math.floor(other / 10_000));
  if (vagueOne || vagueOther) {
    if (years === 0) return vagueOne && vagueOther ? BIRTH.bothVague : BIRTH.vague;
    return years <= 1 ? BIRTH.near : BIRTH.different;
  }
  if (one === other) return BIRTH.sameDay;
  const [dayOne, dayOther] = [one % 10_000, other % 10_000];
  if (
    years === 0 &&
    Math.floor(dayOne / 100) === dayOther % 100 &&
    dayOne % 100 === Math.floor(dayOther / 100)
  )
    return BIRTH.dayMonth;
  if (dayOne === dayOther && years === 1) return BIRTH.yearOff;
  if (isOneDigitOff(one, other, 8)) return BIRTH.oneDigit;
  if (years === 0) return BIRTH.sameYear;
  return years <= 1 ? BIRTH.near : BIRTH.different;
}

/** Only the year is known; or 1 January, which stands for that. */
export const isVague = (birth: number, rule: boolean): boolean =>
  birth % 100 === 0 || (rule && birth % 10_000 === 101);

function compareNumbers(one: number, other: number, length: number): number {
  if (one === 0 || other === 0) return 0;
  if (one === other) return 1;
  return isOneDigitOff(one, other, length) ? 2 : 3;
}

function compareAddresses(table: Table, one: number, other: number): number {
  const [provinceOne, provinceOther] = [table.province[one]!, table.province[other]!];
  if (provinceOne === 0 || provinceOther === 0) return 0;
  if (provinceOne !== provinceOther) return 5;
  const line = table.line[one] !== 0 && table.line[one] === table.line[other];
  if (table.commune[one] !== 0 && table.commune[one] === table.commune[other]) return line ? 1 : 2;
  return line ? 3 : 4;
}

/** The mother as told, or as a newborn is called after her. */
function compareMothers(table: Table, one: number, other: number): number {
  const [lengthOne, lengthOther] = [table.length(one, table.mother), table.length(other, table.mother)];
  if (lengthOne === 0 || lengthOther === 0) return 0;
  const plain = ((table.flags[one]! | table.flags[other]!) & MOTHER_PLAIN) !== 0;
  if (lengthOne !== lengthOther) {
    const [a, b] = [
      table.mother[one * MOST_WORDS + lengthOne - 1]!,
      table.mother[other * MOST_WORDS + lengthOther - 1]!,
    ];
    return compareWords(table, a, b, plain, 3) <= 2 &&
      table.words.fold[table.mother[one * MOST_WORDS]!] ===
        table.words.fold[table.mother[other * MOST_WORDS]!]
      ? 2
      : 3;
  }
  let worst = 1;
  for (let at = 0; at < lengthOne; at++) {
    const compared = compareWords(
      table,
      table.mother[one * MOST_WORDS + at]!,
      table.mother[other * MOST_WORDS + at]!,
      plain,
      3,
    );
    worst = Math.max(worst, compared <= 2 ? 1 : compared === 3 ? 2 : 3);
  }
  return worst;
}
