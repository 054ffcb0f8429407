import type { TestFinding } from './books.ts';
import type { ReadBack, Sample } from './sample.ts';

type Words = { vi: string; en: string };
type Check = { title: Words; fix: Words; same(said: string, expected: string): boolean };

const exactly = (said: string, expected: string) => said === expected;
const check = (title: Words, fix: Words, same = exactly): Check => ({ title, fix, same });

/** What must be read of a sample, each with what usually went wrong where it was not. */
const CHECKS: Readonly<Record<string, Check>> = {
  name: check(
    { vi: 'Đọc đúng họ tên', en: 'The name is read as it is' },
    {
      vi: 'Đọc JSON bằng UTF-8 và giữ chữ dựng sẵn (NFC); cột trong cơ sở dữ liệu phải là Unicode (nvarchar, utf8mb4).',
      en: 'Read the JSON as UTF-8 and keep composed letters (NFC); the column of your database must be Unicode (nvarchar, utf8mb4).',
    },
  ),
  personNumber: check(
    { vi: 'Đọc đúng số định danh', en: 'The person number is read as it is' },
    {
      vi: 'Lưu số định danh là chữ, không phải số: số 0 ở đầu không được mất.',
      en: 'Keep the person number as text, not as a number: its leading zero must stay.',
    },
  ),
  birthDate: check(
    { vi: 'Đọc đúng ngày sinh', en: 'The date of birth is read as it is' },
    {
      vi: 'Ghi lại theo mẫu yyyy-MM-dd; không đổi ngày sang múi giờ nào.',
      en: 'Say it as yyyy-MM-dd; a date is not moved by any time zone.',
    },
  ),
  sender: check(
    { vi: 'Đọc đúng mã cơ sở gửi', en: 'The code of the sender is read as it is' },
    {
      vi: 'Lấy Encounter.serviceProvider.identifier.value và lưu là chữ: số 0 ở đầu không được mất.',
      en: 'Take Encounter.serviceProvider.identifier.value and keep it as text: its leading zero must stay.',
    },
  ),
  value: check(
    { vi: 'Giữ mọi chữ số của kết quả', en: 'A result keeps its digits' },
    {
      vi: 'Đọc số thập phân bằng kiểu decimal, không phải float: số 0 ở cuối cho biết độ chính xác.',
      en: 'Read decimals as a decimal type, not a float: a last digit of 0 tells the precision.',
    },
  ),
  unit: check(
    { vi: 'Đọc đúng đơn vị', en: 'The unit is read as it is' },
    { vi: 'Lấy valueQuantity.unit cùng với giá trị.', en: 'Take valueQuantity.unit along with the value.' },
  ),
  effective: check(
    { vi: 'Đọc đúng thời điểm', en: 'The instant is read as it is' },
    {
      vi: 'Đổi từ múi giờ của dữ liệu (Z là UTC) sang giờ Việt Nam, và ghi kèm múi giờ: 2026-11-21T01:30:00+07:00.',
      en: 'Turn it from its own zone (Z is UTC) into Vietnamese time, and say the zone: 2026-11-21T01:30:00+07:00.',
    },
    (said, expected) => /(Z|[+-]\d\d:\d\d)$/.test(said) && Date.parse(said) === Date.parse(expected),
  ),
};

const SOURCE = 'Y Bạ: docs/directory.md';

/** What software read wrongly of a sample, one finding for each field; none where it read all of it. */
export function checkReadBack({ id, expected }: Sample, said: ReadBack): TestFinding[] {
  if (said['sample'] !== id)
    return [
      finding('sample', {
        title: { vi: 'Trả lời đúng mẫu', en: 'The answer is about the sample' },
        fix: {
          vi: 'Lấy lại mẫu bằng GET $onboarding-sample và ghi mã của nó ở phần sample.',
          en: 'Fetch the sample with GET $onboarding-sample, and say its id in the part sample.',
        },
        same: exactly,
      }),
    ];
  return Object.entries(CHECKS).flatMap(([field, one]) =>
    one.same(said[field] ?? '', expected[field]!) ? [] : [finding(field, one, said[field] === undefined)],
  );
}

const finding = (field: string, { title, fix }: Check, missing = false): TestFinding => ({
  severity: 'error',
  rule: `read-${field}`,
  title,
  source: SOURCE,
  file: 'received',
  path: `received.${field}`,
  found: missing
    ? { vi: `Thiếu phần ${field}.`, en: `The part ${field} is missing.` }
    : { vi: `${field} không phải điều mẫu ghi.`, en: `${field} is not what the sample says.` },
  fix,
});

/** The fields that are asked of a sample. */
export const READ_FIELDS: readonly string[] = ['sample', ...Object.keys(CHECKS)];
