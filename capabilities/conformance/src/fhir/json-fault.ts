import type { Fault } from '../finding.ts';
import type { Words } from '../rules/rule.ts';

const reasons: readonly [RegExp, Words, Words][] = [
  [
    /the text ends here/,
    { vi: 'tệp kết thúc giữa chừng', en: 'the text ends too early' },
    {
      vi: 'Xuất lại tệp cho đủ: bản này bị cắt, thiếu dấu đóng } hoặc ].',
      en: 'Export the file whole: this one is cut off, } or ] is missing.',
    },
  ],
  [
    /expected a property name in double quotes/,
    { vi: 'chờ tên thuộc tính trong dấu nháy kép', en: 'a property name in double quotes was expected' },
    {
      vi: 'Bỏ dấu phẩy thừa trước dấu }, hoặc đặt tên thuộc tính trong dấu nháy kép.',
      en: 'Remove a comma before }, or put the name into double quotes.',
    },
  ],
  [
    /expected ':'/,
    { vi: 'chờ dấu hai chấm sau tên thuộc tính', en: 'a colon was expected after the name' },
    { vi: 'Thêm dấu : giữa tên và giá trị.', en: 'Put : between name and value.' },
  ],
  [
    /expected ','/,
    { vi: 'chờ dấu phẩy hoặc dấu đóng', en: 'a comma or a closing bracket was expected' },
    {
      vi: 'Thêm dấu phẩy giữa hai phần tử, hoặc đóng } ] đúng chỗ.',
      en: 'Put a comma between the two, or close } ] where it belongs.',
    },
  ],
  [
    /expected a JSON value/,
    { vi: 'chờ một giá trị JSON', en: 'a JSON value was expected' },
    {
      vi: 'Ghi giá trị: chuỗi trong dấu nháy kép, số với dấu chấm thập phân, true, false, { hoặc [.',
      en: 'Write a value: a string in double quotes, a number with a decimal point, true, false, { or [.',
    },
  ],
  [
    /expected the end/,
    { vi: 'còn nội dung sau khi JSON đã kết thúc', en: 'something follows after the JSON ended' },
    {
      vi: 'Mỗi tệp một tài nguyên; nhiều tài nguyên thì gói trong Bundle, hoặc mỗi dòng một tài nguyên (.ndjson).',
      en: 'One resource a file; put several into a Bundle, or one on each line (.ndjson).',
    },
  ],
];

/** The finding for a text that is no JSON object, from what the reader says of it. */
export function jsonFault(said: string, text: string): Fault {
  const [, line, column] = /line (\d+), column (\d+)/.exec(said) ?? [];
  const rest = line
    ? text
        .split('\n')
        .slice(Number(line) - 1)
        .join('\n')
        .slice(Number(column) - 1)
    : '';
  // a string that never closes: the reader stops where it begins
  const message = /^"(?:[^"\\]|\\.)*$/s.test(rest) ? `${said} the text ends here` : said;
  const at = line ? { line: Number(line), column: Number(column) } : {};
  const twice = /The property '(.*)' stands twice/s.exec(message)?.[1];
  if (twice !== undefined)
    return {
      ...at,
      rule: 'fhir-json',
      path: twice,
      found: {
        vi: `Thuộc tính “${twice}” ghi hai lần trong một đối tượng.`,
        en: `The property “${twice}” stands twice in one object.`,
      },
      fix: {
        vi: 'Chỉ ghi một lần; nhiều giá trị thì dùng mảng [ … ].',
        en: 'Give it once; several values go into an array [ … ].',
      },
    };
  const reason = reasons.find(([pattern]) => pattern.test(message));
  if (reason)
    return {
      ...at,
      rule: 'fhir-json',
      path: '',
      found: { vi: `JSON sai cú pháp: ${reason[1].vi}.`, en: `Not well-formed JSON: ${reason[1].en}.` },
      fix: reason[2],
    };
  const deep = /nested deeper/.test(message);
  return {
    ...at,
    rule: 'fhir-json',
    path: '',
    found: deep
      ? { vi: 'JSON lồng quá 100 cấp.', en: 'The JSON is nested deeper than 100 levels.' }
      : { vi: 'Nội dung không phải một đối tượng JSON.', en: 'The content is not one JSON object.' },
    fix: deep
      ? { vi: 'Làm phẳng dữ liệu hoặc tách thành nhiều tài nguyên.', en: 'Flatten it, or send it in parts.' }
      : {
          vi: 'Gửi một tài nguyên FHIR hoặc Bundle: { "resourceType": … }, không phải mảng hay chuỗi.',
          en: 'Send a FHIR resource or Bundle: { "resourceType": … }, not an array or a string.',
        },
  };
}
