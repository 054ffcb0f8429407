import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of “My account” and of the accounts of a facility. */
export const { useText: useAccountText } = defineMessages('account', { vi, en });
