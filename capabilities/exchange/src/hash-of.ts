import { createHash } from 'node:crypto';

/** A hash of what a resource says, whatever the order of its elements. */
export const hashOf = (resource: object): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(resource)))
    .digest('base64url');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  const plain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!plain) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
