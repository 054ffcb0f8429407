import { defineMessages } from './language.tsx';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the shared blocks. */
export const { useText: useUiText, text: uiText } = defineMessages('ui', { vi, en });
