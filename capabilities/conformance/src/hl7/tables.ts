const set = (codes: string) => new Set(codes.split(' '));

/** Versions of the standard. */
export const VERSIONS = set('2.1 2.2 2.3 2.3.1 2.4 2.5 2.5.1 2.6 2.7 2.7.1 2.8 2.8.1 2.8.2 2.9');

/** Types and triggers that the platform reads, and the segments each must have. */
export const MESSAGES: Readonly<
  Record<string, { triggers: ReadonlySet<string>; segments: readonly string[] }>
> = {
  ADT: { triggers: set('A01 A02 A03 A04 A05 A06 A07 A08 A11 A12 A13 A28 A31 A40'), segments: ['EVN', 'PID'] },
  ORM: { triggers: set('O01'), segments: ['PID', 'ORC'] },
  OML: { triggers: set('O21'), segments: ['PID', 'ORC'] },
  ORU: { triggers: set('R01 R30 R32'), segments: ['PID', 'OBR'] },
  SIU: { triggers: set('S12 S13 S14 S15 S17 S26'), segments: ['SCH'] },
  MDM: { triggers: set('T01 T02 T05 T06 T09 T10 T11'), segments: ['EVN', 'PID', 'TXA'] },
};

/** Segments that a trigger asks for beyond its type. */
export const OF_TRIGGER: Readonly<Record<string, readonly string[]>> = {
  A01: ['PV1'],
  A02: ['PV1'],
  A03: ['PV1'],
  A04: ['PV1'],
  A06: ['PV1'],
  A07: ['PV1'],
  A40: ['MRG'],
  T02: ['OBX'],
};

/** Required fields of segments. Source: HL7 v2.5.1 attribute tables (OPT R) */
export const REQUIRED: Readonly<Record<string, readonly number[]>> = {
  MSH: [7, 9, 10, 11, 12],
  EVN: [2],
  PID: [3, 5],
  PV1: [2],
  MRG: [1],
  ORC: [1],
  OBR: [4],
  OBX: [3, 11],
  SCH: [6],
  TXA: [2, 12, 17],
  NK1: [1],
  AL1: [3],
};

/** Fields with a code of an HL7 table. */
export const CODED: Readonly<Record<string, { table: string; codes: ReadonlySet<string> }>> = {
  'MSH-11': { table: '0103', codes: set('D P T') },
  'PID-8': { table: '0001', codes: set('A F M N O U') },
  'PV1-2': { table: '0004', codes: set('B C E I N O P R U') },
  'OBX-2': {
    table: '0125',
    codes: set(
      'AD CE CF CK CN CNE CP CWE CX DR DT DTM ED EI FC FT IS MA MO NA NM PN RP SN ST TM TN TS TX XAD XCN XON XPN XTN ID',
    ),
  },
  'OBX-11': { table: '0085', codes: set('B C D F I N O P R S U V W X') },
  'OBR-25': { table: '0123', codes: set('A C F I M N O P R S X Y Z') },
  'ORC-1': {
    table: '0119',
    codes: set(
      'AF CA CH CN CR DC DE DF DR FU HD HR LI MC NA NR NW OC OD OE OF OH OK OP OR PA PR PY RC RE RF RL RO RP RQ RR RU SC SN SR SS UA UC UD UF UH UM UN UR UX XO XR XX',
    ),
  },
};

/** Fields that hold a time. */
export const TIMES: Readonly<Record<string, readonly number[]>> = {
  MSH: [7],
  EVN: [2, 3, 6],
  PID: [7, 29],
  PV1: [44, 45],
  OBR: [6, 7, 8, 14, 22],
  OBX: [14],
  ORC: [9, 15],
  TXA: [4, 6],
};
