import { careRelationships, practitionerLicences } from '@yba/access';
import type { Capability } from '@yba/http';
import type { Subscriber } from '@yba/repository';
import { withStoredAuditEvents } from './audit-events.ts';
import type { Parts } from './parts.ts';
import { readMany } from './platform-reads.ts';

/** Everything the platform can do: what each part adds to the one door. */
export function capabilitiesOf(parts: Parts): Capability[] {
  return [
    parts.repository.operations, // $validate · $meta, $meta-add, $meta-delete · Observation/$lastn
    parts.access.capability, // sign-in, tokens, discovery · Patient/{id}/$open, $why, $copy · $emergency-openings
    parts.directives.capability, // what persons decide: $share, $redeem, $guardian, $delegations; Consent in the store
    withStoredAuditEvents(parts.audit.capability, parts.repository), // AuditEvent: who looked at my record
    parts.lookRequests.capability, // AuditEvent/{id}/$request, $requests, $overdue-requests · Communication/{id}/$answer
    parts.clientRegistry, //    Patient/$match · $ihe-pix · the identity officers' work
    parts.exchange.capability, // $submit-xml · $quarantine · $process-message, $message-status: received, then filed
    parts.referral.capability, // ServiceRequest/$refer · Task/{id}/$advance · Task/$referrals · $capacity · $re-appoint · $paper
    parts.liveSources.capability, // $retrieve-document: what lies at a hospital that is asked live
    parts.conformance, //       $conform: what is wrong with data, before it is sent · $conformance-results
    parts.summary.capability, //   Patient/{id}/$summary · $health-link, $health-links, $revoke-health-link · /shl/{token}
    parts.oversight.capability, // Organization/$coordination-status: the command board
    parts.registry.capability, // the directory: $find-in-directory, Organization/$directory-facility, $change-facility …
    ...(parts.book ? [parts.book.capability] : []), // the imitation of VNeID, in demonstration mode alone
  ];
}

/** Everything that follows the feed, each from its own cursor. */
export function subscribersOf(parts: Parts): Subscriber[] {
  return [
    careRelationships(readMany(parts.repository)), // which facility cares for whom: opens charts
    practitionerLicences(readMany(parts.repository)), // who may practise
    ...parts.referral.subscribers, // who has a part in which referral, who has arrived
    parts.oversight.subscriber, // the command board's figures
    ...parts.registry.subscribers, // the directory's index, who was connected with whom
  ];
}
