/** A facility of the demonstration. Codes are invented in the true grammar; addresses carry their dates. */
export type Facility = {
  code: string;
  name: string;
  nameEn: string;
  /** Letters of the source badge. */
  badge: string;
  kind: 'centre' | 'provincial' | 'station' | 'clinic';
  /** Street line, commune of today (5 digits). */
  line: string;
  commune: string;
  /** Province in the list before July 2025, also the first two digits of the code. */
  oldProvince: string;
  /** Whether it sends; one station is not connected yet. */
  connected: boolean;
  /** Days since it last sent anything, when it fell silent. */
  silentDays?: number;
};

type Row = readonly [
  code: string,
  badge: string,
  kind: Facility['kind'],
  name: string,
  nameEn: string,
  line: string,
  commune: string,
  silent?: number | 'never',
];

const rows: readonly Row[] = [
  ['01901', 'BM', 'centre', 'Bệnh viện Bạch Mai', 'Bach Mai Hospital', '78 Giải Phóng', '00229'],
  ['79013', 'CR', 'centre', 'Bệnh viện Chợ Rẫy', 'Cho Ray Hospital', '201B Nguyễn Chí Thanh', '27343'],
  [
    '27001',
    'BN',
    'provincial',
    'Bệnh viện Đa khoa Bắc Ninh',
    'Bac Ninh General Hospital',
    'Nguyễn Quyền',
    '09190',
  ],
  [
    '19001',
    'TN',
    'provincial',
    'Bệnh viện Đa khoa Thái Nguyên',
    'Thai Nguyen General Hospital',
    'Lương Ngọc Quyến',
    '05443',
  ],
  [
    '74001',
    'BD',
    'provincial',
    'Bệnh viện Đa khoa Bình Dương',
    'Binh Duong General Hospital',
    '5 Phạm Ngọc Thạch',
    '25750',
  ],
  [
    '89001',
    'AG',
    'provincial',
    'Bệnh viện Đa khoa An Giang',
    'An Giang General Hospital',
    '60 Ung Văn Khiêm',
    '30307',
  ],
  ['27105', 'VC', 'station', 'Trạm Y tế phường Võ Cường', 'Vo Cuong Health Station', 'Khu Bồ Sơn', '09190'],
  ['27118', 'TD', 'station', 'Trạm Y tế xã Tiên Du', 'Tien Du Health Station', 'Thôn Lim', '09319'],
  ['19120', 'ĐH', 'station', 'Trạm Y tế xã Đồng Hỷ', 'Dong Hy Health Station', 'Xóm Gò Cao', '05692'],
  ['19133', 'ĐN', 'station', 'Trạm Y tế xã Định Hoá', 'Dinh Hoa Health Station', 'Xóm Chợ Chu', '05569', 6],
  [
    '74110',
    'LT',
    'station',
    'Trạm Y tế phường Lái Thiêu',
    'Lai Thieu Health Station',
    'Nguyễn Trãi',
    '25966',
  ],
  ['89112', 'CP', 'station', 'Trạm Y tế xã Châu Phú', 'Chau Phu Health Station', 'Ấp Bình Hoà', '30463'],
  [
    '89127',
    'TT',
    'station',
    'Trạm Y tế xã Tri Tôn',
    'Tri Ton Health Station',
    'Ấp An Thuận',
    '30544',
    'never',
  ],
  ['01450', 'HN', 'clinic', 'Phòng khám Đa khoa Hồng Ngân', 'Hong Ngan Clinic', '12 ngõ Trại Găng', '00292'],
  [
    '79620',
    'MP',
    'clinic',
    'Phòng khám Đa khoa Minh Phước',
    'Minh Phuoc Clinic',
    '318 Lê Hồng Phong',
    '27169',
  ],
];

/** The facilities of the demonstration: two centres, four provincial hospitals, seven stations, two clinics. */
export const facilities: readonly Facility[] = rows.map(
  ([code, badge, kind, name, nameEn, line, commune, silent]) => ({
    code,
    badge,
    kind,
    name,
    nameEn,
    line,
    commune,
    oldProvince: code.slice(0, 2),
    connected: silent !== 'never',
    ...(typeof silent === 'number' ? { silentDays: silent } : {}),
  }),
);

const byCode = new Map(facilities.map((facility) => [facility.code, facility]));

/** The facility with this code; throws when the demonstration has none. */
export function facility(code: string): Facility {
  const found = byCode.get(code);
  if (!found) throw new Error(`no facility ${code} in the demonstration`);
  return found;
}

/** Where people of a home area live and which facilities care for them, nearest first. */
export type Area = {
  name: string;
  south: boolean;
  /** 2-digit code in the list before July 2025: birth registration and insurance. */
  oldProvince: string;
  province: string;
  communes: readonly string[];
  stations: readonly string[];
  provincial: string;
  centre: string;
  /** Peoples besides the Kinh, by code, with their share. */
  peoples: readonly (readonly [string, number])[];
  weight: number;
};

/** Home areas of the demonstration; "elsewhere" is drawn from the other provinces of the country. */
export const areas: readonly Area[] = [
  {
    name: 'Hà Nội',
    south: false,
    oldProvince: '01',
    province: '01',
    communes: [
      '00292',
      '00229',
      '00256',
      '00283',
      '00331',
      '00337',
      '00367',
      '00160',
      '09556',
      '00640',
      '00454',
    ],
    stations: ['01450'],
    provincial: '01901',
    centre: '01901',
    peoples: [['06', 0.01]],
    weight: 20,
  },
  {
    name: 'Bắc Ninh',
    south: false,
    oldProvince: '27',
    province: '24',
    communes: ['09190', '09187', '09169', '09319', '09334', '09340', '09367', '09247', '09400', '09193'],
    stations: ['27105', '27118'],
    provincial: '27001',
    centre: '01901',
    peoples: [['07', 0.02]],
    weight: 18,
  },
  {
    name: 'Thái Nguyên',
    south: false,
    oldProvince: '19',
    province: '19',
    communes: ['05443', '05455', '05467', '05692', '05569', '05611', '05830', '05860', '05716', '05908'],
    stations: ['19120', '19133'],
    provincial: '19001',
    centre: '01901',
    peoples: [
      ['02', 0.13],
      ['07', 0.06],
      ['18', 0.04],
      ['09', 0.03],
    ],
    weight: 15,
  },
  {
    name: 'TP Hồ Chí Minh',
    south: true,
    oldProvince: '79',
    province: '79',
    communes: [
      '27343',
      '27301',
      '27169',
      '27154',
      '26740',
      '27442',
      '26884',
      '26824',
      '27007',
      '27487',
      '27637',
    ],
    stations: ['79620'],
    provincial: '79013',
    centre: '79013',
    peoples: [['04', 0.06]],
    weight: 17,
  },
  {
    name: 'Bình Dương',
    south: true,
    oldProvince: '74',
    province: '79',
    communes: ['25747', '25750', '25966', '25978', '25942', '25813', '25888', '25822'],
    stations: ['74110'],
    provincial: '74001',
    centre: '79013',
    peoples: [
      ['04', 0.02],
      ['05', 0.02],
    ],
    weight: 13,
  },
  {
    name: 'An Giang',
    south: true,
    oldProvince: '89',
    province: '91',
    communes: ['30307', '30292', '30316', '30376', '30463', '30544', '30580', '30682', '30628', '30589'],
    stations: ['89112', '89127'],
    provincial: '89001',
    centre: '79013',
    peoples: [
      ['05', 0.06],
      ['04', 0.02],
    ],
    weight: 14,
  },
];
