import { extension } from '@yba/vietnam';
import { FIELDS } from './matching/index.ts';
import type { FieldName, Guard } from './matching/index.ts';
import type { FieldAgreement } from './online/find-likely.ts';

type Words = readonly [vi: string, en: string];

const FIELD_WORDS: Record<FieldName, Words> = {
  family: ['Họ', 'Family name'],
  middle: ['Tên đệm', 'Middle name'],
  given: ['Tên', 'Given name'],
  order: ['Thứ tự họ tên', 'Order of the name'],
  birth: ['Ngày sinh', 'Birth date'],
  sex: ['Giới tính', 'Sex'],
  person: ['Số định danh cá nhân', 'Person number'],
  old: ['Số CMND 9 số', '9-digit identity card'],
  insurance: ['Mã số BHXH', 'Insurance number'],
  phone: ['Điện thoại', 'Phone'],
  address: ['Địa chỉ', 'Address'],
  mother: ['Tên mẹ', 'Mother'],
};

const LEVEL_WORDS: Record<FieldName, Record<string, Words>> = {
  family: {
    same: ['giống hệt', 'the same'],
    'same-letters': ['cùng chữ cái, một bên thiếu dấu', 'same letters, one without marks'],
    regional: ['hai cách viết của cùng một họ theo miền', 'two regional spellings of one name'],
    similar: ['gần giống, có thể viết nhầm', 'nearly the same, perhaps a slip'],
    different: ['khác nhau', 'different'],
  },
  middle: {
    same: ['giống hệt', 'the same'],
    'same-letters': ['cùng chữ cái, một bên thiếu dấu', 'same letters, one without marks'],
    shorter: ['một bên viết thiếu hoặc viết tắt', 'one is shorter or abbreviated'],
    similar: ['gần giống, có thể viết nhầm', 'nearly the same, perhaps a slip'],
    different: ['khác nhau', 'different'],
  },
  given: {
    same: ['giống hệt', 'the same'],
    'same-letters': ['cùng chữ cái, một bên thiếu dấu', 'same letters, one without marks'],
    similar: ['gần giống, có thể viết nhầm', 'nearly the same, perhaps a slip'],
    different: ['khác nhau', 'different'],
  },
  order: {
    'as-usual': ['như thường', 'as usual'],
    swapped: ['một bên viết tên trước họ', 'one has the given name first'],
  },
  birth: {
    'same-day': ['cùng ngày', 'the same day'],
    vague: ['cùng năm, một bên chỉ biết năm', 'same year, one knows only the year'],
    'both-vague': ['cùng năm, cả hai chỉ biết năm', 'same year, both know only the year'],
    'day-month': ['ngày và tháng đổi chỗ cho nhau', 'day and month exchanged'],
    'one-digit': ['lệch một chữ số', 'one digit differs'],
    'year-off': ['cùng ngày tháng, lệch một năm', 'same day, one year apart'],
    'same-year': ['cùng năm, khác ngày', 'same year, another day'],
    near: ['gần năm', 'near in years'],
    different: ['khác nhau', 'different'],
  },
  sex: { same: ['giống nhau', 'the same'], different: ['khác nhau', 'different'] },
  person: {
    same: ['trùng số', 'the same number'],
    'one-digit': ['lệch một chữ số', 'one digit differs'],
    different: ['hai số khác nhau', 'two numbers'],
  },
  old: {
    same: ['trùng số', 'the same number'],
    'one-digit': ['lệch một chữ số', 'one digit differs'],
    different: ['hai số khác nhau', 'two numbers'],
  },
  insurance: {
    same: ['trùng số', 'the same number'],
    'one-digit': ['lệch một chữ số', 'one digit differs'],
    different: ['hai số khác nhau', 'two numbers'],
  },
  phone: { same: ['trùng số', 'the same number'], different: ['khác số', 'another number'] },
  address: {
    same: ['cùng nơi ở', 'the same home'],
    commune: ['cùng xã, phường', 'the same commune'],
    line: ['cùng số nhà, xóm; tên xã đổi khác', 'the same house or hamlet, another commune name'],
    province: ['cùng tỉnh, thành phố', 'the same province'],
    different: ['khác tỉnh, thành phố', 'another province'],
  },
  mother: {
    same: ['trùng tên mẹ', 'the same'],
    similar: ['tên mẹ gần giống', 'nearly the same'],
    different: ['khác tên mẹ', 'different'],
  },
};

const GUARD_WORDS: Record<Guard, Words> = {
  'number-disputed': [
    'Trùng số nhưng tên và ngày sinh đều khác: có thể đã dùng số của người thân',
    'The number agrees, name and birth do not: perhaps a relative’s number was used',
  ],
  twins: [
    'Cùng ngày sinh, tên chỉ khác một dấu hay một chữ: có thể là hai trẻ sinh đôi',
    'Same day of birth, names one mark or letter apart: perhaps twins',
  ],
  'newborn-twin': [
    'Trẻ sơ sinh là con sinh đôi: cần người xem giấy chứng sinh',
    'A newborn twin: look at the birth certificate',
  ],
};

/** Name of the level of a field: `same-day`. */
export const levelName = ({ field, level }: Pick<FieldAgreement, 'field' | 'level'>): string =>
  FIELDS[field][level - 1]!;

/** How a field compares, in Vietnamese and English: "Ngày sinh: cùng ngày". */
export function fieldWords(agreement: Pick<FieldAgreement, 'field' | 'level'>): Words {
  const [vi, en] = LEVEL_WORDS[agreement.field][levelName(agreement)]!;
  const field = FIELD_WORDS[agreement.field];
  return [`${field[0]}: ${vi}`, `${field[1]}: ${en}`];
}

/** Why a person must look, in both languages. */
export const guardWords = (guard: Guard): Words => GUARD_WORDS[guard];

/** The comparison of each field in words, with the bits it speaks for (or against) one person, as FHIR extensions. */
export function explain(fields: readonly FieldAgreement[]): object[] {
  return fields.map((each) => {
    const [vi, en] = fieldWords(each);
    return {
      url: extension('match-field'),
      extension: [
        { url: 'field', valueCode: each.field },
        { url: 'agreement', valueCode: levelName(each) },
        { url: 'bits', valueDecimal: Number(each.bits.toFixed(1)) },
        { url: 'vi', valueString: vi },
        { url: 'en', valueString: en },
      ],
    };
  });
}
