import type { Table } from '@yba/vietnam/dossier';
import type { Add } from './facts.ts';
import { apart, CENT, DONG, type Money, money, percent, rounded, times, written } from './money.ts';

type Fields = Readonly<Record<string, string>>;

/** Shares of a row, and what XML1 calls their sums. */
const SHARES = ['T_BNTT', 'T_BNCCT', 'T_NGUONKHAC'] as const;

/**
 * The arithmetic of a dossier: rows of XML2 and XML3, then the totals of XML1. A difference of up to one đồng is a
 * warning: many systems round amounts to whole đồng. Sums are always shown: without them nobody can mend anything.
 */
export function checkSums(tables: readonly Table[], summary: Fields | undefined, add: Add): void {
  const rows = tables.flatMap(({ name, rows: all }) =>
    name === 'XML2' || name === 'XML3' ? all.map(({ number, fields }) => ({ name, number, fields })) : [],
  );
  for (const { name, number, fields } of rows)
    checkRowSums(fields, `${name}[${number}]`, name === 'XML2', add);
  if (summary && rows.length > 0) checkTotals(rows, summary, add);
}

function checkRowSums(row: Fields, path: string, isDrug: boolean, add: Add): void {
  const n = (field: string) => money(row[field]);
  const [quantity, hospital, insured, total, covered] = [
    n('SO_LUONG'),
    n(isDrug ? 'DON_GIA' : 'DON_GIA_BV'),
    n(isDrug ? 'DON_GIA' : 'DON_GIA_BH'),
    n('THANH_TIEN_BV'),
    n('THANH_TIEN_BH'),
  ];
  const rate = row['TYLE_TT_BH'] ? n('TYLE_TT_BH') : 100n * DONG;
  const part = !isDrug && row['TYLE_TT_DV'] ? n('TYLE_TT_DV') : 100n * DONG;
  if ([quantity, hospital, insured, total, covered, rate, part].includes(undefined)) return; // told where it stands
  const gross = rounded(percent(times(quantity!, hospital!), part!));
  // on-demand prices: what the insurance does not pay of its own price comes off
  const onDemand = rounded(
    times(quantity!, hospital!) - percent(times(quantity!, insured!), 100n * DONG - part!),
  );
  const net = rounded(percent(percent(times(quantity!, insured!), part!), rate!));
  if (apart(total!, onDemand) >= CENT)
    differs(
      add,
      'xml-money-row',
      `${path}.THANH_TIEN_BV`,
      total!,
      gross,
      isDrug ? 'SO_LUONG × DON_GIA' : 'SO_LUONG × DON_GIA_BV × TYLE_TT_DV',
    );
  differs(
    add,
    'xml-money-row',
    `${path}.THANH_TIEN_BH`,
    covered!,
    net,
    isDrug ? 'SO_LUONG × DON_GIA × TYLE_TT_BH' : 'SO_LUONG × DON_GIA_BH × TYLE_TT_DV × TYLE_TT_BH',
  );
  checkShares(row, path, total!, covered!, add);
  if (row['PHAM_VI'] === '2' && ((row['TYLE_TT_BH'] && rate !== 0n) || covered !== 0n))
    add({
      rule: 'xml-scope',
      path: `${path}.${covered === 0n ? 'TYLE_TT_BH' : 'THANH_TIEN_BH'}`,
      found: {
        vi: 'PHAM_VI là 2 (ngoài phạm vi) nhưng vẫn tính cho BHYT.',
        en: 'PHAM_VI is 2 (outside the scope), yet the insurance is charged.',
      },
      fix: {
        vi: 'Ghi TYLE_TT_BH = 0 và THANH_TIEN_BH = 0, hoặc sửa PHAM_VI.',
        en: 'Write TYLE_TT_BH = 0 and THANH_TIEN_BH = 0, or mend PHAM_VI.',
      },
    });
}

function checkShares(row: Fields, path: string, total: Money, covered: Money, add: Add): void {
  const n = (field: string) => money(row[field]);
  const [others, own, shared, fund] = [n('T_NGUONKHAC'), n('T_BNTT'), n('T_BNCCT'), n('T_BHTT')];
  const sources = ['NSNN', 'VTNN', 'VTTN', 'CL'].map((one) => n(`T_NGUONKHAC_${one}`));
  if ([others, own, shared, fund, ...sources].includes(undefined)) return;
  differs(
    add,
    'xml-money-sources',
    `${path}.T_NGUONKHAC`,
    others!,
    sources.reduce<Money>((sum, one) => sum + one!, 0n),
    'T_NGUONKHAC_NSNN + _VTNN + _VTTN + _CL',
  );
  const sum = own! + shared! + fund! + others!;
  if (apart(sum, total) >= CENT)
    differs(
      add,
      'xml-money-balance',
      `${path}.THANH_TIEN_BV`,
      total,
      sum,
      'T_BNTT + T_BNCCT + T_BHTT + T_NGUONKHAC',
    );
  const level = row['MUC_HUONG'] ? n('MUC_HUONG') : undefined;
  const most = level === undefined ? undefined : rounded(percent(covered, level));
  if (most !== undefined && fund! > most + DONG)
    add({
      rule: 'xml-money-share',
      path: `${path}.T_BHTT`,
      found: {
        vi: `T_BHTT là ${written(fund!).vi}, quá ${written(most).vi}.`,
        en: `T_BHTT is ${written(fund!).en}, more than ${written(most).en}.`,
      },
      fix: {
        vi: 'Tính T_BHTT = THANH_TIEN_BH × MUC_HUONG / 100 (trừ nguồn khác), phần còn lại là T_BNCCT; hoặc sửa MUC_HUONG.',
        en: 'Compute T_BHTT = THANH_TIEN_BH × MUC_HUONG / 100 (less other sources), the rest is T_BNCCT; or mend MUC_HUONG.',
      },
    });
}

type Summed = { name: string; fields: Fields };

function checkTotals(rows: readonly Summed[], summary: Fields, add: Add): void {
  const sum = (field: string, which: (row: Summed) => boolean = () => true) =>
    rows.filter(which).reduce((total, row) => total + (money(row.fields[field]) ?? 0n), 0n);
  const totals: [string, Money, string][] = [
    ['T_THUOC', sum('THANH_TIEN_BV', ({ name }) => name === 'XML2'), 'XML2.THANH_TIEN_BV'],
    [
      'T_VTYT',
      sum('THANH_TIEN_BV', ({ name, fields }) => name === 'XML3' && !!fields['MA_VAT_TU']),
      'XML3.THANH_TIEN_BV (MA_VAT_TU)',
    ],
    ['T_TONGCHI_BV', sum('THANH_TIEN_BV'), 'XML2, XML3.THANH_TIEN_BV'],
    ['T_TONGCHI_BH', sum('THANH_TIEN_BH'), 'XML2, XML3.THANH_TIEN_BH'],
    ...SHARES.map((field): [string, Money, string] => [field, sum(field), `XML2, XML3.${field}`]),
    ['T_BHTT_GDV', sum('T_BHTT', ({ fields }) => fields['MA_PTTT'] === '1'), 'T_BHTT (MA_PTTT = 1)'],
  ];
  for (const [field, right, of] of totals) {
    const stated = money(summary[field]);
    // fees within fixed rates are settled apart: only a sum that is given is compared
    if (stated === undefined || (field === 'T_BHTT_GDV' && !summary[field])) continue;
    if (field === 'T_BHTT_GDV' && !rows.some((row) => row.fields['MA_PTTT'] === '1')) continue;
    differs(add, 'xml-money-total', `XML1.${field}`, stated, right, `Σ ${of}`);
  }
  const [fund, covered, shared] = [
    money(summary['T_BHTT']),
    money(summary['T_TONGCHI_BH']),
    money(summary['T_BNCCT']),
  ];
  if (fund === undefined || covered === undefined || shared === undefined) return;
  const paid = sum('T_BHTT');
  // where other sources cut into the insurance, the two readings differ: either is right
  if (apart(fund, paid) >= CENT)
    differs(add, 'xml-money-fund', 'XML1.T_BHTT', fund, covered - shared, 'T_TONGCHI_BH − T_BNCCT');
}

function differs(add: Add, rule: string, path: string, stated: Money, right: Money, formula: string): void {
  const gap = apart(stated, right);
  if (gap < CENT) return;
  const [is, should, by] = [written(stated), written(right), written(gap)];
  const field = path.replace(/^.*\./, '');
  add({
    rule,
    ...(gap <= DONG ? { severity: 'warning' as const } : {}),
    path,
    found: {
      vi: `${field} là ${is.vi}, ${formula} là ${should.vi} (lệch ${by.vi}).`,
      en: `${field} is ${is.en}, ${formula} is ${should.en} (${by.en} apart).`,
    },
    fix:
      gap <= DONG
        ? {
            vi: `Giữ hai chữ số lẻ khi tính ${field}, chỉ làm tròn ở tổng.`,
            en: `Keep two decimals in ${field}, and round totals alone.`,
          }
        : {
            vi: `Tính lại ${field} = ${formula}, trên cùng một đường tính với hóa đơn.`,
            en: `Compute ${field} = ${formula} again, on the one path the bill uses.`,
          },
  });
}
