import { currentSession } from '../../auth/session.ts';
import { FhirError } from '../../fhir/client.ts';
import type { OperationOutcome } from '../../fhir/types.ts';

/** An app that may be opened from a chart. */
export type ChartApp = { id: string; name: string };

/** The apps registered for charts of this facility. Throws FhirError. */
export async function chartApps(): Promise<ChartApp[]> {
  const { apps } = (await ask('/oauth/apps')) as { apps: ChartApp[] };
  return apps;
}

/** Opens an app for a Patient in a page of its own, which learns nothing of this one. Throws FhirError. */
export async function launchApp(client: string, patient: string): Promise<void> {
  const { url } = (await ask('/oauth/launch', { client, patient })) as { url: string };
  window.open(url, '_blank', 'noopener');
}

async function ask(path: string, body?: object): Promise<unknown> {
  const response = await fetch(path, {
    headers: {
      authorization: `Bearer ${currentSession()?.accessToken ?? ''}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  }).catch(() => {
    throw new FhirError(0);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new FhirError(response.status, answer as OperationOutcome | undefined);
  return answer;
}
