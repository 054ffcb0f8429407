import { OutcomeError } from '@yba/fhir';

/**
 * The timeline a statement is carried out in: it changes when a standby is promoted or a backup restored. What a process keeps of the
 * database (numbers set aside, numbers of agents) holds in that timeline alone: the one that took over may never have had it.
 * Source: https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-TIMELINES
 */
export const TIMELINE_NOW = 'yba_timeline()';

/** What a process keeps is of another timeline than the database; the same again, with all of it asked anew, goes through. */
export class TakenOver extends OutcomeError {
  constructor() {
    super([
      { severity: 'error', code: 'transient', diagnostics: 'Another database has taken over; try again' },
    ]);
  }
}
