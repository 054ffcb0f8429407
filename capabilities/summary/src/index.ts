export { createSummary, type Summary, type SummaryOptions } from './create-summary.ts';
