import { Hl7Message, type Hl7Segment } from '@medplum/core';
import { decodeText } from './character-set.ts';
import { type Separators, unescape } from './escape.ts';
import { Hl7v2Error } from './hl7v2-error.ts';

/** A message, read. Segments stand in their order. */
export type Message = {
  separators: Separators;
  header: Header;
  segments: readonly Segment[];
  /** The first segment of a name. */
  first(name: string): Segment | undefined;
  all(name: string): Segment[];
  /** Every field that says something, as `{ segment, sequence, field }`, in order. */
  said(): { segment: string; sequence: number; field: number }[];
};

/** What MSH says. Codes are as sent; `structure` is empty when MSH-9.3 is. Source: HL7 v2.5.1 2.15.9 */
export type Header = {
  sendingApplication: string;
  sendingFacility: string;
  receivingApplication: string;
  receivingFacility: string;
  /** MSH-7 as written. */
  time: string;
  /** `ADT` of `ADT^A01^ADT_A01`. */
  type: string;
  /** `A01`. */
  trigger: string;
  structure: string;
  controlId: string;
  processingId: string;
  /** `2.5.1`; 2.3 is what a message without one is read as. */
  version: string;
};

/** One segment. Positions count from 1; what is absent reads as the empty text. */
export type Segment = {
  name: string;
  /** Which of its name: the second OBX is 2. */
  sequence: number;
  /** Number of the last field. */
  length: number;
  /** The text of a field's part without escape sequences; `""` (delete what you have) reads as empty. */
  text(field: number, component?: number, subcomponent?: number, repetition?: number): string;
  /** How often a field is said: 0 when it is empty. */
  count(field: number): number;
  /** A field as it was sent. */
  raw(field: number): string;
  /** Whether the sender wrote `""`: the value is to be removed. Source: HL7 v2.5.1 2.5.3 */
  isNull(field: number): boolean;
};

/**
 * Reads a message: bytes in the character set of MSH-18, or text. Segments end with CR; LF and CR LF are borne. Throws
 * Hl7v2Error naming what cannot be read.
 */
export function parseMessage(message: Uint8Array | string): Message {
  const text = (typeof message === 'string' ? message : decodeText(message)).replace(/^\uFEFF/, '');
  if (!/^MSH.[^\r\n]{3,}/.test(text))
    throw new Hl7v2Error(
      '100',
      { segment: 'MSH', sequence: 1 },
      {
        vi: 'Bản tin phải bắt đầu bằng đoạn MSH và các ký tự phân tách.',
        en: 'A message begins with MSH and its encoding characters.',
      },
    );
  const parsed = Hl7Message.parse(text.replace(/[\r\n]+/g, '\r').replace(/\r$/, ''));
  const separators: Separators = {
    field: parsed.context.fieldSeparator,
    component: parsed.context.componentSeparator,
    repetition: parsed.context.repetitionSeparator,
    escape: parsed.context.escapeCharacter,
    subcomponent: parsed.context.subcomponentSeparator,
  };
  const counts = new Map<string, number>();
  const segments = parsed.segments.map((segment) => {
    const sequence = (counts.get(segment.name) ?? 0) + 1;
    counts.set(segment.name, sequence);
    if (!/^[A-Z][A-Z0-9]{2}$/.test(segment.name))
      throw new Hl7v2Error(
        '100',
        { segment: segment.name.slice(0, 3).replace(/[^A-Za-z0-9]/g, '?') || '???', sequence },
        {
          vi: 'Dòng này không bắt đầu bằng tên đoạn ba ký tự. Kiểm tra ký tự xuống dòng trong dữ liệu; ghi nó là \\.br\\.',
          en: 'This line does not begin with a segment name of three characters. A line break inside data is written \\.br\\.',
        },
      );
    return readSegment(segment, sequence, separators);
  });
  const all = (name: string) => segments.filter((segment) => segment.name === name);
  return {
    separators,
    header: readHeader(segments[0]!),
    segments,
    first: (name) => segments.find((segment) => segment.name === name),
    all,
    said: () =>
      segments.flatMap(({ name, sequence, length, raw }) =>
        Array.from({ length }, (_, at) => at + 1)
          .filter((field) => raw(field) !== '' && !(name === 'MSH' && field <= 2))
          .map((field) => ({ segment: name, sequence, field })),
      ),
  };
}

function readSegment(segment: Hl7Segment, sequence: number, separators: Separators): Segment {
  const raw = (field: number) => segment.getField(field)?.toString() ?? '';
  return {
    name: segment.name,
    sequence,
    // MSH-1 is the separator itself, which the parser counts as a field
    length: segment.fields.length - (segment.name === 'MSH' ? 0 : 1),
    raw,
    isNull: (field) => raw(field) === '""',
    count: (field) => (raw(field) === '' ? 0 : segment.getField(field)!.components.length),
    text(field, component = 1, subcomponent = 1, repetition = 1) {
      const whole = segment.getField(field)?.components[repetition - 1]?.[component - 1] ?? '';
      const part = whole.split(separators.subcomponent)[subcomponent - 1] ?? '';
      return part === '""' ? '' : unescape(part, separators).trim();
    },
  };
}

function readHeader({ text }: Segment): Header {
  return {
    sendingApplication: text(3),
    sendingFacility: text(4),
    receivingApplication: text(5),
    receivingFacility: text(6),
    time: text(7),
    type: text(9, 1),
    trigger: text(9, 2),
    structure: text(9, 3),
    controlId: text(10),
    processingId: text(11),
    version: text(12) || '2.3',
  };
}
