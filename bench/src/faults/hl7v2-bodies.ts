import type { SegmentFields } from '@yba/hl7v2';
import { aMessage } from '@yba/hl7v2/testing';
import { holdsNumber, OBSERVATIONS, somebody, twinRecord, type Message } from './generate.ts';

/** The message of HL7 v2 for each thing a hospital says. */
const STRUCTURES = {
  visit: 'ADT^A03^ADT_A03',
  correction: 'ADT^A08^ADT_A01',
  retraction: 'ADT^A11^ADT_A09',
  link: 'ADT^A31^ADT_A05',
  merge: 'ADT^A40^ADT_A39',
} as const;

/** A message as HL7 v2, the same bytes each time. */
export function hl7v2Of(message: Message): string {
  const { id, what } = message;
  if (what === 'dossier') throw new Error('dossiers are not HL7 v2');
  const segments: SegmentFields[] = [pid(message)];
  if (what === 'merge') segments.push(['MRG', [twinRecord(message.person), '', '', 'BV', 'MR']]);
  if (what === 'visit' || what === 'correction' || what === 'retraction') segments.push(pv1(message));
  if (what === 'visit' || what === 'correction')
    segments.push(['PV2', '', '', ['', id]], ...Array.from({ length: OBSERVATIONS }, (_, n) => obx(id, n)));
  return aMessage(STRUCTURES[what], segments, { controlId: id });
}

function pid(message: Message): SegmentFields {
  const { person, record } = message;
  const { number, name, birthDate, gender } = somebody(person);
  const [family, middle, given] = name.split(' ') as [string, string, string];
  const numbers = [
    [record, '', '', 'BV', 'MR'],
    ...(holdsNumber(message) ? [[number, '', '', 'VN', 'NI']] : []),
  ];
  const sex = gender === 'male' ? 'M' : 'F';
  return [
    'PID',
    '1',
    '',
    { repeat: numbers },
    '',
    [family, given, middle],
    '',
    birthDate.replaceAll('-', ''),
    sex,
  ];
}

const nothing = (fields: number) => Array.from({ length: fields }, () => '');

/** PV1-2 class, PV1-19 visit number, PV1-44 and 45 from and to. */
const pv1 = ({ document }: Message): SegmentFields => [
  'PV1',
  '1',
  'O',
  ...nothing(16),
  document,
  ...nothing(24),
  '202611020800',
  '202611020900',
];

/** OBX-3 code, OBX-4 which of them, OBX-5 value, OBX-11 final, OBX-14 when. */
const obx = (id: string, n: number): SegmentFields => [
  'OBX',
  String(n + 1),
  'ST',
  ['8251-1', '', 'LN'],
  String(n + 1),
  id,
  ...nothing(5),
  'F',
  ...nothing(2),
  '202611020830',
];
