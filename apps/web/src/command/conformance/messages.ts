import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the screen on data that vendors send. */
export const { useText: useConformanceText } = defineMessages('conformance', { vi, en });
