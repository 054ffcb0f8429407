import type { Fault, Findings } from '../finding.ts';
import { spoiltText } from './legacy-fonts.ts';
import { isSyllable } from './syllable.ts';

/** Anything a check of letters could speak of. */
const suspicious = /[\u0080-\u036f\ufffd\u2013-\u203a\u20ac]/;

type At = Pick<Fault, 'path' | 'line' | 'column'>;

/** Checks that the words of one value are Vietnamese in Unicode, composed, and whole. */
export function checkLetters(value: string, at: () => At, findings: Findings): void {
  checkTyped(value, at, findings);
  if (!suspicious.test(value)) return;
  const spoilt = spoiltText(value);
  if (spoilt) {
    const twice = spoilt.how === 'UTF-8 twice';
    findings.add({
      ...at(),
      rule: twice ? 'text-encoded-twice' : 'text-legacy-font',
      found: twice
        ? {
            vi: `${findings.show(value)} đã qua mã hóa UTF-8 hai lần; đúng ra là ${findings.show(spoilt.reads)}.`,
            en: `${findings.show(value)} was encoded as UTF-8 twice; it should read ${findings.show(spoilt.reads)}.`,
          }
        : {
            vi: `${findings.show(value)} viết theo phông ${spoilt.how}; đúng ra là ${findings.show(spoilt.reads)}.`,
            en: `${findings.show(value)} is in the font ${spoilt.how}; it should read ${findings.show(spoilt.reads)}.`,
          },
      fix: twice
        ? {
            vi: 'Đọc nguồn bằng đúng bảng mã của nó (UTF-8), rồi chỉ mã hóa UTF-8 một lần khi ghi.',
            en: 'Read the source in its own encoding (UTF-8), and encode as UTF-8 once, when writing.',
          }
        : {
            vi: `Chuyển ${spoilt.how} sang Unicode dựng sẵn trước khi xuất.`,
            en: `Convert ${spoilt.how} to composed Unicode before exporting.`,
          },
    });
    return;
  }
  if (value.includes('\ufffd'))
    findings.add({
      ...at(),
      rule: 'text-lost',
      severity: /\p{L}\ufffd|\ufffd\p{L}/u.test(value) ? 'error' : 'warning',
      found: {
        vi: `${findings.show(value)} có ký tự � thay cho chữ đã mất.`,
        en: `${findings.show(value)} has � where letters were lost.`,
      },
      fix: {
        vi: 'Sửa bước chuyển bảng mã làm mất chữ rồi xuất lại từ nguồn; ký tự � không khôi phục được.',
        en: 'Mend the conversion that loses letters and export again from the source; � cannot be brought back.',
      },
    });
  if (
    /\p{L}[\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323]/u.test(value) &&
    value.normalize('NFC') !== value
  )
    findings.add({
      ...at(),
      rule: 'text-composed',
      found: {
        vi: `${findings.show(value.normalize('NFC'))} viết bằng chữ cái và dấu rời (tổ hợp, NFD).`,
        en: `${findings.show(value.normalize('NFC'))} is written in letters and separate marks (NFD).`,
      },
      fix: {
        vi: 'Chuẩn hóa về NFC khi xuất (.NET: s.Normalize(); Java: Normalizer.normalize(s, Form.NFC)).',
        en: 'Normalise to NFC when exporting (.NET: s.Normalize(); Java: Normalizer.normalize(s, Form.NFC)).',
      },
    });
  if (/[Ðð]/.test(value) && hasEth(value))
    findings.add({
      ...at(),
      rule: 'text-eth',
      found: {
        vi: `${findings.show(value)} dùng chữ Ð của tiếng Iceland (U+00D0) thay cho Đ.`,
        en: `${findings.show(value)} has the Icelandic letter Ð (U+00D0) in place of Đ.`,
      },
      fix: {
        vi: 'Thay Ð (U+00D0) bằng Đ (U+0110) và ð bằng đ (U+0111); tìm kiếm theo tên mới khớp.',
        en: 'Replace Ð (U+00D0) by Đ (U+0110) and ð by đ (U+0111), so that a search by name matches.',
      },
    });
}

/** What was lost or put in where a value was typed or copied: question marks for letters, invisible characters, HTML. */
function checkTyped(value: string, at: () => At, findings: Findings): void {
  if (/\p{L}\?\p{L}/u.test(value) && (value.match(/\p{L}\?/gu)?.length ?? 0) > 1 && !value.includes('://'))
    findings.add({
      ...at(),
      rule: 'text-lost',
      found: {
        vi: `${findings.show(value)} có dấu ? thay cho chữ có dấu.`,
        en: `${findings.show(value)} has ? where letters with marks were.`,
      },
      fix: {
        vi: "Dùng kiểu Unicode trong cơ sở dữ liệu và câu lệnh (nvarchar, N'…'), rồi xuất lại từ nguồn.",
        en: "Use Unicode types in the database and its statements (nvarchar, N'…'), and export again from the source.",
      },
    });
  if (/[\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]/.test(value))
    findings.add({
      ...at(),
      rule: 'text-invisible',
      found: {
        vi: `${findings.show(value.replace(/[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]/g, '·'))} có ký tự vô hình (U+${invisible(value)}).`,
        en: `${findings.show(value.replace(/[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]/g, '·'))} has an invisible character (U+${invisible(value)}).`,
      },
      fix: {
        vi: 'Thay bằng khoảng trắng thường hoặc bỏ đi khi lưu; tìm theo tên sẽ không khớp.',
        en: 'Replace it by a plain space or remove it when saving; a search by name would not match.',
      },
    });
  if (/&(amp|lt|gt|quot|apos|nbsp|#\d+|#x[0-9a-f]+);/i.test(value))
    findings.add({
      ...at(),
      rule: 'text-escaped',
      found: {
        vi: `${findings.show(value)} có mã HTML (&…;).`,
        en: `${findings.show(value)} has an entity of HTML (&…;).`,
      },
      fix: {
        vi: 'Giải mã HTML trước khi xuất, và chỉ để bộ ghi XML hoặc JSON thoát ký tự một lần.',
        en: 'Decode HTML before exporting, and leave escaping to the writer of XML or JSON, once.',
      },
    });
}

const invisible = (value: string) =>
  /[\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]/
    .exec(value)![0]
    .codePointAt(0)!
    .toString(16)
    .toUpperCase()
    .padStart(4, '0');

/** Whether a word is Vietnamese but for the letter Ð. */
const hasEth = (value: string) =>
  value
    .split(/[\s\p{P}]+/u)
    .some((word) => /[Ðð]/.test(word) && isSyllable(word.replace(/Ð/g, 'Đ').replace(/ð/g, 'đ')));
