import type { Resource } from '@yba/fhir';
import { extension, FACILITY, isFacilityCode } from '@yba/vietnam';
import { provinces } from '@yba/vietnam/data';

/** A facility as an Organization of the registry tells of it. */
export type RegisteredFacility = {
  code: string;
  name: string;
  kind: string | null;
  /** 2-digit code of the province of today; null when the address does not tell. */
  province: string | null;
};

type Coding = { system?: string; code?: string };
type Address = {
  use?: string;
  state?: string;
  period?: { end?: string };
  extension?: { url?: string; valueCoding?: Coding }[];
};

/**
 * The facility this Organization is; undefined for departments, payers and inactive ones. The province is that of
 * the address in force, by its code, else by the name in `state`: never by the first digits of the facility code,
 * which are those of the old provinces.
 */
export function registeredFacility(organization: Resource): RegisteredFacility | undefined {
  const identifiers = (organization['identifier'] ?? []) as { system?: string; value?: string }[];
  const code = identifiers.find(({ system }) => system === FACILITY)?.value;
  if (!code || !isFacilityCode(code) || organization['active'] === false) return undefined;
  const addresses = (organization['address'] ?? []) as Address[];
  const address = addresses.find(({ use, period }) => use !== 'old' && !period?.end);
  const types = (organization['type'] ?? []) as { coding?: Coding[] }[];
  return {
    code,
    name: typeof organization['name'] === 'string' ? organization['name'] : code,
    kind: types[0]?.coding?.[0]?.code ?? null,
    province: address ? provinceOf(address) : null,
  };
}

function provinceOf(address: Address): string | null {
  const coded = address.extension?.find(({ url }) => url === extension('province'))?.valueCoding?.code;
  const named = (of: { name: string; fullName: string }) =>
    of.fullName === address.state || of.name === address.state;
  return coded ?? provinces().find(named)?.code ?? null;
}
