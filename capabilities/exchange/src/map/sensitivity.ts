import type { Resource } from '@yba/fhir';
import { ACT_CODE, SENSITIVITY } from '@yba/vietnam';

/** Labels that keep a resource to the submitting facility and the person concerned. */
export const hiv = { system: ACT_CODE, code: 'HIV', display: 'HIV/AIDS information sensitivity' };
export const tuberculosis = { system: SENSITIVITY, code: 'tuberculosis', display: 'Tuberculosis' };

/** HIV disease and HIV status by ICD-10. */
export const tellsHiv = (code: string): boolean => /^(B2[0-4]|Z21|R75|O98\.?7|F02\.?4)/.test(code);

/** The same resource carrying this label. */
export const labelled = (resource: Resource, label: typeof hiv): Resource => ({
  ...resource,
  meta: { ...resource.meta, security: [label] },
});
