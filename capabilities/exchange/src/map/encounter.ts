import {
  ACCESS_CATEGORY,
  ACT_CODE,
  DEPARTMENT,
  DISCHARGE_KIND,
  extension,
  INJURY_CAUSE,
  maLk,
  recordNumber,
  TREATMENT_RESULT,
  VISIT_TYPE,
} from '@yba/vietnam';
import { departments, visitTypes } from '@yba/vietnam/data';
import { fhirDateTime } from '@yba/vietnam/dossier';
import { diagnosesOf } from './conditions.ts';
import { concept, departmentCoding, element, facilityReference } from './elements.ts';
import { encounterKey, type Mapped, partsOf, type Visit } from './visit.ts';

const classes: Record<string, { code: string; display: string }> = {
  AMB: { code: 'AMB', display: 'ambulatory' },
  IMP: { code: 'IMP', display: 'inpatient encounter' },
  SS: { code: 'SS', display: 'short stay' },
  HH: { code: 'HH', display: 'home health' },
  VR: { code: 'VR', display: 'virtual' },
};

/** Class by kind of visit; the kind itself is kept in `type`. */
const classByType: Record<string, string> = {
  '03': 'IMP',
  '04': 'SS',
  '06': 'IMP',
  '09': 'IMP',
  '12': 'HH',
  '14': 'VR',
};

/** The visit itself. */
export function encounterOf(visit: Visit): Mapped {
  const { summary, facility } = visit;
  const kind = visitTypes().find((type) => type.code === summary.MA_LOAI_KCB);
  const wards = partsOf(summary.MA_KHOA);
  const ward = departments().find((one) => one.code === wards[0]);
  return {
    key: encounterKey,
    resource: {
      resourceType: 'Encounter',
      ...element('extension', extensions(summary, wards)),
      identifier: [
        { use: 'official', system: maLk(facility), value: visit.maLk },
        ...(summary.MA_HSBA
          ? [{ use: 'secondary', system: recordNumber(facility), value: summary.MA_HSBA }]
          : []),
      ],
      status: 'finished',
      class: { system: ACT_CODE, ...classes[classByType[summary.MA_LOAI_KCB!] ?? 'AMB']! },
      type: [concept(VISIT_TYPE, kind?.code ?? summary.MA_LOAI_KCB, kind?.name)],
      ...(wards[0] ? { serviceType: concept(DEPARTMENT, wards[0], ward?.name) } : {}),
      ...(summary.MA_DOITUONG_KCB === '2' ? { priority: emergency } : {}),
      subject: { reference: visit.patient },
      period: { start: fhirDateTime(summary.NGAY_VAO), end: fhirDateTime(summary.NGAY_RA) },
      ...element('length', length(summary.SO_NGAY_DTRI)),
      ...element('reasonCode', reasons(summary)),
      diagnosis: diagnosesOf(visit).map(({ key }, at) => ({
        condition: { reference: visit.refer(key) },
        use: dischargeDiagnosis,
        rank: at + 1,
      })),
      hospitalization: hospitalization(summary),
      serviceProvider: facilityReference(facility),
    },
  };
}

const emergency = {
  coding: [
    { system: 'http://terminology.hl7.org/CodeSystem/v3-ActPriority', code: 'EM', display: 'emergency' },
  ],
};

const dischargeDiagnosis = {
  coding: [
    {
      system: 'http://terminology.hl7.org/CodeSystem/diagnosis-role',
      code: 'DD',
      display: 'Discharge diagnosis',
    },
  ],
};

function extensions(summary: Visit['summary'], wards: readonly string[]) {
  const coded = (name: string, system: string, code: string | undefined) =>
    code ? [{ url: extension(name), valueCoding: { system, code } }] : [];
  return [
    ...coded('access-category', ACCESS_CATEGORY, summary.MA_DOITUONG_KCB),
    ...coded('injury-cause', INJURY_CAUSE, summary.MA_TAI_NAN === '0' ? undefined : summary.MA_TAI_NAN),
    ...wards.slice(1).map((ward) => ({ url: extension('department'), valueCoding: departmentCoding(ward) })),
  ];
}

const length = (days: string | undefined) =>
  Number(days) > 0
    ? { value: Number(days), unit: 'ngày', system: 'http://unitsofmeasure.org', code: 'd' }
    : undefined;

const reasons = (summary: Visit['summary']) =>
  [...new Set([summary.LY_DO_VV, summary.LY_DO_VNT])].filter((text) => text).map((text) => ({ text }));

/** Where the patient came from and went to; death goes before the kind of discharge. */
function hospitalization(summary: Visit['summary']) {
  const {
    MA_NOI_DI: from,
    MA_NOI_DEN: to,
    GIAY_CHUYEN_TUYEN: slip,
    KET_QUA_DTRI: result,
    MA_LOAI_RV: kind,
  } = summary;
  return {
    ...(slip ? { preAdmissionIdentifier: { value: slip } } : {}),
    ...(from ? { origin: facilityReference(from) } : {}),
    ...(to ? { destination: facilityReference(to) } : {}),
    dischargeDisposition: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/discharge-disposition',
          ...disposition(result, kind),
        },
        ...(kind ? [{ system: DISCHARGE_KIND, code: kind }] : []),
        ...(result ? [{ system: TREATMENT_RESULT, code: result }] : []),
      ],
    },
  };
}

function disposition(
  result: string | undefined,
  kind: string | undefined,
): { code: string; display: string } {
  if (result === '5' || result === '8') return { code: 'exp', display: 'Expired' };
  if (kind === '2' || kind === '5') return { code: 'other-hcf', display: 'Other healthcare facility' };
  if (kind === '3') return { code: 'oth', display: 'Other' };
  if (kind === '4' || result === '6') return { code: 'aadvice', display: 'Left against advice' };
  return { code: 'home', display: 'Home' };
}
