import { Decimal, type Resource } from '@yba/fhir';

/** Says of a resource that it was read at its source for this answer, and lies there. */
export const LIVE_TAG = { system: 'https://yba.vn/fhir/CodeSystem/held', code: 'at-source' };

const RELATIVE = /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}(\/_history\/[A-Za-z0-9.-]{1,64})?$/;

/**
 * Makes a resource of a source readable beside ours: the patient is the one that the facility registered here, every
 * other reference leads to the source, `meta.source` names the facility and a tag says where it lies.
 */
export function atHome({
  base,
  remote,
  patient,
  from,
}: {
  base: string;
  remote: string;
  patient: string;
  from: string;
}): (resource: Resource) => Resource {
  const reference = (text: string) =>
    text === remote || text === `${base}/${remote}`
      ? patient
      : RELATIVE.test(text)
        ? `${base}/${text}`
        : text;
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null || value instanceof Decimal) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        (name === 'reference' || name === 'url') && typeof inner === 'string'
          ? reference(inner)
          : walk(inner),
      ]),
    );
  };
  return (resource) => {
    const { meta, ...rest } = walk(resource) as Resource;
    const tags = (meta?.['tag'] ?? []) as object[];
    return { ...rest, meta: { ...meta, source: from, tag: [...tags, LIVE_TAG] } } as Resource;
  };
}
