import type { Resource } from '@yba/fhir';
import { extension, SERVICE, SUPPLY } from '@yba/vietnam';
import { fhirDateTime, type Row } from '@yba/vietnam/dossier';
import {
  concept,
  costGroup,
  count,
  element,
  facilityReference,
  icdConcept,
  practitionerReferences,
} from './elements.ts';
import { hiv, labelled, tellsHiv } from './sensitivity.ts';
import { type Mapped, ofVisit, partsOf, rowKeys, type Visit } from './visit.ts';

type Fields = Row['fields'];

/** A Procedure for each service of XML3, a SupplyDelivery for each supply. */
export function servicesOf(visit: Visit): Mapped[] {
  const keyOf = rowKeys();
  return visit.rows('XML3').map(({ fields }) => {
    const supply = !!fields.MA_VAT_TU;
    const about = supply ? [fields.MA_VAT_TU, fields.TEN_VAT_TU] : [fields.MA_DICH_VU, fields.TEN_DICH_VU];
    return {
      key: keyOf('XML3', ...about, fields.NGAY_YL),
      resource: supply ? supplyOf(visit, fields) : procedureOf(visit, fields),
    };
  });
}

function procedureOf(visit: Visit, fields: Fields): Resource {
  const reasons = partsOf(fields.MA_BENH);
  const performers = practitionerReferences(fields.NGUOI_THUC_HIEN || fields.MA_BAC_SI);
  const procedure = {
    resourceType: 'Procedure',
    ...element('extension', anaesthesia(fields)),
    status: fields.MA_DICH_VU!.endsWith('_TB') ? 'stopped' : 'completed',
    ...element('category', costGroup(fields.MA_NHOM)[0]),
    code: concept(SERVICE, fields.MA_DICH_VU, fields.TEN_DICH_VU),
    ...ofVisit(visit),
    ...performed(fields),
    ...element(
      'performer',
      performers.map((actor) => ({ actor })),
    ),
    ...element(
      'reasonCode',
      reasons.map((code) => icdConcept(code, visit.summary.NGAY_RA!)),
    ),
  };
  return reasons.some(tellsHiv) ? labelled(procedure, hiv) : procedure;
}

/** From when it was carried out (else ordered) to its result; a result timed before its start is left out. */
function performed(fields: Fields) {
  const start = fhirDateTime(fields.NGAY_TH_YL || fields.NGAY_YL);
  const end = fhirDateTime(fields.NGAY_KQ);
  return start && end && start <= end ? { performedPeriod: { start, end } } : { performedDateTime: start };
}

const methods: Record<string, string> = {
  '1': 'Gây mê',
  '2': 'Gây tê',
  '3': 'Châm tê',
  '4': 'Phương pháp khác',
};

/** How pain was kept away: the coded method, else the suffix that says local anaesthesia. */
function anaesthesia(fields: Fields) {
  const method =
    methods[fields.PP_VO_CAM ?? ''] ?? (fields.MA_DICH_VU!.endsWith('_GT') ? methods['2'] : undefined);
  return method ? [{ url: extension('anaesthesia'), valueString: method }] : [];
}

function supplyOf(visit: Visit, fields: Fields): Resource {
  const extensions = [
    ...(fields.MA_HIEU_SP ? [{ url: extension('product-model'), valueString: fields.MA_HIEU_SP }] : []),
    ...(fields.TAI_SU_DUNG === '1' ? [{ url: extension('reused-supply'), valueBoolean: true }] : []),
  ];
  return {
    resourceType: 'SupplyDelivery',
    extension: [...extensions, { url: extension('encounter'), valueReference: ofVisit(visit).encounter }],
    status: 'completed',
    patient: { reference: visit.patient },
    suppliedItem: {
      quantity: { value: count(fields.SO_LUONG!), unit: fields.DON_VI_TINH },
      itemCodeableConcept: concept(SUPPLY, fields.MA_VAT_TU, fields.TEN_VAT_TU),
    },
    occurrenceDateTime: fhirDateTime(fields.NGAY_TH_YL || fields.NGAY_YL),
    supplier: facilityReference(visit.facility),
  };
}
