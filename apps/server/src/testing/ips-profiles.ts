import { readFileSync } from 'node:fs';
import type { ProfileSource, Resource } from '@yba/fhir';

const file = new URL('../../../../capabilities/summary/data/ips-profiles.json', import.meta.url);
const byUrl = new Map(
  (JSON.parse(readFileSync(file, 'utf8')) as Resource[]).map((one) => [String(one['url']), one]),
);

/** The profiles of the International Patient Summary, for tests that validate a summary. */
export const ipsProfiles: ProfileSource = {
  structureDefinition: (canonical) => byUrl.get(canonical.split('|')[0]!),
  valueSet: () => undefined,
  codeSystem: () => undefined,
};
