import { Hl7v2Error, type Message, parseMessage, placeText } from '@yba/hl7v2';
import type { Findings } from '../finding.ts';
import type { CheckOptions, Seen } from '../options.ts';
import { checkLetters } from '../text/letters.ts';
import { checkHeader } from './header.ts';
import { checkFrames, checkWire } from './wire-rules.ts';
import { checkSegments } from './segments.ts';

/** What an HL7 file held. */
export type Hl7Content = { messages: number; segments: number };

/** Frames of MLLP, which files of captured traffic keep. */
const FRAMES = /[\u000b\u001c]/g;
const LINE_END = /\r\n|\r|\n/;

/**
 * Checks the text of a file of HL7 v2 messages in ER7, one after the other, with or without MLLP frames or batch segments.
 * What cannot be read is a finding too. `name` is how the file is called where a later one repeats a message of it.
 */
export function checkHl7(
  text: string,
  findings: Findings,
  options: CheckOptions,
  seen: Seen,
  name: string,
): Hl7Content {
  checkFrames(text, findings);
  const lines = text.replace(FRAMES, '').split(LINE_END);
  const starts = lines.flatMap((line, at) => (line.startsWith('MSH') ? [at] : []));
  const content = { messages: starts.length, segments: 0 };
  if (starts.length === 0) {
    findings.add({
      rule: 'hl7-header',
      path: 'MSH',
      line: 1,
      found: { vi: 'Không có đoạn MSH.', en: 'There is no MSH segment.' },
      fix: { vi: 'Bắt đầu bản tin bằng MSH|^~\\&|…', en: 'Begin the message with MSH|^~\\&|…' },
    });
    return content;
  }
  if (!text.includes('\r'))
    findings.add({
      rule: 'hl7-terminator',
      path: 'MSH',
      line: 1,
      found: { vi: 'Các đoạn kết thúc bằng LF.', en: 'Segments end with LF.' },
      fix: {
        vi: 'Trên đường truyền (MLLP), kết thúc mỗi đoạn bằng CR (0x0D).',
        en: 'On the wire (MLLP) end each segment with CR (0x0D).',
      },
    });
  starts.forEach((start, nth) => {
    const rows = lines
      .slice(start, starts[nth + 1])
      .map((row, at) => ({ row, line: start + at + 1 }))
      .filter(({ row }) => row.trim() !== '' && !/^(FHS|FTS|BHS|BTS)/.test(row));
    const before = findings.list.length;
    const message = read(rows.map(({ row }) => row).join('\r'), findings);
    if (message) {
      content.segments += message.segments.length;
      const place = `${name} ${nth + 1}`;
      checkHeader(message, rows.map(({ row }) => row).join(' '), findings, options, seen, place);
      checkSegments(
        message,
        (fault) => findings.add(fault),
        (value) => findings.show(value),
      );
      checkWire(message, findings);
      checkWords(message, findings);
    }
    for (const found of findings.list.slice(before)) {
      const at = message ? segmentOf(message, found.path) : 0;
      found.line ??= rows[Math.max(at, 0)]?.line ?? start + 1;
      if (starts.length > 1) found.path = `[${nth + 1}] ${found.path}`;
    }
  });
  return content;
}

/** MSH-1 and MSH-2: five characters that are no letters, each once. */
const SEPARATORS = /^MSH([^\w\s])[^\w\s]{3,5}\1/;

function read(text: string, findings: Findings): Message | undefined {
  if (!SEPARATORS.test(text)) {
    findings.add({
      rule: 'hl7-header',
      path: 'MSH',
      found: { vi: 'MSH-2 không có đủ ký tự phân tách.', en: 'MSH-2 does not give the separators.' },
      fix: {
        vi: 'Bắt đầu bản tin bằng MSH|^~\\&|ứng dụng gửi|…',
        en: 'Begin the message with MSH|^~\\&|sending application|…',
      },
    });
    return undefined;
  }
  try {
    return parseMessage(text);
  } catch (error) {
    if (!(error instanceof Hl7v2Error)) throw error;
    const path = placeText(error.place);
    const isHeader = path.startsWith('MSH');
    findings.add({
      rule: isHeader ? 'hl7-header' : 'hl7-segment',
      path,
      found: isHeader
        ? { vi: 'Không đọc được phần đầu bản tin.', en: 'The head of the message cannot be read.' }
        : { vi: 'Một dòng không phải là đoạn.', en: 'A line is not a segment.' },
      fix: error.remedy,
    });
    return undefined;
  }
}

/** The number, from 0, of the segment a path speaks of: `OBX[2]-5`. */
function segmentOf({ segments }: Message, path: string): number {
  const [, name, sequence = '1'] = /^([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?/.exec(path) ?? [];
  return segments.findIndex((one) => one.name === name && one.sequence === Number(sequence));
}

function checkWords({ segments, separators }: Message, findings: Findings): void {
  for (const segment of segments) {
    for (let field = 1; field <= segment.length; field++) {
      const raw = segment.raw(field);
      if (raw === '' || (segment.name === 'MSH' && field <= 2)) continue;
      const words = raw.split(separators.component).join(' ').split(separators.repetition).join(' ');
      checkLetters(
        words,
        () => ({ path: placeText({ segment: segment.name, sequence: segment.sequence, field }) }),
        findings,
      );
    }
  }
}
