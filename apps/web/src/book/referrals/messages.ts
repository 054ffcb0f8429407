import { defineMessages } from '@yba/ui';
import { en } from './messages-en.ts';
import { vi } from './messages-vi.ts';

/** Words about referrals, appointment papers and links in the book. */
export const { useText: useCareWords } = defineMessages('book-care', { vi, en });
