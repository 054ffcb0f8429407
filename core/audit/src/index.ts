export { createAudit, type Audit, type AuditOptions } from './create-audit.ts';
export type { FindPatient } from './audit-events.ts';
