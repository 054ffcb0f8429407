import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the doors page and the sign-in page. */
export const { useText: useSignInText, text: signInText } = defineMessages('sign-in', { vi, en });
