import { Hl7v2Error } from './hl7v2-error.ts';

/** Names of HL7 table 0211 and the encodings behind them; others are tried by their own name. */
const LABELS: Readonly<Record<string, string>> = {
  '': 'utf-8',
  'UNICODE UTF-8': 'utf-8',
  UNICODE: 'utf-8',
  'UTF-8': 'utf-8',
  ASCII: 'utf-8',
  '8859/1': 'iso-8859-1',
  '8859/15': 'iso-8859-15',
  'UNICODE UTF-16': 'utf-16le',
  'WINDOWS-1258': 'windows-1258',
  CP1258: 'windows-1258',
  'GB 18030-2000': 'gb18030',
};

/** MSH-18 of a message that cannot be read as text yet: the header is ASCII up to there. */
const NAMED = /^MSH(.)[^\r\n]*/;

/**
 * A message's bytes as text in NFC, in the character set that MSH-18 names, UTF-8 unless it does. Throws Hl7v2Error at
 * MSH-18 when the set is unknown or the bytes are not in it.
 * Source: HL7 v2.5.1 2.15.9.18
 */
export function decodeText(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  const header = NAMED.exec(head);
  const named = header ? (header[0].split(header[1]!)[17] ?? '').split('~')[0]!.trim().toUpperCase() : '';
  try {
    return new TextDecoder(LABELS[named] ?? named, { fatal: true }).decode(bytes).normalize('NFC');
  } catch (cause) {
    throw new Hl7v2Error(
      cause instanceof RangeError ? '103' : '102',
      { segment: 'MSH', sequence: 1, field: 18 },
      {
        vi: `Bản tin không đọc được theo bảng mã “${named || 'UNICODE UTF-8'}”. Gửi bằng UNICODE UTF-8 và ghi đúng bảng mã vào MSH-18.`,
        en: `The message cannot be read in the character set “${named || 'UNICODE UTF-8'}”. Send UNICODE UTF-8, and name the set in MSH-18.`,
      },
      { cause },
    );
  }
}
