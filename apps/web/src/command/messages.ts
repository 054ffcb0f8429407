import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the ministry's board. */
export const { useText: useCommandText, text: commandText } = defineMessages('command', { vi, en });

/** A key of the board's message files. */
export type CommandKey = keyof typeof vi;
