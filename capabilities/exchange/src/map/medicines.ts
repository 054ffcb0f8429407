import { DRUG, dossierRow, ROUTE } from '@yba/vietnam';
import { fhirDateTime } from '@yba/vietnam/dossier';
import { codeText, costGroup, count, element, practitionerReferences } from './elements.ts';
import { type Mapped, ofVisit, rowKeys, type Visit } from './visit.ts';

/** A MedicationRequest for each row of XML2; rows ordered together share a group identifier. */
export function medicinesOf(visit: Visit): Mapped[] {
  const keyOf = rowKeys();
  return visit.rows('XML2').map(({ fields }) => {
    const [requester] = practitionerReferences(fields.MA_BAC_SI);
    const name = [fields.TEN_THUOC, fields.HAM_LUONG].filter((part) => part).join(' ');
    return {
      key: keyOf('XML2', fields.MA_THUOC, fields.TEN_THUOC, fields.SO_DANG_KY, fields.NGAY_YL),
      resource: {
        resourceType: 'MedicationRequest',
        status: 'completed',
        intent: 'order',
        ...element('category', costGroup(fields.MA_NHOM)),
        medicationCodeableConcept: {
          coding: [{ system: DRUG, code: codeText(fields.MA_THUOC!), display: fields.TEN_THUOC }],
          text: name,
        },
        ...ofVisit(visit),
        authoredOn: fhirDateTime(fields.NGAY_YL),
        ...element('requester', requester),
        groupIdentifier: { system: dossierRow(visit.facility), value: `${visit.maLk}/${fields.NGAY_YL}` },
        dosageInstruction: [
          {
            ...element('text', fields.LIEU_DUNG),
            ...element('patientInstruction', fields.CACH_DUNG),
            route: { coding: [{ system: ROUTE, code: fields.DUONG_DUNG }] },
          },
        ],
        dispenseRequest: { quantity: { value: count(fields.SO_LUONG!), unit: fields.DON_VI_TINH } },
      },
    };
  });
}
