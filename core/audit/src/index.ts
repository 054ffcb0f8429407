export { createAudit, type Audit, type AuditOptions } from './create-audit.ts';
export type { FindPatient } from './audit-events.ts';
export { keyFile, rotateKey, type Head, type HeadOptions } from './tree/heads.ts';
export { runSequencer, type Sequencer, type SequencerOptions } from './tree/sequencer.ts';
