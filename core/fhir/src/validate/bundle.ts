import type { Resource } from '../interactions.ts';
import { report, type Run } from './run.ts';

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const requests = new Set(['batch', 'transaction']);

/**
 * What Bundle.entry.fullUrl must be beyond the invariants: absolute, and not at odds with the id of its resource.
 * Of a Bundle of requests, and for ids, a warning: official examples differ.
 * Source: https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl
 */
export function checkFullUrls(bundle: Resource, run: Run): void {
  const { entry, type } = bundle;
  if (!Array.isArray(entry)) return;
  for (let at = 0; at < entry.length; at++) {
    const { fullUrl, resource } = (entry[at] ?? {}) as { fullUrl?: unknown; resource?: Resource | null };
    if (typeof fullUrl !== 'string') continue;
    if (!absolute.test(fullUrl))
      report(
        run,
        'value',
        'must be absolute, as https://… or urn:uuid:….',
        `entry[${at}].fullUrl`,
        requests.has(type as string) ? 'warning' : 'error',
      );
    else if (
      typeof resource?.id === 'string' &&
      !fullUrl.startsWith('urn:') &&
      !fullUrl.endsWith(`/${resource.id}`)
    )
      report(run, 'value', 'should end with the id of the resource.', `entry[${at}].fullUrl`, 'warning');
  }
}
