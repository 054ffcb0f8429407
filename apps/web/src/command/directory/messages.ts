import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the directory's screens. */
export const { useText: useDirectoryText } = defineMessages('directory', { vi, en });

/** A key of their message files. */
export type DirectoryKey = keyof typeof vi;
