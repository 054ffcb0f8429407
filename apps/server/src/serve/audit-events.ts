import type { Context, Interactions } from '@yba/fhir';
import type { Capability } from '@yba/http';

/**
 * AuditEvents come from two places: people read our own access log; a facility's software files the events of its
 * own systems in the store, and finds them there. Source: https://profiles.ihe.net/ITI/TF/Volume2/ITI-20.html
 */
export function withStoredAuditEvents(audit: Capability, store: Interactions): Capability {
  const log = audit.resources!.AuditEvent!;
  const isSoftware = ({ caller }: Context) => caller.role === 'system' || caller.role === 'platform';
  const events: Interactions = {
    ...store,
    read: (context, type, id) => (isSoftware(context) ? store : log).read!(context, type, id),
    // an entry of the log has one version
    vread: (context, type, id, version) =>
      isSoftware(context) || version !== '1'
        ? store.vread(context, type, id, version)
        : log.read!(context, type, id),
    search: (context, type, params, options) =>
      (isSoftware(context) ? store : log).search!(context, type, params, options),
  };
  return { ...audit, resources: { AuditEvent: events } };
}
