import type { Interactions } from '@yba/fhir';
import type { Capability } from '@yba/http';
import { typeNumber, type Subscriber } from '@yba/repository';
import { advanceOperation } from './advance-operation.ts';
import { arrivals } from './arrivals.ts';
import { reAppointOperation } from './appointment.ts';
import { capacityOperation } from './capacity.ts';
import { expireReferrals, sweepNotices } from './expire.ts';
import { tellMissed } from './missed.ts';
import { withReferrals } from './guard.ts';
import { listOperation } from './list.ts';
import { noticesOperation, readNoticesOperation } from './notices/list-notices.ts';
import { pushOperations } from './notices/push-subscriptions.ts';
import { runPushes, sendPushes } from './notices/send-pushes.ts';
import type { ReferralOptions } from './options.ts';
import { paperOperation } from './paper.ts';
import { referralParties } from './parties.ts';
import { referOperation } from './refer.ts';

export type Referral = {
  capability: Capability;
  /** What follows the feed: who has a part in which referral, and who has arrived. */
  subscribers: readonly Subscriber[];
  /** The interactions where a write to a referral's Task is a step of it. */
  guarding(inner: Interactions): Interactions;
  /** Ends what is out of date, and takes old news away; answers how many ended. */
  expire(): Promise<number>;
  /** Notes who did not come when they were expected, the day after; answers how many. */
  missed(at?: Date): Promise<number>;
  /** Tells the devices of citizens who have news; answers how many were told. */
  push(): Promise<number>;
  /** Does so as news comes; answers how to stop. */
  run(onError: (error: unknown, doing: string) => void): () => Promise<void>;
};

/** Referrals between facilities, consultations, and papers to come again: from the request to its answer. */
export function createReferral(options: ReferralOptions): Referral {
  const { sql, repository } = options;
  return {
    capability: {
      name: 'referral',
      operations: [
        referOperation(options), //                    ServiceRequest/$refer
        advanceOperation(options), //                  Task/{id}/$advance
        listOperation(options), //                     Task/$referrals
        capacityOperation(options), //                 Organization/{id}/$capacity
        reAppointOperation(options), //                Appointment/$re-appoint
        paperOperation(options, 'ServiceRequest'), //  XML13
        paperOperation(options, 'Appointment'), //     XML14
        noticesOperation(options), //                  Task/$notices
        readNoticesOperation(options), //              Task/$read-notices
        ...pushOperations(options), //                 Patient/$push, $push-subscribe, $push-unsubscribe
      ],
    },
    subscribers: [
      referralParties(
        repository,
        async (patient) => {
          const rows = await sql<{ id: string }[]>`
        select coalesce(r.client_id, r.id::text) as id from patient_link l
        join patient_link other on other.person = l.person
        join resource r on r.person = other.placement and r.patient = other.patient
        where l.patient = ${patient} and r.type = ${typeNumber('Coverage')} and not r.deleted limit 20`;
          return rows.map(({ id }) => `Coverage/${id}`);
        },
        options.now ?? (() => new Date()),
      ),
      arrivals(options),
    ],
    guarding: (inner) => withReferrals(options, inner),
    async expire() {
      await sweepNotices(options);
      return expireReferrals(options);
    },
    missed: (at = (options.now ?? (() => new Date()))()) => tellMissed(options, at),
    push: () => sendPushes(options),
    run: (onError) => runPushes(options, onError),
  };
}
