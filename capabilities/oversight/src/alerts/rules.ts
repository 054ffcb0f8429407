import type { Sql } from '@yba/postgres';

/** What an alert is raised for. */
export type AlertRule =
  'mass-reading' | 'odd-hours' | 'vip' | 'same-surname' | 'colleague' | 'denied-attempts' | 'emergencies';

/**
 * When a rule strikes: `persons` different records looked at one by one, `listed` different persons in all, or
 * `attempts`, within `minutes`; `from` and `to` are the hours, in
 * Viet Nam, that count as night for somebody whose shifts are not known.
 */
export type Threshold = {
  persons?: number;
  listed?: number;
  attempts?: number;
  minutes?: number;
  from?: number;
  to?: number;
};

/**
 * How whose record was looked at counts where a version does not say: those of before it was counted within a time struck at
 * each look, which this comes to.
 */
export const EACH_LOOK = { persons: 1, minutes: 1440 } as const;

/** A row of the access log as the watch sees it. */
export type WatchedLook = {
  xid: string;
  id: number;
  at: Date;
  person: string | null;
  action: string;
  outcome: string;
  purpose: string | null;
  basis: string | null;
  subject: string;
  name: string;
  role: string;
  facility: number;
  practitioner: string | null;
  /** The looker's own person key, when the log knows it. */
  own: string | null;
  /** At a time that is outside the looker's shift. */
  odd: boolean;
  /** How many persons the same request showed. */
  together: number;
};

/** One alert that should stand, with the looks behind it. */
export type Finding = {
  rule: AlertRule;
  facility: number;
  subject: string;
  name: string;
  role: string;
  /** What makes it the same alert as before: a day, or a person on a day. */
  key: string;
  person?: string;
  persons: number;
  /** The threshold that struck, and what the looker shares with the person. */
  facts: Record<string, unknown>;
  looks: readonly { xid: string; id: number; at: Date }[];
};

/** A look without any of these is not explained by caring for the person. */
export const CARE: readonly string[] = ['encounter', 'appointment', 'referral', 'care-team'];

/** Whose looks are watched: people of a facility. Software is limited elsewhere. */
export const STAFF: readonly string[] = [
  'doctor',
  'nurse',
  'receptionist',
  'identity-officer',
  'privacy-officer',
  'admin',
];

/** Actions that show a record. */
export const READING: readonly string[] = ['read', 'vread', 'history', 'search'];

/** Database notification that the alerts of a facility (its number) moved. */
export const ALERTS_CHANNEL = 'privacy_alert';

/**
 * Leaves out rows of the log, `l`, that are work on the log itself: alerts, openings and questions shown to the officer who handles
 * them. Else an alert about a VIP would raise one about each officer who reads it, which nobody else there could close.
 */
export const notOversight = (sql: Sql) => sql`
  not (l.outcome = 'success' and (l.target like 'AuditEvent%' or l.target = 'Patient/$emergency-openings'))`;
