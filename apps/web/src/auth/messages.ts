import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the lock screen. */
export const { useText: useLockText } = defineMessages('lock', { vi, en });
