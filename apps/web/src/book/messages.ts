import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the health book without the person's form of address; pages use `useWords`, which adds it. */
export const { useText: useBookText, text: bookText } = defineMessages('book', { vi, en });

/** A key of the book's message files. */
export type BookKey = keyof typeof vi;
