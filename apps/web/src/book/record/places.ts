import { idOf, type Organization, type Reference, type Resource } from './fhir.ts';

const facilitySystem = 'https://yba.vn/fhir/sid/facility';
const sourcePrefix = 'https://yba.vn/fhir/facility/';

/** Names of facilities, found by code, by Organization id or by a reference. */
export type Places = {
  /** Name of the facility that wrote a resource (its `meta.source`). */
  of(resource: Resource): string | undefined;
  named(code: string): string | undefined;
  referred(reference: Reference | undefined): string | undefined;
};

/** Reads the facility code out of a resource's `meta.source`. */
export const facilityCodeOf = (resource: Resource): string | undefined => {
  const source = resource.meta?.source;
  return source?.startsWith(sourcePrefix) ? source.slice(sourcePrefix.length).split('#')[0] : undefined;
};

/** Makes the name finder from the Organizations of the registry. */
export const placesOf = (organizations: readonly Organization[]): Places => {
  const byCode = new Map<string, string>();
  const byId = new Map<string, string>();
  for (const { id, name, identifier } of organizations) {
    if (!name) continue;
    if (id) byId.set(id, name);
    for (const { system, value } of identifier ?? [])
      if (system === facilitySystem && value) byCode.set(value, name);
  }
  const named = (code: string) => byCode.get(code);
  return {
    named,
    of: (resource) => {
      const code = facilityCodeOf(resource);
      return code === undefined ? undefined : named(code);
    },
    referred: (reference) => {
      const id = idOf(reference, 'Organization');
      return (
        (id && byId.get(id)) ??
        (reference?.identifier?.value && named(reference.identifier.value)) ??
        reference?.display
      );
    },
  };
};
