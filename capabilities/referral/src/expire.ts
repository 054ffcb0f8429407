import { OutcomeError } from '@yba/fhir';
import { advance } from './advance.ts';
import { PLATFORM_CONTEXT, type ReferralOptions } from './options.ts';

const AT_ONCE = 500;
/** How long news is shown, in days. */
export const NOTICE_DAYS = 90;

/**
 * Ends the referrals whose paper is out of date and whose patient did not arrive; to be called now and then. Answers how
 * many. One that moved on meanwhile is left as it is.
 */
export async function expireReferrals(options: ReferralOptions): Promise<number> {
  const now = (options.now ?? (() => new Date()))();
  const rows = await options.sql<{ task: string }[]>`
    select task from referral_party where open and side = 'out' and until < ${now} order by until limit ${AT_ONCE}`;
  let ended = 0;
  for (const { task } of rows) {
    try {
      await advance(options, PLATFORM_CONTEXT, task.replace('Task/', ''), { step: 'expire' });
      ended++;
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error; // it arrived, or was answered
    }
  }
  return ended;
}

/** Takes away news that nobody is shown any more. */
export async function sweepNotices({ sql }: Pick<ReferralOptions, 'sql'>): Promise<void> {
  await sql`delete from notice where noted < now() - make_interval(days => ${NOTICE_DAYS})`;
}
