import type { Findings } from '../finding.ts';
import { spoiltText } from './legacy-fonts.ts';
import { hasMarks, isSyllable } from './syllable.ts';

/** What a file says, however it was stored; faults of its encoding are among the findings. */
export type Decoded = { text: string; bom: boolean };

/** Reads the bytes of a file as text. What is not UTF-8 is told of, and read by the best guess so that the rest can be checked. */
export function decode(bytes: Uint8Array, findings: Findings, path: string): Decoded {
  const wide = utf16Of(bytes);
  if (wide) {
    findings.add({
      rule: 'text-utf8',
      path,
      found: { vi: `Tệp lưu bằng ${wide.toUpperCase()}.`, en: `The file is ${wide.toUpperCase()}.` },
      fix: {
        vi: 'Ghi tệp bằng UTF-8 không BOM (trong .NET: new UTF8Encoding(false); trong Notepad++: Encoding → UTF-8).',
        en: 'Write the file as UTF-8 without BOM (.NET: new UTF8Encoding(false); Notepad++: Encoding → UTF-8).',
      },
    });
    const text = new TextDecoder(wide).decode(bytes);
    return { text: withoutDeclaration(text), bom: false };
  }
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), bom };
  } catch {
    return { text: guessed(bytes, findings, path), bom };
  }
}

function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes.length < 4) return undefined;
  if (bytes[1] === 0 && bytes[3] === 0) return 'utf-16le';
  return bytes[0] === 0 && bytes[2] === 0 ? 'utf-16be' : undefined;
}

/** A declaration of an encoding that was undone already. */
const withoutDeclaration = (text: string) => text.replace(/^(<\?xml[^>]*?)\s+encoding=["'][^"']*["']/, '$1');

const DIRECT = 'Xuất dữ liệu thẳng bằng UTF-8';

function guessed(bytes: Uint8Array, findings: Findings, path: string): string {
  const at = firstFault(bytes);
  const readings = [
    { how: 'Windows-1258', text: new TextDecoder('windows-1258').decode(bytes).normalize('NFC') },
    ...spoiltReadings(new TextDecoder('windows-1252').decode(bytes)),
  ];
  const best = readings.reduce((a, b) => (marked(b.text) > marked(a.text) ? b : a));
  const known = marked(best.text) > 0;
  const line = newlines(bytes, at) + 1;
  findings.add({
    rule: 'text-utf8',
    path,
    line,
    found: {
      vi: `Byte thứ ${at + 1} không phải UTF-8${known ? `; nội dung giống bảng mã ${best.how}` : ''}.`,
      en: `Byte ${at + 1} is not UTF-8${known ? `; the text looks like ${best.how}` : ''}.`,
    },
    fix: known
      ? {
          vi: `Chuyển từ ${best.how} sang Unicode khi đọc cơ sở dữ liệu rồi ${DIRECT.toLowerCase()}.`,
          en: `Convert from ${best.how} to Unicode where the database is read, and write UTF-8.`,
        }
      : {
          vi: `${DIRECT}; tệp có thể bị cắt giữa một ký tự hoặc ghép từ hai bảng mã.`,
          en: 'Write UTF-8; the file may be cut inside a character, or put together from two encodings.',
        },
  });
  const text = known ? best.text : new TextDecoder('utf-8').decode(bytes);
  return withoutDeclaration(text);
}

function spoiltReadings(text: string): { how: string; text: string }[] {
  const sample = text.split(/[<>"|^\r\n]+/).filter((part) => /[\u0080-\u02ff]/.test(part));
  const hows = new Map<string, number>();
  for (const part of sample.slice(0, 200)) {
    const spoilt = spoiltText(part);
    if (spoilt) hows.set(spoilt.how, (hows.get(spoilt.how) ?? 0) + 1);
  }
  const [how] = [...hows].sort(([, a], [, b]) => b - a)[0] ?? [];
  if (!how) return [];
  return [{ how, text: text.replace(/[^<>"|^\r\n]+/g, (part) => spoiltText(part)?.reads ?? part) }];
}

/** Words with Vietnamese marks that are Vietnamese. */
function marked(text: string): number {
  let count = 0;
  for (const [word] of text.slice(0, 200_000).matchAll(/[\p{L}\p{M}]+/gu))
    if (hasMarks(word) && isSyllable(word)) count++;
  return count;
}

/** The place, from 0, of the first byte that no UTF-8 has there. */
function firstFault(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  // a beginning is fine up to the fault: a cut-off last character is no fault while streaming
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isWell(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

function isWell(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function newlines(bytes: Uint8Array, before: number): number {
  let count = 0;
  for (let at = 0; at < before; at++) if (bytes[at] === 10) count++;
  return count;
}
