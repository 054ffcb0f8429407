import type { PasswordCost } from '../accounts/password.ts';

/** Of a hash in a test that is not about hashes: a tenth of a millisecond instead of 40. */
export const PASSWORD_COST: PasswordCost = { memoryKiB: 64, passes: 1, lanes: 1 };
