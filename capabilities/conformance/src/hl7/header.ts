import type { Message } from '@yba/hl7v2';
import { isFacilityCode } from '@yba/vietnam';
import type { Findings } from '../finding.ts';
import type { CheckOptions, Seen } from '../options.ts';
import { MESSAGES, VERSIONS } from './tables.ts';

/** What MSH says, held against the standard, the rest of the message, and messages before. */
export function checkHeader(
  { header, separators, first }: Message,
  text: string,
  findings: Findings,
  { facility }: CheckOptions,
  seen: Seen,
  place: string,
): void {
  const add = (rule: string, path: string, vi: string, en: string, fixVi: string, fixEn: string) =>
    findings.add({ rule, path, found: { vi, en }, fix: { vi: fixVi, en: fixEn } });
  const used = separators.component + separators.repetition + separators.escape + separators.subcomponent;
  if (separators.field !== '|' || used !== '^~\\&')
    add(
      'hl7-separators',
      'MSH-2',
      `Ký tự phân tách là ${separators.field}${used}.`,
      `The separators are ${separators.field}${used}.`,
      'Dùng |^~\\&; nhiều hệ thống không đọc ký tự khác.',
      'Use |^~\\&; many systems read no others.',
    );
  const { type, trigger, version, controlId } = header;
  const known = MESSAGES[type];
  if (type !== '' && !known)
    add(
      'hl7-type',
      'MSH-9.1',
      `Nền tảng không nhận bản tin ${type}.`,
      `The platform takes no ${type} messages.`,
      `Gửi một trong: ${Object.keys(MESSAGES).join(', ')}.`,
      `Send one of: ${Object.keys(MESSAGES).join(', ')}.`,
    );
  else if (known && !known.triggers.has(trigger))
    add(
      'hl7-type',
      'MSH-9.2',
      `Nền tảng không nhận sự kiện ${type}^${trigger || '(trống)'}.`,
      `The platform takes no ${type}^${trigger || '(empty)'}.`,
      `Ghi MSH-9 là ${type}^ và một trong: ${[...known.triggers].join(', ')}.`,
      `Write MSH-9 as ${type}^ and one of: ${[...known.triggers].join(', ')}.`,
    );
  const event = first('EVN')?.text(1) ?? '';
  if (event !== '' && trigger !== '' && event !== trigger)
    add(
      'hl7-trigger',
      'EVN-1',
      `EVN-1 là ${event}, MSH-9.2 là ${trigger}.`,
      `EVN-1 is ${event}, MSH-9.2 is ${trigger}.`,
      'Ghi cùng một sự kiện, hoặc để trống EVN-1.',
      'Write the same event, or leave EVN-1 empty.',
    );
  if (first('MSH')?.text(12) && !VERSIONS.has(version))
    add(
      'hl7-version',
      'MSH-12',
      `MSH-12 là ${findings.show(version)}.`,
      `MSH-12 is ${findings.show(version)}.`,
      'Ghi phiên bản HL7, ví dụ 2.5.1, không phải phiên bản phần mềm.',
      'Write the version of HL7, such as 2.5.1, not that of your software.',
    );
  const set = first('MSH')?.text(18) ?? '';
  if (/[^\u0000-\u007f]/.test(text) && !/^(UNICODE( UTF-8)?|UTF-8)$/i.test(set))
    add(
      'hl7-charset',
      'MSH-18',
      set ? `MSH-18 là ${set}.` : 'Bản tin có chữ ngoài ASCII nhưng MSH-18 trống.',
      set ? `MSH-18 is ${set}.` : 'There are letters beyond ASCII, but MSH-18 is empty.',
      'Ghi MSH-18 là UNICODE UTF-8 và gửi bằng UTF-8.',
      'Write UNICODE UTF-8 in MSH-18, and send UTF-8.',
    );
  if (facility && header.sendingFacility !== facility)
    add(
      'hl7-facility',
      'MSH-4',
      `MSH-4 là ${isFacilityCode(header.sendingFacility) ? header.sendingFacility : findings.show(header.sendingFacility)}, nơi gửi là ${facility}.`,
      `MSH-4 is ${isFacilityCode(header.sendingFacility) ? header.sendingFacility : findings.show(header.sendingFacility)}, the sender is ${facility}.`,
      `Ghi ${facility} ở MSH-4.`,
      `Write ${facility} in MSH-4.`,
    );
  noteControlId(
    `${header.sendingApplication} ${header.sendingFacility} ${controlId}`,
    controlId,
    findings,
    seen,
    place,
  );
}

function noteControlId(key: string, controlId: string, findings: Findings, seen: Seen, place: string): void {
  if (controlId === '') return; // told as missing
  const before = seen.messages.get(key);
  if (before === undefined) return void seen.messages.set(key, place);
  findings.add({
    rule: 'hl7-control-id',
    path: 'MSH-10',
    found: {
      vi: `MSH-10 này đã dùng ở bản tin ${before}.`,
      en: `This MSH-10 was used in message ${before}.`,
    },
    fix: {
      vi: 'Cấp cho mỗi bản tin một mã riêng (bộ đếm hoặc UUID); chỉ gửi lại y nguyên mới dùng lại mã.',
      en: 'Give each message an id of its own (a counter, a UUID); only the very same message keeps it when sent again.',
    },
  });
}
