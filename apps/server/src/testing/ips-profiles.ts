import { readFileSync } from 'node:fs';
import type { ProfileSource, Resource } from '@yba/fhir';

const file = new URL('../../../../capabilities/summary/data/ips-profiles.json', import.meta.url);
const byUrl = new Map(
  (JSON.parse(readFileSync(file, 'utf8')) as Resource[]).map((one) => [String(one['url']), one]),
);

const ofType = (type: string, canonical: string) => {
  const found = byUrl.get(canonical.split('|')[0]!);
  return found?.resourceType === type ? found : undefined;
};

/** The profiles of the International Patient Summary, for tests that validate a summary. */
export const ipsProfiles: ProfileSource = {
  structureDefinition: (canonical) => ofType('StructureDefinition', canonical),
  valueSet: (canonical) => ofType('ValueSet', canonical),
  codeSystem: () => undefined,
};

/** Elements at the top of a type that the guide wants supported: there when they are known. */
export const mustSupport = (type: string): string[] =>
  [...byUrl.values()]
    .filter((one) => one['type'] === type)
    .flatMap((one) => (one['differential'] as { element: { path: string; mustSupport?: boolean }[] }).element)
    .flatMap(({ path, mustSupport: wanted }) =>
      wanted && /^[A-Za-z]+\.[A-Za-z]+$/.test(path) ? [path.split('.')[1]!] : [],
    );
