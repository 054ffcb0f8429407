import type { Words } from '../rules/rule.ts';

/** How a value of each primitive type reads. Source: https://hl7.org/fhir/R4/datatypes.html#primitive */
const forms: Readonly<Record<string, Words>> = {
  boolean: { vi: 'Ghi true hoặc false, không có dấu nháy.', en: 'Write true or false, without quotes.' },
  integer: { vi: 'Ghi số nguyên, không có dấu nháy.', en: 'Write a whole number, without quotes.' },
  unsignedInt: {
    vi: 'Ghi số nguyên từ 0, không có dấu nháy.',
    en: 'Write a whole number from 0, without quotes.',
  },
  positiveInt: {
    vi: 'Ghi số nguyên từ 1, không có dấu nháy.',
    en: 'Write a whole number from 1, without quotes.',
  },
  decimal: {
    vi: 'Ghi số JSON không có dấu nháy, phần lẻ sau dấu chấm: 7.2.',
    en: 'Write a JSON number without quotes, decimals after a dot: 7.2.',
  },
  date: {
    vi: 'Ghi ngày có thật theo mẫu 2024, 2024-03 hoặc 2024-03-31.',
    en: 'Write a day that exists as 2024, 2024-03 or 2024-03-31.',
  },
  dateTime: {
    vi: 'Ghi 2024-03-31 hoặc 2024-03-31T08:00:00+07:00; có giờ thì phải có giây và múi giờ.',
    en: 'Write 2024-03-31 or 2024-03-31T08:00:00+07:00; a time needs seconds and a time zone.',
  },
  instant: {
    vi: 'Ghi 2024-03-31T08:00:00+07:00, có giây và múi giờ.',
    en: 'Write 2024-03-31T08:00:00+07:00, with seconds and a time zone.',
  },
  time: { vi: 'Ghi giờ theo mẫu 08:00:00.', en: 'Write a time as 08:00:00.' },
  code: {
    vi: 'Ghi mã không có khoảng trắng ở đầu, cuối, và không có hai khoảng trắng liền nhau.',
    en: 'Write the code without spaces at its ends and with single spaces inside.',
  },
  id: {
    vi: 'Ghi id gồm 1 đến 64 chữ cái, chữ số, dấu - và dấu chấm.',
    en: 'Write an id of 1 to 64 letters, digits, - and dots.',
  },
  uri: {
    vi: 'Ghi URI không rỗng, không có khoảng trắng.',
    en: 'Write a URI that is not empty and has no spaces.',
  },
  url: {
    vi: 'Ghi URL không rỗng, không có khoảng trắng.',
    en: 'Write a URL that is not empty and has no spaces.',
  },
  canonical: {
    vi: 'Ghi địa chỉ không rỗng, không có khoảng trắng.',
    en: 'Write an address that is not empty and has no spaces.',
  },
  oid: { vi: 'Ghi theo mẫu urn:oid:1.2.3.', en: 'Write it as urn:oid:1.2.3.' },
  uuid: {
    vi: 'Ghi urn:uuid: và 36 ký tự thập lục phân chữ thường.',
    en: 'Write urn:uuid: and 36 lower-case hexadecimal digits and dashes.',
  },
  base64Binary: {
    vi: 'Ghi Base64: chữ, số, + và /, từng nhóm bốn, đệm bằng =.',
    en: 'Write Base64: letters, digits, + and /, in groups of four, filled up with =.',
  },
};

/** How a value of a type is to be written; `why` is what the validation says of the type alone. */
export function formOf(type: string, why: string): Words {
  if (/empty string/.test(why))
    return {
      vi: 'Bỏ hẳn phần tử khi không có giá trị; chuỗi rỗng không hợp lệ.',
      en: 'Leave the element out when there is no value; an empty string is not valid.',
    };
  if (/control characters/.test(why))
    return {
      vi: 'Bỏ các ký tự điều khiển (mã dưới 32) khỏi chuỗi.',
      en: 'Remove control characters (codes below 32) from the text.',
    };
  if (/day does not exist/.test(why))
    return {
      vi: 'Ngày này không có thật; kiểm lại ngày, tháng, năm.',
      en: 'This day does not exist; check day, month and year.',
    };
  if (/at most/.test(why))
    return {
      vi: 'Rút ngắn còn nhiều nhất 1.048.576 ký tự.',
      en: 'Shorten it to at most 1,048,576 characters.',
    };
  return (
    forms[type] ?? {
      vi: 'Ghi một chuỗi JSON trong dấu nháy kép.',
      en: 'Write a JSON string in double quotes.',
    }
  );
}
