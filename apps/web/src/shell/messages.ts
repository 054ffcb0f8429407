import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the parts that all doors share. */
export const { useText: useShellText, text: shellText } = defineMessages('shell', { vi, en });
