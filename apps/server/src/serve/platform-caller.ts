import type { Context } from '@yba/fhir';

/** The server itself, for its own jobs: never a token's. */
export function asPlatform(job: string): Context {
  return {
    caller: { role: 'platform', client: 'yba', subject: 'client/yba', name: 'Y Bạ', scopes: [] },
    requestId: job,
  };
}
