import { defineMessages } from '@yba/ui';
import { en } from './messages/en.ts';
import { vi } from './messages/vi.ts';

/** Words of the clinic door. */
export const { useText: useClinicText, text: clinicText } = defineMessages('clinic', { vi, en });
