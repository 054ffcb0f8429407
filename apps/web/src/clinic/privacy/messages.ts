import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the privacy desk. */
export const { useText: usePrivacyText, text: privacyText } = defineMessages('privacy', { vi, en });
