import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of referrals. */
export const { useText: useReferralText } = defineMessages('referrals', { vi, en });
