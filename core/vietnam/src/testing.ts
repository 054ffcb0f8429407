import { communes, dossierFields, provinces } from './data.ts';
import { layouts } from './dossier/layout.ts';
import { escapeXml } from './dossier/stray.ts';
import { makePersonNumber } from './person-number.ts';
import { drugs, indices, names, problems, services } from './testing-values.ts';

/** The fields of one row, by name. */
export type Fields = Record<string, string>;

/** A made-up dossier: rows by table, before any encoding. */
export type MadeDossier = { facility: string; maLk: string; tables: Record<string, Fields[]> };

export type DossierOptions = {
  /** Same seed, same dossier. */
  seed?: number;
  facility?: string;
  maLk?: string;
  /** Tables to include; XML1 to XML4 unless said otherwise. */
  tables?: readonly string[];
  /** Rows of XML2, XML3 and XML4. */
  rows?: { XML2?: number; XML3?: number; XML4?: number };
  /** Day of the visit, `yyyyMMdd`. */
  day?: string;
  /** Fields of XML1 that matter to the caller. */
  summary?: Fields;
};

/** A valid outpatient dossier with plausible values whose sums of money add up, the same for the same options. */
export function aDossier(options: DossierOptions = {}): MadeDossier {
  const random = generator(options.seed ?? 1);
  const facility = options.facility ?? '01013';
  const maLk = options.maLk ?? `${facility}.${String(options.seed ?? 1).padStart(8, '0')}`;
  const day = options.day ?? '20260914';
  const at = (minutes: number) => day + clock(8 * 60 + minutes);
  const visit: Visit = { random, facility, maLk, at };
  const summary = { ...summaryOf(visit), ...options.summary };
  const rows = { XML2: 3, XML3: 3, XML4: 5, ...options.rows };
  const tables: Record<string, Fields[]> = {};
  for (const table of options.tables ?? ['XML1', 'XML2', 'XML3', 'XML4']) {
    if (table === 'XML1') tables[table] = [complete(table, summary)];
    else if (table === 'XML2') tables[table] = times(rows.XML2, (n) => complete(table, drugRow(visit, n)));
    else if (table === 'XML3') tables[table] = times(rows.XML3, (n) => complete(table, serviceRow(visit, n)));
    else if (table === 'XML4') tables[table] = times(rows.XML4, (n) => complete(table, resultRow(visit, n)));
    else tables[table] = [plainRow(table, visit, summary)];
  }
  const [xml1] = tables['XML1'] ?? [];
  if (xml1) Object.assign(xml1, totalsOf(tables), options.summary);
  return { facility, maLk, tables };
}

export type EnvelopeOptions = {
  /** MACSKCB, when it is not that of the first dossier. */
  facility?: string;
  /** Values inside CDATA sections. */
  cdata?: boolean;
  /** A byte order mark before the envelope, and before each table. */
  bom?: boolean;
  /** Unicode form of all text. */
  form?: 'NFC' | 'NFD';
  /** Break the Base64 into lines of this length. */
  lineLength?: number;
  /** SOLUONGHOSO, when it is to differ from the truth. */
  count?: number;
  /** Namespace prefix and attributes on every element of the envelope. */
  prefix?: string;
};

/** The GIAMDINHHS envelope of these dossiers, as text. */
export function anEnvelope(dossiers: readonly MadeDossier[], options: EnvelopeOptions = {}): string {
  const bom = options.bom ? '\ufeff' : '';
  const files = (dossier: MadeDossier) =>
    Object.entries(dossier.tables).map(([table, rows]) =>
      aFile(table, bom + aTable(table, rows, options), options),
    );
  const hoso = dossiers.map((dossier) => `<HOSO>${files(dossier).join('')}</HOSO>`);
  const xml =
    `<GIAMDINHHS xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">` +
    `<THONGTINDONVI><MACSKCB>${options.facility ?? dossiers[0]?.facility ?? ''}</MACSKCB></THONGTINDONVI>` +
    `<THONGTINHOSO><NGAYLAP>20260915</NGAYLAP><SOLUONGHOSO>${options.count ?? dossiers.length}</SOLUONGHOSO>` +
    `<DANHSACHHOSO>${hoso.join('')}</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>`;
  const named = options.prefix ? xml.replace(/<(\/?)([A-Z])/g, `<$1${options.prefix}:$2`) : xml;
  return `${bom}<?xml version="1.0" encoding="utf-8"?>\n${named}`;
}

/** One FILEHOSO holding this text in Base64. */
export function aFile(
  table: string,
  text: string,
  { lineLength }: Pick<EnvelopeOptions, 'lineLength'> = {},
): string {
  const base64 = Buffer.from(text, 'utf8').toString('base64');
  const lines = lineLength ? base64.replace(new RegExp(`.{${lineLength}}`, 'g'), '$&\r\n') : base64;
  return `<FILEHOSO><LOAIHOSO>${table}</LOAIHOSO><NOIDUNGFILE>${lines}</NOIDUNGFILE></FILEHOSO>`;
}

/** The XML of one table. */
export function aTable(
  table: string,
  rows: readonly Fields[],
  { cdata, form }: Pick<EnvelopeOptions, 'cdata' | 'form'> = {},
): string {
  const { root, list, row } = layouts[table]!;
  const shown = (text: string) => {
    const formed = form ? text.normalize(form) : text;
    return cdata ? `<![CDATA[${formed.replaceAll(']]>', ']]]]><![CDATA[>')}]]>` : escapeXml(formed);
  };
  const body = rows.map((fields) =>
    Object.entries(fields)
      .map(([name, value]) => `<${name}>${shown(value)}</${name}>`)
      .join(''),
  );
  const inner = row
    ? `<${list}>${body.map((one) => `<${row}>${one}</${row}>`).join('')}</${list}>`
    : body.join('');
  return `<?xml version="1.0" encoding="utf-8"?><${root}>${inner}</${root}>`;
}

type Visit = {
  random: () => number;
  facility: string;
  maLk: string;
  at: (minutes: number) => string;
};

function summaryOf({ random, facility, maLk, at }: Visit): Fields {
  const sex = random() < 0.5 ? 'male' : 'female';
  const birthYear = 1940 + Math.floor(random() * 80);
  const province = pick(random, provinces());
  const commune = pick(random, communes(province.code));
  const serial = Math.floor(random() * 1_000_000);
  const insurance = String(1_000_000_000 + Math.floor(random() * 8_999_999_999));
  const problem = pick(random, problems);
  return {
    MA_LK: maLk,
    STT: '1',
    MA_BN: `BN${String(Math.floor(random() * 10_000_000)).padStart(7, '0')}`,
    HO_TEN: names(random, sex).toLocaleUpperCase('vi'),
    SO_CCCD: makePersonNumber({ province: '01', sex, birthYear, serial }),
    NGAY_SINH: `${birthYear}${pick(random, ['0101', '0517', '1123', '0000'])}0000`,
    GIOI_TINH: sex === 'male' ? '1' : '2',
    MA_QUOCTICH: '000',
    MA_DANTOC: '01',
    MA_NGHE_NGHIEP: '00000',
    DIA_CHI: `${1 + Math.floor(random() * 300)} đường Trung tâm, ${commune.fullName}, ${province.fullName}`,
    MATINH_CU_TRU: province.code,
    MAXA_CU_TRU: commune.code,
    DIEN_THOAI: `09${String(Math.floor(random() * 100_000_000)).padStart(8, '0')}`,
    MA_THE_BHYT: `GD401${insurance}`,
    MA_DKBD: facility,
    GT_THE_TU: '20260101',
    GT_THE_DEN: '20261231',
    LY_DO_VV: problem.reason,
    CHAN_DOAN_VAO: problem.name,
    CHAN_DOAN_RV: problem.name,
    MA_BENH_CHINH: problem.code,
    MA_BENH_KT:
      random() < 0.4
        ? pick(
            random,
            problems.filter((one) => one !== problem),
          ).code
        : '',
    MA_DOITUONG_KCB: '1.1',
    MA_TAI_NAN: '0',
    NGAY_VAO: at(0),
    NGAY_RA: at(180),
    SO_NGAY_DTRI: '0',
    PP_DIEU_TRI: 'Thuốc uống',
    KET_QUA_DTRI: '2',
    MA_LOAI_RV: '1',
    NGAY_TTOAN: at(200),
    ...amounts([
      'T_THUOC',
      'T_VTYT',
      'T_TONGCHI_BV',
      'T_TONGCHI_BH',
      'T_BNTT',
      'T_BNCCT',
      'T_BHTT',
      'T_NGUONKHAC',
      'T_BHTT_GDV',
    ]),
    NAM_QT: at(0).slice(0, 4),
    THANG_QT: at(0).slice(4, 6),
    MA_LOAI_KCB: '01',
    MA_KHOA: 'K01',
    MA_CSKCB: facility,
    CAN_NANG: (40 + random() * 40).toFixed(2),
    MA_HSBA: `HS${maLk}`,
    MA_TTDV: '001122/HNO-CCHN',
  };
}

const otherSources = [
  'T_NGUONKHAC_NSNN',
  'T_NGUONKHAC_VTNN',
  'T_NGUONKHAC_VTTN',
  'T_NGUONKHAC_CL',
  'T_NGUONKHAC',
];

function drugRow({ random, maLk, at }: Visit, n: number): Fields {
  const drug = drugs[(n + Math.floor(random() * 3) * 3) % drugs.length]!;
  const quantity = 10 + Math.floor(random() * 3) * 10;
  return {
    MA_LK: maLk,
    STT: String(n),
    MA_THUOC: drug.code,
    MA_NHOM: '4',
    TEN_THUOC: drug.name,
    DON_VI_TINH: 'Viên',
    HAM_LUONG: drug.strength,
    DUONG_DUNG: '1.01',
    DANG_BAO_CHE: 'Viên nén',
    LIEU_DUNG: '1 viên/lần * 2 lần/ngày * 10 ngày [2 viên/ngày]',
    CACH_DUNG: 'Uống sau ăn',
    SO_DANG_KY: 'VD-12345-20',
    TT_THAU: '123/QĐ-SYT;G1;N2;2026',
    PHAM_VI: '1',
    TYLE_TT_BH: '100',
    SO_LUONG: quantity.toFixed(3),
    DON_GIA: '1200.000',
    THANH_TIEN_BV: String(1200 * quantity),
    THANH_TIEN_BH: String(1200 * quantity),
    ...amounts([...otherSources, 'T_BNTT', 'T_BNCCT']),
    MUC_HUONG: '100',
    T_BHTT: String(1200 * quantity),
    MA_KHOA: 'K01',
    MA_BAC_SI: '000420/HNO-CCHN',
    NGAY_YL: at(60),
    NGAY_TH_YL: at(90),
    MA_PTTT: '1',
    NGUON_CTRA: '1',
  };
}

function serviceRow({ random, maLk, at }: Visit, n: number): Fields {
  const service = services[(n - 1) % services.length]!;
  const supply = service.group === '10';
  return {
    MA_LK: maLk,
    STT: String(n),
    ...(supply
      ? { MA_VAT_TU: service.code, TEN_VAT_TU: service.name, TT_THAU: '45/QĐ-SYT;G1;N0;2026' }
      : { MA_DICH_VU: service.code, TEN_DICH_VU: service.name }),
    MA_NHOM: service.group,
    DON_VI_TINH: 'Lần',
    PHAM_VI: '1',
    SO_LUONG: '1',
    DON_GIA_BV: service.price,
    DON_GIA_BH: service.price,
    TYLE_TT_DV: '100',
    TYLE_TT_BH: '100',
    THANH_TIEN_BV: service.price,
    THANH_TIEN_BH: service.price,
    MUC_HUONG: '100',
    ...amounts([...otherSources, 'T_BNTT', 'T_BNCCT']),
    T_BHTT: service.price,
    MA_KHOA: 'K01',
    MA_BAC_SI: '000420/HNO-CCHN',
    NGUOI_THUC_HIEN: '000555/HNO-CCHN',
    NGAY_YL: at(10 + n),
    NGAY_TH_YL: at(20 + n),
    NGAY_KQ: at(40 + n + Math.floor(random() * 10)),
    MA_PTTT: '1',
  };
}

function resultRow({ random, maLk, at }: Visit, n: number): Fields {
  const index = indices[(n - 1) % indices.length]!;
  const value = index.low + random() * (index.high - index.low);
  return {
    MA_LK: maLk,
    STT: String(n),
    MA_DICH_VU: index.service,
    MA_CHI_SO: index.code,
    TEN_CHI_SO: index.name,
    GIA_TRI: index.text ?? value.toFixed(index.decimals),
    DON_VI_DO: index.unit,
    NGAY_KQ: at(60 + n),
    MA_BS_DOC_KQ: '000777/HNO-CCHN',
  };
}

/** A row of any other table from the data of the standard: every field with a value of its kind. */
function plainRow(table: string, { facility, maLk, at }: Visit, summary: Fields): Fields {
  const row: Fields = {};
  for (const { name, type, rule, order3176, required } of dossierFields().filter(
    (field) => field.table === table,
  )) {
    if (order3176 === null) continue;
    if (name === 'MA_LK') row[name] = maLk;
    else if (name === 'STT') row[name] = '1';
    else if (name.includes('MA_CSKCB') || name.startsWith('NOI_')) row[name] = facility;
    else if (summary[name] !== undefined) row[name] = summary[name];
    else if (!required) row[name] = '';
    else if (rule?.includes('yyyyMMddHHmm')) row[name] = at(120);
    else if (rule?.includes('yyyyMMdd')) row[name] = at(0).slice(0, 8);
    else if (name === 'MA_XU_TRI' || name === 'MA_TINH_TRANG_DK' || type === 'number') row[name] = '1';
    else row[name] = name.startsWith('MA_') ? '1' : 'Theo hồ sơ';
  }
  return row;
}

/** Every field of the table in the standard's order, empty where nothing is given. */
function complete(table: string, fields: Fields): Fields {
  const known = dossierFields().filter((field) => field.table === table && field.order3176 !== null);
  return Object.fromEntries([
    ...known.map(({ name }) => [name, fields[name] ?? '']),
    ...Object.entries(fields).filter(([name]) => !known.some((field) => field.name === name)),
  ]);
}

/** The totals of XML1 over the rows there are. */
function totalsOf(tables: Record<string, Fields[]>): Fields {
  const [drugs = [], others = []] = [tables['XML2'], tables['XML3']];
  const sum = (rows: readonly Fields[], field: string) =>
    String(rows.reduce((total, row) => total + Number(row[field] || 0), 0));
  const all = [...drugs, ...others];
  return {
    T_THUOC: sum(drugs, 'THANH_TIEN_BV'),
    T_VTYT: sum(
      others.filter((row) => row['MA_VAT_TU']),
      'THANH_TIEN_BV',
    ),
    T_TONGCHI_BV: sum(all, 'THANH_TIEN_BV'),
    T_TONGCHI_BH: sum(all, 'THANH_TIEN_BH'),
    T_BHTT: sum(all, 'T_BHTT'),
    T_BHTT_GDV: sum(all, 'T_BHTT'),
  };
}

const amounts = (fields: readonly string[]): Fields =>
  Object.fromEntries(fields.map((field) => [field, '0']));

const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at + 1));

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

const clock = (minutes: number) =>
  String(Math.floor(minutes / 60)).padStart(2, '0') + String(minutes % 60).padStart(2, '0');

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
