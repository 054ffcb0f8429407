import type { Resource } from '@yba/fhir';
import { DOSSIER_TABLE } from '@yba/vietnam';
import { type Dossier, fhirDateTime, mappedTables, type Table } from '@yba/vietnam/dossier';
import { partsOf, type Mapped, type Visit, encounterKey } from './visit.ts';
import { facilityReference } from './elements.ts';
import { hiv, labelled, tellsHiv, tuberculosis } from './sensitivity.ts';

/** What each table is, for people who meet it as a document. */
const titles: Readonly<Record<string, string>> = {
  XML0: 'Trạng thái khám chữa bệnh',
  XML1: 'Tổng hợp đợt khám chữa bệnh',
  XML2: 'Chi tiết thuốc',
  XML3: 'Chi tiết dịch vụ và vật tư',
  XML4: 'Chi tiết cận lâm sàng',
  XML5: 'Diễn biến lâm sàng',
  XML6: 'Chăm sóc và điều trị HIV/AIDS',
  XML7: 'Giấy ra viện',
  XML8: 'Tóm tắt hồ sơ bệnh án',
  XML9: 'Giấy chứng sinh',
  XML10: 'Giấy nghỉ dưỡng thai',
  XML11: 'Giấy nghỉ việc hưởng bảo hiểm xã hội',
  XML12: 'Giám định y khoa',
  XML13: 'Giấy chuyển tuyến',
  XML14: 'Giấy hẹn khám lại',
  XML15: 'Điều trị bệnh lao',
};

/**
 * The tables as they were sent: one DocumentReference over XML1 to XML4, whose money and administrative fields no
 * clinical resource holds, and one for each other table. XML6 and XML15 carry their sensitivity label; so does the
 * first where the visit tells HIV.
 */
export function attachmentsOf(visit: Visit, dossier: Dossier, signature: string | undefined): Mapped[] {
  const [mapped, others] = [true, false].map((wanted) =>
    dossier.tables.filter(({ name }) => mappedTables.has(name) === wanted),
  );
  const seen = new Map<string, number>();
  const rest = others!.map((table): Mapped => {
    const nth = (seen.get(table.name) ?? 0) + 1;
    seen.set(table.name, nth);
    const document = documentOf(visit, [table], undefined);
    const label = table.name === 'XML6' ? hiv : table.name === 'XML15' ? tuberculosis : undefined;
    return { key: `${table.name}|${nth}`, resource: label ? labelled(document, label) : document };
  });
  const clinical = documentOf(visit, mapped!, signature);
  return [
    { key: 'tables', resource: speaksOfHiv(visit, dossier) ? labelled(clinical, hiv) : clinical },
    ...rest,
  ];
}

function speaksOfHiv({ summary, rows }: Visit, dossier: Dossier): boolean {
  const codes = [
    summary.MA_BENH_CHINH,
    summary.MA_BENH_KT,
    ...rows('XML3').map(({ fields }) => fields.MA_BENH),
  ];
  return dossier.tables.some(({ name }) => name === 'XML6') || codes.flatMap(partsOf).some(tellsHiv);
}

function documentOf(visit: Visit, tables: readonly Table[], signature: string | undefined): Resource {
  const { summary } = visit;
  const files = [
    ...tables.map(({ name, xml }) => ({ title: `${name} ${titles[name] ?? ''}`.trim(), xml })),
    ...(signature ? [{ title: 'CHUKYDONVI', xml: signature }] : []),
  ];
  return {
    resourceType: 'DocumentReference',
    status: 'current',
    type: {
      coding: [...new Set(tables.map(({ name }) => name))].map((code) => ({ system: DOSSIER_TABLE, code })),
      text: tables.length === 1 ? titles[tables[0]!.name] : 'Hồ sơ khám chữa bệnh theo QĐ 4750/QĐ-BYT',
    },
    subject: { reference: visit.patient },
    date: fhirDateTime(summary.NGAY_RA),
    author: [facilityReference(visit.facility)],
    custodian: facilityReference(visit.facility),
    content: files.map(({ title, xml }) => {
      const bytes = Buffer.from(xml, 'utf8');
      return {
        attachment: {
          contentType: 'application/xml',
          language: 'vi',
          data: bytes.toString('base64'),
          size: bytes.length,
          title,
        },
      };
    }),
    context: {
      encounter: [{ reference: visit.refer(encounterKey) }],
      period: { start: fhirDateTime(summary.NGAY_VAO), end: fhirDateTime(summary.NGAY_RA) },
    },
  };
}
