import type { Caller } from '@yba/fhir';

/** Reception: it takes the steps that need nothing of the illness, and sees a referral without it. */
export const isDeskRole = ({ role }: Caller): boolean => role === 'receptionist';

/** What the policy must let a role write to take the steps of the desk: who arrived, and when somebody is expected. */
export const DESK_TYPES: readonly string[] = ['Encounter', 'Appointment'];
