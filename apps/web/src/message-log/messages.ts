import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the message log, at the doors of the authority and of a facility. */
export const { useText: useLogText, text: logText } = defineMessages('message-log', { vi, en });
