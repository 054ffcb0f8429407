import { compileFhirPath } from '../fhirpath/index.ts';
import { model } from '../model/model.ts';
import { propertyOf } from '../path/compile-path.ts';
import { containedIn } from './resolve-reference.ts';
import type { Run } from './run.ts';

type Fields = Record<string, unknown>;
type Native = (fields: Fields, run: Run) => boolean;

const objects = (value: unknown): Fields[] =>
  Array.isArray(value)
    ? (value as unknown[]).filter((one): one is Fields => typeof one === 'object' && one !== null)
    : [];

const withRequest = new Set(['batch', 'transaction', 'history']);
const withResponse = new Set(['batch-response', 'transaction-response', 'history']);

const ref1 =
  "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids')) or (reference='#' and %rootResource!=%resource)";
const per1 = 'start.hasValue().not() or end.hasValue().not() or (start <= end)';
const dom3 =
  "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | %resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()";
const vs1 = '($this as dateTime).toString().length() >= 8';
const bdl3 =
  "entry.all(request.exists() = (%resource.type = 'batch' or %resource.type = 'transaction' or %resource.type = 'history'))";
const bdl4 =
  "entry.all(response.exists() = (%resource.type = 'batch-response' or %resource.type = 'transaction-response' or %resource.type = 'history'))";
const bdl7 =
  "(type = 'history') or entry.where(fullUrl.exists()).select(fullUrl&resource.meta.versionId).isDistinct()";
const csd1 = 'concept.code.combine($this.descendants().concept.code).isDistinct()';
const que2 = 'descendants().linkId.isDistinct()';

const inOrder = compileFhirPath(per1);
const allReferredTo = compileFhirPath(dom3);

/**
 * Invariants by expression that are met so often, or in so large a resource, that they are written out. A test
 * holds each to what its expression gives.
 */
export const nativeInvariants: Readonly<Record<string, Native>> = {
  [ref1]: ({ reference }, run) => {
    if (typeof reference !== 'string' || reference.charCodeAt(0) !== 35 /* # */) return true;
    if (reference === '#') return true; // the container; at the outermost resource the expression answers nothing
    return containedIn(run).has(reference.slice(1));
  },
  [per1]: (fields) => {
    const { start, end } = fields;
    if (typeof start !== 'string' || typeof end !== 'string') return true;
    if (start.length === end.length && start.slice(19) === end.slice(19)) return start <= end;
    return !inOrder.refutes(fields, { type: 'Period' });
  },
  [dom3]: (fields, run) => {
    const open = new Set<unknown>();
    for (const { id } of objects(fields['contained'])) if (typeof id === 'string') open.add(`#${id}`);
    dropReferredTo(fields, open);
    // what is left may refer to the container itself
    return open.size === 0 || !allReferredTo.refutes(fields, { root: run.resource });
  },
  [vs1]: (value: unknown) => typeof value !== 'string' || value.length >= 8,
  [bdl3]: ({ type, entry }) =>
    objects(entry).every(({ request }) => (request !== undefined) === withRequest.has(type as string)),
  [bdl4]: ({ type, entry }) =>
    objects(entry).every(({ response }) => (response !== undefined) === withResponse.has(type as string)),
  [bdl7]: ({ type, entry }) => {
    if (type === 'history') return true;
    const seen = new Set<string>();
    for (const { fullUrl, resource } of objects(entry)) {
      if (typeof fullUrl !== 'string') continue;
      const { meta } = (resource ?? {}) as { meta?: { versionId?: unknown } };
      const key = fullUrl + (typeof meta?.versionId === 'string' ? meta.versionId : '');
      if (seen.has(key)) return false;
      seen.add(key);
    }
    return true;
  },
  [csd1]: ({ concept }) => isDistinct(concept, 'code', 'concept'),
  [que2]: (fields) => isDistinct(Object.values(fields).flat(), 'linkId'),
};

/** JSON properties that hold a uri of some kind, and `reference`. */
const linking = new Set([
  'reference',
  ...Object.values(model.types).flatMap(({ elements }) =>
    elements.flatMap((element) =>
      element.types
        .filter((type) => type === 'canonical' || type === 'uri' || type === 'url')
        .map((type) => propertyOf(element, type)),
    ),
  ),
]);

/** Takes the local references that stand anywhere in the object out of the set. */
function dropReferredTo(object: Fields, open: Set<unknown>): void {
  for (const key in object) {
    if (open.size === 0) return;
    const value = object[key];
    if (typeof value === 'string') {
      if (value.charCodeAt(0) === 35 /* # */ && linking.has(key)) open.delete(value);
    } else if (Array.isArray(value)) for (const one of objects(value)) dropReferredTo(one, open);
    else if (typeof value === 'object' && value !== null) dropReferredTo(value as Fields, open);
  }
}

/** Whether a property has another value in each object of a tree: of all objects below, or of those in one property. */
function isDistinct(roots: unknown, property: string, within?: string): boolean {
  const seen = new Set<unknown>();
  const open = objects(roots);
  for (let one = open.pop(); one; one = open.pop()) {
    const value = one[property];
    if (typeof value === 'string') {
      if (seen.has(value)) return false;
      seen.add(value);
    }
    for (const key in one)
      if (within === undefined || key === within) {
        const child = one[key];
        if (Array.isArray(child)) for (const each of objects(child)) open.push(each);
        else if (typeof child === 'object' && child !== null) open.push(child as Fields);
      }
  }
  return true;
}
