import type { Issue } from '@yba/fhir';
import type { RuleId, Severity, Words } from '../rules/rule.ts';
import { invariantWords } from './invariants.ts';
import { formOf } from './primitive-forms.ts';

/** Shows a value, or its shape. */
export type Show = (value: string) => string;

/** An issue of the validation in the words of the kit. */
export type Told = { rule: RuleId; severity: Severity; found: Words; fix: Words };

type Pattern = {
  test: RegExp;
  rule: RuleId;
  /** `$` are the parts that the pattern caught, values shown as the caller wants them. */
  words: (part: readonly string[], show: Show, element: string) => { found: Words; fix: Words };
};

const both = (vi: string, en: string): Words => ({ vi, en });

/** A value as the validation quotes it: `'text'`, `12`, `null`, `an array`. */
function value(quoted: string, show: Show): Words {
  const kinds: Record<string, string> = {
    'an array': 'một mảng',
    'an object': 'một đối tượng',
    null: 'null',
    true: 'true',
    false: 'false',
  };
  if (kinds[quoted]) return both(kinds[quoted], quoted);
  const text = show(quoted.replace(/^'([\s\S]*)'$/, '$1'));
  return both(text, text);
}

const bare = (text: string) => text.replace(/^'([\s\S]*)'$/, '$1');
const fixed = (vi: string, en: string, fixVi: string, fixEn: string) => () => ({
  found: both(vi, en),
  fix: both(fixVi, fixEn),
});

/** What the validation says, from the most to the least special. Source: the messages of @yba/fhir */
const patterns: readonly Pattern[] = [
  {
    test: /^must be absolute, as/,
    rule: 'fhir-full-url',
    words: fixed(
      'fullUrl không phải địa chỉ tuyệt đối.',
      'The fullUrl is not absolute.',
      'Ghi urn:uuid: và một UUID mới, ví dụ urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0001, hoặc https://….',
      'Write urn:uuid: and a new UUID, such as urn:uuid:6d2f0f2e-3c55-4a1e-9a57-2d3f1c0b0001, or https://….',
    ),
  },
  {
    test: /^should end with the id of the resource/,
    rule: 'fhir-full-url',
    words: fixed(
      'fullUrl không kết thúc bằng id của tài nguyên.',
      'The fullUrl does not end with the id of its resource.',
      'Ghi fullUrl là <địa chỉ gốc>/<loại>/<id>, hoặc urn:uuid và bỏ id.',
      'Write <base>/<type>/<id>, or a urn:uuid and leave the id out.',
    ),
  },
  {
    test: /^the profile ('.*') is not known here/s,
    rule: 'fhir-profile-known',
    words: ([, name = '']) => ({
      found: both(
        `Không biết hồ sơ kiểu ${bare(name)}, nên không kiểm được.`,
        `The profile ${bare(name)} is not known here, so it was not checked.`,
      ),
      fix: both(
        'Sửa địa chỉ trong meta.profile, hoặc lưu StructureDefinition của nó vào máy chủ trước.',
        'Mend the address in meta.profile, or store its StructureDefinition on the server first.',
      ),
    }),
  },
  {
    test: /^the profile ('.*') is about (\w+)\. Remove it/s,
    rule: 'fhir-profile',
    words: ([, name = '', type = '']) => ({
      found: both(
        `Hồ sơ kiểu ${bare(name)} dành cho ${type}.`,
        `The profile ${bare(name)} is about ${type}.`,
      ),
      fix: both(
        'Bỏ nó khỏi meta.profile của tài nguyên này.',
        'Remove it from meta.profile of this resource.',
      ),
    }),
  },
  {
    test: /^a contained resource must not contain others/,
    rule: 'fhir-contained',
    words: fixed(
      'Tài nguyên lồng bên trong lại lồng tài nguyên khác.',
      'A contained resource contains others.',
      'Đưa các tài nguyên đó lên contained của tài nguyên ngoài cùng.',
      'Move them to contained of the outermost resource.',
    ),
  },
  {
    test: /^('[\s\S]*'|[^']*) is not a valid xhtml\. ([\s\S]*)$/,
    rule: 'fhir-narrative',
    words: ([, , why = '']) => ({
      found: both(
        `Phần văn bản không phải XHTML cho phép: ${why}`,
        `The narrative is not XHTML as allowed: ${why}`,
      ),
      fix: both(
        'Chỉ dùng định dạng cơ bản trong một thẻ <div xmlns="http://www.w3.org/1999/xhtml">, hoặc bỏ text.',
        'Use basic formatting inside one <div xmlns="http://www.w3.org/1999/xhtml">, or leave text out.',
      ),
    }),
  },
  {
    test: /^('[\s\S]*'|[^']*) is not a valid (\w+)\. ([\s\S]*)$/,
    rule: 'fhir-value',
    words: ([, quoted = '', type = '', why = ''], show) => {
      const told = value(quoted, show);
      return {
        found: both(`${told.vi} không phải ${type} hợp lệ.`, `${told.en} is not a valid ${type}.`),
        fix: formOf(type, why),
      };
    },
  },
  {
    test: /^must be an object of type (\w+), found ([\s\S]*)\.$/,
    rule: 'fhir-structure',
    words: ([, type = '', quoted = ''], show) => {
      const told = value(quoted, show);
      return {
        found: both(
          `Phải là đối tượng ${type}, gặp ${told.vi}.`,
          `Must be an object of type ${type}, found ${told.en}.`,
        ),
        fix: both(`Ghi một đối tượng JSON { … } kiểu ${type}.`, `Write a JSON object { … } of type ${type}.`),
      };
    },
  },
  {
    test: /^must not be an empty (object|array|string)/,
    rule: 'fhir-structure',
    words: ([, kind = '']) => ({
      found: both(
        `Phần tử rỗng (${kind === 'object' ? '{}' : kind === 'array' ? '[]' : '""'}).`,
        `The element is empty (${kind}).`,
      ),
      fix: both('Bỏ hẳn phần tử khi không có giá trị.', 'Leave the element out when there is no value.'),
    }),
  },
  {
    test: /^repeats, so it must be an array: \[([\s\S]*)\]\.$/,
    rule: 'fhir-structure',
    words: fixed(
      'Phần tử lặp được nhưng không viết thành mảng.',
      'The element repeats, but is not written as an array.',
      'Đặt giá trị trong ngoặc vuông: [ … ].',
      'Put the value into square brackets: [ … ].',
    ),
  },
  {
    test: /^occurs at most once, so it must not be an array/,
    rule: 'fhir-structure',
    words: fixed(
      'Phần tử chỉ có một giá trị nhưng viết thành mảng.',
      'The element occurs at most once, but is written as an array.',
      'Bỏ ngoặc vuông, chỉ giữ một giá trị.',
      'Remove the square brackets and keep one value.',
    ),
  },
  {
    test: /^(must not be null|null is allowed in an array only)/,
    rule: 'fhir-structure',
    words: fixed(
      'Giá trị null.',
      'The value is null.',
      'Bỏ hẳn phần tử khi không có giá trị; FHIR không dùng null.',
      'Leave the element out when there is no value; FHIR has no null.',
    ),
  },
  {
    test: /^may have one type only, found ([\s\S]*)\. Keep one/,
    rule: 'fhir-structure',
    words: ([, found = '']) => ({
      found: both(`Có cùng lúc ${found.replace(' and ', ' và ')}.`, `Both are there: ${found}.`),
      fix: both('Chỉ giữ một trong số đó.', 'Keep one of them.'),
    }),
  },
  {
    test: /^is required(?: \(([\s\S]*)\))?\. Add it\.$/,
    rule: 'fhir-required',
    words: ([, types], _show, element) => ({
      found: both(`Thiếu “${element}”, phần tử bắt buộc.`, `“${element}” is missing; it is required.`),
      fix: both(
        `Thêm “${element}”${types ? ` (kiểu ${types})` : ''}.`,
        `Add “${element}”${types ? ` (type ${types})` : ''}.`,
      ),
    }),
  },
  {
    test: /^must occur at least (\d+) times, found (\d+)/,
    rule: 'fhir-required',
    words: ([, least = '', count = '']) => ({
      found: both(`Cần ít nhất ${least}, có ${count}.`, `At least ${least} are needed, found ${count}.`),
      fix: both(`Thêm cho đủ ${least}.`, `Add up to ${least}.`),
    }),
  },
  {
    test: /^(\w[\w.]*) has no (?:element )?'([^']*)'[.;]?\s*([\s\S]*)$/,
    rule: 'fhir-element',
    words: ([, type = '', name = '', hint = '']) => {
      const near = /Did you mean ([^?]*)\?/.exec(hint)?.[1];
      const choice = /allows ([\s\S]*)\.$/.exec(hint)?.[1];
      const right = near ?? choice;
      return {
        found: both(`${type} không có phần tử “${name}”.`, `${type} has no element “${name}”.`),
        fix: right
          ? both(
              `Đổi tên thành ${right.replace(' or ', ' hoặc ')}, hoặc bỏ phần tử này.`,
              `Rename it to ${right}, or remove it.`,
            )
          : both(
              'Bỏ phần tử này; dữ liệu riêng để trong extension.',
              'Remove it; data of your own go into an extension.',
            ),
      };
    },
  },
  {
    test: /^the extension (.*) may not stand here, only on ([\s\S]*)\.$/,
    rule: 'fhir-extension',
    words: ([, name = '', on = '']) => ({
      found: both(`Phần mở rộng ${name} không được đặt ở đây.`, `The extension ${name} may not stand here.`),
      fix: both(`Đặt nó ở ${on}.`, `Put it on ${on}.`),
    }),
  },
  {
    test: /^the modifier extension (.*) is not known here/,
    rule: 'fhir-extension',
    words: ([, url = '']) => ({
      found: both(
        `Không biết modifierExtension ${url}; nó đổi nghĩa dữ liệu nên nơi nhận có thể từ chối.`,
        `The modifierExtension ${url} is not known; it changes the meaning, so a receiver may refuse.`,
      ),
      fix: both(
        'Bỏ nó, hoặc lưu StructureDefinition của nó vào máy chủ trước.',
        'Leave it out, or store its StructureDefinition on the server first.',
      ),
    }),
  },
  {
    test: /^this extension may occur only once here/,
    rule: 'fhir-extension',
    words: fixed('Phần mở rộng lặp lại.', 'The extension is repeated.', 'Chỉ ghi một lần.', 'Give it once.'),
  },
  {
    test: /^an extension has either a value or extensions/,
    rule: 'fhir-extension',
    words: fixed(
      'Phần mở rộng vừa có giá trị vừa có phần mở rộng con, hoặc không có gì.',
      'The extension has both a value and extensions, or neither.',
      'Chỉ ghi value[x], hoặc chỉ ghi extension.',
      'Give value[x] alone, or extension alone.',
    ),
  },
  {
    test: /^([\w-]+) was not checked, .*?: ([\s\S]*)$/,
    rule: 'fhir-invariant',
    words: ([, key = '', human = '']) => ({
      found: both(
        `Chưa kiểm được quy tắc ${key}: ${human}`,
        `The rule ${key} could not be checked: ${human}`,
      ),
      fix: both(
        `Đối chiếu quy tắc ${key} bằng mắt; phần tử quá lớn hoặc có dạng lạ.`,
        `Compare with the rule ${key} by eye; the element is very large or of an unusual shape.`,
      ),
    }),
  },
  {
    test: /^resourceType is missing/,
    rule: 'fhir-type',
    words: fixed(
      'Thiếu resourceType.',
      'resourceType is missing.',
      'Thêm "resourceType" với tên loại, ví dụ "Patient".',
      'Add "resourceType" with the name of the type, such as "Patient".',
    ),
  },
  {
    test: /^resourceType ('[\s\S]*'|\S+) is no FHIR R4 resource type\.(?: Did you mean (.*)\?)?/,
    rule: 'fhir-type',
    words: ([, type = '', near]) => ({
      found: both(
        `${bare(type)} không phải loại tài nguyên của FHIR R4.`,
        `${bare(type)} is no resource type of FHIR R4.`,
      ),
      fix: near
        ? both(`Đổi thành ${near}.`, `Write ${near}.`)
        : both(
            'Dùng một loại của FHIR R4 (4.0.1), không phải của DSTU2 hay R5.',
            'Use a type of FHIR R4 (4.0.1), not of DSTU2 or R5.',
          ),
    }),
  },
  {
    test: /^must (be exactly|hold|be at least|be at most) ([\s\S]*)\.$/,
    rule: 'fhir-profile',
    words: ([, how = '', wanted = '']) => {
      const vi = {
        'be exactly': 'đúng bằng',
        hold: 'chứa',
        'be at least': 'ít nhất là',
        'be at most': 'nhiều nhất là',
      }[how];
      return {
        found: both('Giá trị khác điều hồ sơ kiểu quy định.', 'The value is not what the profile says.'),
        fix: both(`Ghi giá trị ${vi} ${wanted}.`, `The value must ${how} ${wanted}.`),
      };
    },
  },
  {
    test: /^must have at most (\d[\d,]*) characters/,
    rule: 'fhir-value',
    words: ([, most = '']) => ({
      found: both(`Dài quá ${most} ký tự.`, `Longer than ${most} characters.`),
      fix: both(`Rút ngắn còn nhiều nhất ${most} ký tự.`, `Shorten it to at most ${most} characters.`),
    }),
  },
  {
    test: /^must (?:meet one of the profiles|be a resource of type|be of type) ([\s\S]*)\.$/,
    rule: 'fhir-profile',
    words: ([, wanted = '']) => ({
      found: both('Kiểu khác điều hồ sơ kiểu quy định.', 'The type is not what the profile allows.'),
      fix: both(`Dùng ${wanted.replaceAll(' or ', ' hoặc ')}.`, `Use ${wanted}.`),
    }),
  },
  {
    test: /^must refer to ([\s\S]*), found ([\s\S]*)\.$/,
    rule: 'fhir-reference-type',
    words: ([, wanted = '', found = '']) => ({
      found: both(`Tham chiếu trỏ tới ${bare(found)}.`, `The reference leads to ${bare(found)}.`),
      fix: both(`Tham chiếu tới ${wanted.replaceAll(' or ', ' hoặc ')}.`, `Refer to ${wanted}.`),
    }),
  },
  {
    test: /^should not refer to (\w+)\. Listed: ([\s\S]*)\.$/,
    rule: 'fhir-reference-type',
    words: ([, type = '', listed = '']) => ({
      found: both(`Tham chiếu trỏ tới ${type}.`, `The reference leads to ${type}.`),
      fix: both(`Tham chiếu tới một trong: ${listed}.`, `Refer to one of: ${listed}.`),
    }),
  },
  {
    test: /^is (\w+), but the reference leads to (\w+)\./,
    rule: 'fhir-reference-type',
    words: ([, type = '', named = '']) => ({
      found: both(
        `Reference.type ghi ${type}, nhưng tham chiếu trỏ tới ${named}.`,
        `Reference.type says ${type}, the reference leads to ${named}.`,
      ),
      fix: both(`Ghi type là ${named}, hoặc bỏ type.`, `Write ${named} as the type, or leave it out.`),
    }),
  },
  {
    test: /^names '(.*)', which is no resource type\./,
    rule: 'fhir-reference',
    words: ([, type = '']) => ({
      found: both(
        `Tham chiếu ghi “${type}”, không phải loại tài nguyên.`,
        `The reference names “${type}”, which is no resource type.`,
      ),
      fix: both('Ghi <loại>/<id>, ví dụ Patient/123.', 'Write <type>/<id>, such as Patient/123.'),
    }),
  },
  {
    test: /^is no reference\.(?: Did you mean (\w+)\/…\?)?/,
    rule: 'fhir-reference',
    words: ([, near = 'Patient']) => ({
      found: both('Tham chiếu không có dạng Loại/id.', 'The reference has not the form Type/id.'),
      fix: both(`Ghi ${near}/ rồi id, ví dụ ${near}/123.`, `Write ${near}/ and the id, such as ${near}/123.`),
    }),
  },
  {
    test: /^is required of a contained resource/,
    rule: 'fhir-contained',
    words: fixed(
      'Tài nguyên lồng không có id.',
      'A contained resource has no id.',
      'Đặt id, và trỏ tới bằng #id.',
      'Give it an id, and refer to it by #id.',
    ),
  },
  {
    test: /^another contained resource has the id/,
    rule: 'fhir-contained',
    words: fixed(
      'Hai tài nguyên lồng có cùng id.',
      'Two contained resources have the same id.',
      'Đặt cho mỗi tài nguyên một id riêng, rồi sửa các tham chiếu #id.',
      'Give each an id of its own, and mend the references by #id.',
    ),
  },
  {
    test: /^the id of an element has no spaces/,
    rule: 'fhir-value',
    words: fixed(
      'id của phần tử có dấu cách.',
      'The id of the element has spaces.',
      'Bỏ dấu cách, hoặc bỏ id.',
      'Remove the spaces, or leave the id out.',
    ),
  },
  {
    test: /^('[\s\S]*') is not absolute\./,
    rule: 'fhir-extension',
    words: ([, url = '']) => ({
      found: both(
        `Phần mở rộng ${bare(url)} không ghi địa chỉ tuyệt đối.`,
        `The extension ${bare(url)} is not named by an absolute url.`,
      ),
      fix: both(
        'Ghi url của định nghĩa, dạng https://…; chỉ phần mở rộng con mới ghi tên ngắn.',
        'Write the url of its definition, https://…; only one within another has a short name.',
      ),
    }),
  },
  {
    test: /^txt-2: /,
    rule: 'fhir-narrative',
    words: fixed(
      'Phần văn bản không có chữ hay hình nào.',
      'The narrative has neither text nor an image.',
      'Ghi điều người đọc cần thấy, hoặc bỏ text.',
      'Write what a reader should see, or leave text out.',
    ),
  },
  {
    test: /^is not allowed\. Remove it/,
    rule: 'fhir-too-many',
    words: fixed(
      'Hồ sơ kiểu không cho phép phần tử này.',
      'The profile does not allow this element.',
      'Bỏ phần tử này.',
      'Remove it.',
    ),
  },
  {
    test: /^must occur at most (\d+) times, found (\d+)/,
    rule: 'fhir-too-many',
    words: ([, most = '', count = '']) => ({
      found: both(`Được nhiều nhất ${most}, có ${count}.`, `At most ${most} are allowed, found ${count}.`),
      fix: both(`Chỉ giữ ${most}.`, `Keep ${most}.`),
    }),
  },
  {
    test: /^needs (an item|\d+ items) of the slice '([^']*)', found (\d+)/,
    rule: 'fhir-required',
    words: ([, , slice = '', count = '']) => ({
      found: both(
        `Thiếu phần “${slice}” (có ${count}).`,
        `The slice “${slice}” is missing (found ${count}).`,
      ),
      fix: both(
        `Thêm mục “${slice}” như hồ sơ kiểu quy định.`,
        `Add an item for the slice “${slice}”, as the profile has it.`,
      ),
    }),
  },
  {
    test: /^may have at most (\d+) of the slice '([^']*)', found (\d+)/,
    rule: 'fhir-too-many',
    words: ([, most = '', slice = '', count = '']) => ({
      found: both(
        `Phần “${slice}” có ${count}, được nhiều nhất ${most}.`,
        `The slice “${slice}” occurs ${count} times, at most ${most} are allowed.`,
      ),
      fix: both(`Chỉ giữ ${most} mục “${slice}”.`, `Keep ${most} of “${slice}”.`),
    }),
  },
  {
    test: /^(belongs to none of the slices|stands too late)[:]? ?([\s\S]*)$/,
    rule: 'fhir-profile',
    words: ([whole = '']) => ({
      found: both(
        `Mục này không đúng chỗ trong danh sách chia phần: ${whole}`,
        `The item has no place in the slicing: ${whole}`,
      ),
      fix: both(
        'Bỏ mục này, hoặc xếp theo thứ tự hồ sơ kiểu quy định.',
        'Remove it, or put it in the order of the profile.',
      ),
    }),
  },
  {
    test: /^('[\s\S]*?') is not a code of UCUM\./,
    rule: 'fhir-unit',
    words: ([, code = '']) => ({
      found: both(`“${bare(code)}” không phải mã UCUM.`, `“${bare(code)}” is not a code of UCUM.`),
      fix: both(
        'Ghi mã UCUM (mg/dL, mmol/L, 10*9/L, Cel, [degF]); cách viết cho người đọc để ở unit.',
        'Write a code of UCUM (mg/dL, mmol/L, 10*9/L, Cel, [degF]); what people read goes into unit.',
      ),
    }),
  },
  {
    test: /^('[\s\S]*?') is not a code of (\S+?)\.(?: (Use one of: ([\s\S]*)\.|Use one of its codes[\s\S]*))?$/,
    rule: 'fhir-code',
    words: ([, code = '', set = '', , listed]) => ({
      found: both(
        `“${bare(code)}” không có trong danh mục ${set}.`,
        `“${bare(code)}” is not a code of ${set}.`,
      ),
      fix: listed
        ? both(`Dùng một trong: ${listed}.`, `Use one of: ${listed}.`)
        : both('Dùng mã của danh mục đó khi có mã phù hợp.', 'Use a code of that set where one fits.'),
    }),
  },
  {
    test: /^needs a coding with a code of (\S+?)\.(?: Use one of: ([\s\S]*)\.)?/,
    rule: 'fhir-code',
    words: ([, set = '', listed]) => ({
      found: both(`Không có mã nào của danh mục ${set}.`, `No coding has a code of ${set}.`),
      fix: both(
        `Thêm coding${listed ? ` với một trong: ${listed}` : ` của ${set}`}.`,
        `Add a coding${listed ? ` with one of: ${listed}` : ` of ${set}`}.`,
      ),
    }),
  },
  {
    test: /^no discriminator tells this slice from others/,
    rule: 'fhir-definition',
    words: fixed(
      'Không discriminator nào phân biệt phần này với phần khác, nên nó không được kiểm.',
      'No discriminator tells this slice from others, so it is not checked.',
      'Quy định một giá trị, mẫu, kiểu hoặc sự có mặt mà discriminator nêu tên.',
      'Fix a value, a pattern, a type or an existence that the discriminator names.',
    ),
  },
  {
    test: /^([\w-]+): ([\s\S]*)$/,
    rule: 'fhir-invariant',
    words: ([, key = '', human = '']) => invariantWords(key, human),
  },
];

const profileOf = / \(Profile ([^()]*)\)$/;

/** The issue in words, without its place. */
export function told({ severity, code, diagnostics = '', expression = [] }: Issue, show: Show): Told {
  const place = expression[0] ?? '';
  const profile = profileOf.exec(diagnostics)?.[1];
  const says = (
    diagnostics.startsWith(`${place}: `) ? diagnostics.slice(place.length + 2) : diagnostics
  ).replace(profileOf, '');
  const grave: Severity = severity === 'fatal' ? 'error' : severity;
  for (const { test, rule, words } of patterns) {
    const parts = test.exec(says);
    if (!parts) continue;
    const { found, fix } = words(parts, show, /(\w+)(\[\d+\])?$/.exec(place)?.[1] ?? place);
    const advised = rule === 'fhir-code' && grave !== 'error';
    return {
      rule: advised ? 'fhir-code-advised' : rule,
      severity: grave,
      found: inProfile(found, profile),
      fix,
    };
  }
  return {
    rule: code === 'invalid' ? 'fhir-definition' : 'fhir-structure',
    severity: grave,
    found: inProfile(both(`Sai quy tắc FHIR: ${says}`, says), profile),
    fix: both('Sửa phần tử này theo quy tắc vừa nêu.', 'Mend this element by the rule just named.'),
  };
}

const inProfile = ({ vi, en }: Words, profile: string | undefined): Words =>
  profile ? both(`${vi} (hồ sơ kiểu ${profile})`, `${en} (profile ${profile})`) : both(vi, en);
