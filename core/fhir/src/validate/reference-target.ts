import { resourceTypes } from '../model/model.ts';

const relative = /^([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** A relative reference must point to a type the element allows. Others (urn:, #, absolute) are not judged. */
export function referenceFault(
  value: object,
  targets: readonly string[],
): { code: 'value'; why: string; child: string } | undefined {
  const { reference } = value as { reference?: unknown };
  const type = typeof reference === 'string' ? relative.exec(reference)?.[1] : undefined;
  if (type === undefined || targets.includes(type)) return undefined;
  const why = resourceTypes.has(type)
    ? `may not refer to ${type}`
    : `names '${type}', which is no resource type`;
  return { code: 'value', why: `${why}. Allowed: ${targets.join(', ')}.`, child: 'reference' };
}
