export { createReferral, type Referral } from './create-referral.ts';
export type { ReferralOptions } from './options.ts';
