export { fhirBirthDate, fhirDate, fhirDateTime, isDossierDate } from './dates.ts';
export { type Dossier, readDossier, type Table } from './dossier.ts';
export { type Envelope, EnvelopeFault, type RawDossier, readEnvelope, type TableFile } from './envelope.ts';
export type { FieldDefinition } from './field-definition.ts';
export { type Finding, finding, type Quarantined, type Rule } from './finding.ts';
export { type Layout, layouts, mappedTables } from './layout.ts';
export type { Row } from './table-file.ts';
