import { resourceTypes } from '../model/model.ts';
import type { Finding } from './binding.ts';

const relative = /^([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/**
 * A relative reference should point to a type the element lists. A warning only: official examples differ.
 * Others (urn:, #, absolute) are not judged.
 */
export function referenceFinding(value: unknown, targets: readonly string[]): Finding | undefined {
  const { reference } = value as { reference?: unknown };
  const type = typeof reference === 'string' ? relative.exec(reference)?.[1] : undefined;
  if (type === undefined || targets.includes(type)) return undefined;
  const why = resourceTypes.has(type)
    ? `should not refer to ${type}`
    : `names '${type}', which is no resource type`;
  return {
    severity: 'warning',
    code: 'value',
    why: `${why}. Listed: ${targets.join(', ')}.`,
    child: 'reference',
  };
}
