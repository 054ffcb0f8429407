import { OutcomeError } from '@yba/fhir';
import { advance } from './advance.ts';
import { PLATFORM_CONTEXT, type ReferralOptions } from './options.ts';
import { startOfDay } from './rules.ts';
import { expectedAt } from './steps.ts';
import { storedReferral } from './stored-referral.ts';
import { stateOf, stepsOf } from './task.ts';

const AT_ONCE = 500;

/**
 * Notes the step `miss` on referrals whose patient was expected on a day before today (of Viet Nam) and of whom no arrival
 * is noted: sender and receiver are told, the Appointment becomes a no-show, the paper stays good for another hour to come.
 * To be called now and then; answers how many. One that moved on meanwhile is left as it is.
 */
export async function tellMissed(options: ReferralOptions, now: Date): Promise<number> {
  const today = startOfDay(now);
  const rows = await options.sql<{ task: string }[]>`
    select task from referral_party where open and side = 'out' and expected < ${today}
    order by expected limit ${AT_ONCE}`;
  let told = 0;
  for (const { task } of rows) {
    const id = task.replace('Task/', '');
    const stored = await storedReferral(options, id);
    // the list follows the feed: given another hour meanwhile, or told already
    const expected = stored && expectedAt(stateOf(stored.task), stepsOf(stored.task));
    if (!expected || Date.parse(expected) >= today.getTime()) continue;
    try {
      const ifMatch = [Number(stored.task.meta?.versionId)];
      await advance(options, PLATFORM_CONTEXT, id, { step: 'miss', ifMatch });
      told++;
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error; // it arrived, or was moved at this moment
    }
  }
  return told;
}
