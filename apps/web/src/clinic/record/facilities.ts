import { facilityLetters, type Source } from '@yba/ui';
import { FACILITY } from '@yba/vietnam';
import { useQuery } from '@tanstack/react-query';
import { entriesOf, fhir } from '../../fhir/client.ts';
import type { Bundle, Organization } from '../../fhir/types.ts';

/** A facility as the screens name it: 5-character code, full name, the letters of its badge, its address in words. */
export type Facility = { code: string; name: string; letters: string; address?: string };

/** Facilities by their code. */
export type Facilities = ReadonlyMap<string, Facility>;

function facilityOf(organization: Organization): Facility | undefined {
  const code = organization.identifier?.find((one) => one.system === FACILITY)?.value;
  if (!code) return undefined;
  const name = organization.name ?? code;
  const letters = organization.alias?.find((alias) => alias.length <= 3) ?? facilityLetters(name);
  const address = organization.address?.[0];
  const words =
    address?.text ??
    [...(address?.line ?? []), address?.district, address?.city, address?.state].filter(Boolean).join(', ');
  return { code, name, letters, ...(words ? { address: words } : {}) };
}

/** All facilities of the shared registry; kept for ten minutes. */
export function useFacilities(): Facilities {
  const { data } = useQuery({
    queryKey: ['facilities'],
    staleTime: 600_000,
    queryFn: async ({ signal }) => {
      const bundle = await fhir<Bundle>('Organization?_count=1000', { signal });
      const found = entriesOf(bundle, 'Organization').map(facilityOf);
      return new Map(found.filter((one) => one !== undefined).map((one) => [one.code, one]));
    },
  });
  return data ?? NONE;
}

const NONE: Facilities = new Map();

/** The badge of the facility with this code, as seen from `own`. */
export function sourceOfCode(
  code: string | undefined,
  facilities: Facilities,
  own: string | undefined,
): Source {
  if (!code) return { letters: '?', name: '?', kind: 'other' };
  const facility = facilities.get(code);
  return {
    letters: facility?.letters ?? code.slice(0, 2),
    name: facility?.name ?? code,
    kind: code === own ? 'own' : 'other',
  };
}
