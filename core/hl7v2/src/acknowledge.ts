import { encodeMessage, type SegmentFields } from './encode-message.ts';
import type { Hl7v2Error, Place } from './hl7v2-error.ts';
import type { Header } from './message.ts';

/**
 * What becomes of a message: taken (AA), wrong in itself (AE: mend it and send it again), or not taken for now or for what
 * it is (AR). Source: HL7 table 0008, original mode
 */
export type AcknowledgementCode = 'AA' | 'AE' | 'AR';

export type Acknowledgement = {
  code: AcknowledgementCode;
  /** MSH-10 of the answer, unique for the answering system. */
  controlId: string;
  now: Date;
  /** Who answers, where the message does not say: MSH-3 and MSH-4 of the answer. */
  application?: string;
  facility?: string;
  errors?: readonly Hl7v2Error[];
};

/**
 * The ACK to a message, in ER7 with CR. A header that could not be read is answered with an empty MSA-2. Errors stand in
 * ERR as the version of the message has it: the place and code in ERR-2 to ERR-8, before 2.5 in ERR-1.
 * Sources: HL7 v2.5.1 2.9.2, 2.15.5, 2.15.8
 */
export function acknowledge(header: Header | undefined, answer: Acknowledgement): string {
  const { code, controlId, now, errors = [] } = answer;
  const version = header?.version ?? '2.5.1';
  const msh: SegmentFields = [
    'MSH',
    header?.receivingApplication || answer.application || 'YBA',
    header?.receivingFacility || answer.facility || '',
    header?.sendingApplication ?? '',
    header?.sendingFacility ?? '',
    hl7Time(now),
    '',
    ['ACK', header?.trigger ?? '', ...(isAtLeast(version, 2, 4) ? ['ACK'] : [])],
    controlId,
    header?.processingId || 'P',
    version,
    '',
    '',
    '',
    '',
    '',
    'UNICODE UTF-8',
  ];
  const said = errors[0]?.remedy.en;
  const msa: SegmentFields = [
    'MSA',
    code,
    header?.controlId ?? '',
    // MSA-3 is what older senders show to people
    ...(said && !isAtLeast(version, 2, 7) ? [said.slice(0, 80)] : []),
  ];
  return encodeMessage([msh, msa, ...errors.map((error) => errorSegment(error, version))]);
}

function errorSegment({ code, place, remedy }: Hl7v2Error, version: string): SegmentFields {
  if (!isAtLeast(version, 2, 5)) return ['ERR', location(place, [code])];
  return ['ERR', '', location(place), [code, CODE_TEXT[code], 'HL70357'], 'E', '', '', remedy.en, remedy.vi];
}

function location({ segment, sequence, field, repetition, component }: Place, more: string[] = []): string[] {
  const parts = [segment, sequence, field];
  const rest = more.length > 0 ? more : [repetition ?? (component ? 1 : undefined), component];
  return [...parts, ...rest].map((part) => (part === undefined ? '' : String(part)));
}

/** Texts of HL7 table 0357. */
const CODE_TEXT: Readonly<Record<Hl7v2Error['code'], string>> = {
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '204': 'Unknown key identifier',
  '207': 'Application internal error',
};

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}

/** A moment as DTM in UTC. */
const hl7Time = (moment: Date): string => `${moment.toISOString().replace(/\D/g, '').slice(0, 14)}+0000`;
