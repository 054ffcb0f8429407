import { OutcomeError } from '@yba/fhir';

/**
 * What a process keeps (numbers set aside, numbers of agents) is of another timeline than the database (`yba_timeline()`), which may never
 * have had it: that changes when a standby is promoted or a backup restored. The same again, with all of it asked anew, goes through.
 * Source: https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-TIMELINES
 */
export class TakenOver extends OutcomeError {
  constructor() {
    super([
      { severity: 'error', code: 'transient', diagnostics: 'Another database has taken over; try again' },
    ]);
  }
}
