import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words about licences to practise. */
export const { useText: useLicenceText } = defineMessages('licences', { vi, en });
