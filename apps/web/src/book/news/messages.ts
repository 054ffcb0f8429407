import { defineMessages } from '@yba/ui';
import { en } from './messages-en.ts';
import { vi } from './messages-vi.ts';

/** Words of news in the book. */
export const { useText: useNewsWords } = defineMessages('book-news', { vi, en });
