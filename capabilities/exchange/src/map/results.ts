import type { Resource } from '@yba/fhir';
import { SERVICE, TEST } from '@yba/vietnam';
import { fhirDateTime, type Row } from '@yba/vietnam/dossier';
import { concept, decimal, element, facilityReference, practitionerReferences } from './elements.ts';
import { ucumOf } from './units.ts';
import { type Mapped, ofVisit, rowKeys, type Visit } from './visit.ts';

type Fields = Row['fields'];

/** An Observation for each row of XML4, and a DiagnosticReport over the rows of each service. */
export function resultsOf(visit: Visit): Mapped[] {
  const keyOf = rowKeys();
  const groups = new Map(visit.rows('XML3').map(({ fields }) => [fields.MA_DICH_VU, fields.MA_NHOM]));
  const rows = visit.rows('XML4').map(({ fields }) => ({
    fields,
    key: keyOf('XML4', fields.MA_DICH_VU, fields.MA_CHI_SO, fields.TEN_CHI_SO, fields.NGAY_KQ),
    category: kindOf(groups.get(fields.MA_DICH_VU), fields),
  }));
  const reports = Map.groupBy(
    rows.filter(({ fields }) => fields.MA_DICH_VU),
    ({ fields }) => fields.MA_DICH_VU!,
  );
  return [
    ...rows.map(({ key, fields, category }) => ({ key, resource: observationOf(visit, fields, category) })),
    ...[...reports].map(([service, members]) => ({
      key: `XML4|report|${service}`,
      resource: reportOf(visit, service, members),
    })),
  ];
}

type Kind = 'laboratory' | 'imaging' | 'procedure';
const kindByGroup: Record<string, Kind> = { '1': 'laboratory', '2': 'imaging', '3': 'procedure' };

const kindOf = (group: string | undefined, fields: Fields): Kind =>
  kindByGroup[group ?? ''] ?? (fields.GIA_TRI || !fields.MO_TA ? 'laboratory' : 'imaging');

const categories: Record<Kind, object> = Object.fromEntries(
  ['laboratory', 'imaging', 'procedure'].map((code) => [
    code,
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }] },
  ]),
) as Record<Kind, object>;

function observationOf(visit: Visit, fields: Fields, kind: Kind): Resource {
  const when = fhirDateTime(fields.NGAY_KQ);
  const text = [fields.MO_TA, fields.GIA_TRI ? fields.KET_LUAN : undefined].filter((part) => part);
  return {
    resourceType: 'Observation',
    status: fields.GIA_TRI || fields.KET_LUAN || fields.MO_TA ? 'final' : 'registered',
    category: [categories[kind]],
    code: concept(TEST, fields.MA_CHI_SO, fields.TEN_CHI_SO),
    ...ofVisit(visit),
    ...element('effectiveDateTime', when),
    ...element('issued', instant(when)),
    ...element('performer', practitionerReferences(fields.MA_BS_DOC_KQ)),
    ...valueOf(fields),
    ...element(
      'note',
      text.map((part) => ({ text: part })),
    ),
  };
}

/**
 * A Quantity only when both number and unit are understood; otherwise the words as they stand. A decimal comma is
 * read when it cannot part thousands (`5,6`), else the value stays text.
 */
function valueOf({ GIA_TRI: value, DON_VI_DO: unit = '', KET_LUAN: conclusion }: Fields): object {
  if (!value) return conclusion ? { valueString: conclusion } : { dataAbsentReason: absent };
  const number = /^([<>]=?|≤|≥)?\s*(\d+(?:[.,]\d+)?)$/.exec(value);
  const digits = number?.[2]!.replace(/,(?=\d{1,2}$)/, '.');
  const code = ucumOf(unit);
  if (!digits || digits.includes(',') || !code) return { valueString: unit ? `${value} ${unit}` : value };
  const comparator = number![1]?.replace('≤', '<=').replace('≥', '>=');
  return {
    valueQuantity: {
      value: decimal(digits.replace(/^0+(?=\d)/, '')),
      ...element('comparator', comparator),
      unit,
      system: 'http://unitsofmeasure.org',
      code,
    },
  };
}

const absent = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'temp-unknown' }],
};

const sections: Record<Kind, object> = {
  laboratory: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'LAB' }] },
  imaging: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'RAD' }] },
  procedure: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'OTH' }] },
};

function reportOf(
  visit: Visit,
  service: string,
  members: readonly { key: string; fields: Fields; category: Kind }[],
): Resource {
  const name = visit.rows('XML3').find(({ fields }) => fields.MA_DICH_VU === service)?.fields.TEN_DICH_VU;
  const times = members
    .map(({ fields }) => fhirDateTime(fields.NGAY_KQ))
    .filter((time) => time !== undefined)
    .sort((a, b) => (a < b ? -1 : 1));
  const conclusion = [...new Set(members.map(({ fields }) => fields.KET_LUAN).filter((text) => text))].join(
    '\n',
  );
  const pending = members.some(({ fields }) => !fields.GIA_TRI && !fields.KET_LUAN && !fields.MO_TA);
  return {
    resourceType: 'DiagnosticReport',
    status: pending ? 'partial' : 'final',
    category: [sections[members[0]!.category]],
    code: concept(SERVICE, service, name),
    ...ofVisit(visit),
    ...element('effectiveDateTime', times[0]),
    ...element('issued', instant(times.at(-1))),
    performer: [facilityReference(visit.facility)],
    ...element('resultsInterpreter', interpreters(members)),
    result: members.map(({ key }) => ({ reference: visit.refer(key) })),
    ...element('conclusion', conclusion),
  };
}

const interpreters = (members: readonly { fields: Fields }[]) =>
  practitionerReferences(
    [...new Set(members.map(({ fields }) => fields.MA_BS_DOC_KQ))].filter((one) => one).join(';'),
  );

/** A dateTime with time and zone is an instant; a bare date is not. */
const instant = (when: string | undefined) => (when?.includes('T') ? when : undefined);
