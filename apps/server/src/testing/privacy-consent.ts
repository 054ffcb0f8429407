import { ACT_CODE } from '@yba/vietnam';

/** A Consent by which a person decides who sees the own record: `provision` says whom it refuses or lets see. */
export const privacyConsent = (patient: string, provision: object, more: object = {}) => ({
  resourceType: 'Consent',
  status: 'active',
  scope: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
  },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: patient },
  policyRule: { coding: [{ system: ACT_CODE, code: 'OPTOUT' }] },
  provision,
  ...more,
});
