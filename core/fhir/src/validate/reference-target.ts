import { resourceTypes } from '../model/model.ts';
import { nearNames } from '../search/near-names.ts';
import type { Finding } from './binding.ts';
import { isPlain } from './primitives.ts';
import { resolveReference } from './resolve-reference.ts';
import type { Run } from './run.ts';

/** `Type/id`, with a version or a contained resource of it if need be. */
const literal = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#\S+)?$/;
/** The same at a server that is named. */
const elsewhere =
  /^https?:\/\/[^?#]*\/([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;
/** What is looked for when it is written. Source: https://hl7.org/fhir/R4/http.html#trules */
const conditional = /^[A-Z][A-Za-z]+\?\S+$/;

/** The type that a relative or conditional reference names. Looked at letter by letter: every reference comes here. */
function typeNamed(reference: string): string | undefined {
  const first = reference.charCodeAt(0);
  if (first < 65 /* A */ || first > 90 /* Z */) return undefined;
  let at = 1;
  while (isLetter(reference.charCodeAt(at))) at++;
  const form = reference.charCodeAt(at) === 63 /* ? */ ? conditional : literal;
  return form.test(reference) ? reference.slice(0, at) : undefined;
}

/** Of ASCII, by its code. */
const isLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122;

/** Most absolute references of a transaction are urn:uuid: and plain. */
const isAbsolute = (reference: string): boolean =>
  (reference.startsWith('urn:uuid:') && isPlain(reference, 33)) || absolute.test(reference);

/**
 * What is wrong with a Reference: its form, that its type contradicts it, and, as a warning since official examples
 * differ, that a relative one leads to a type the element does not list.
 * Source: https://hl7.org/fhir/R4/references.html#literal, references-definitions.html#Reference.type
 */
export function referenceFinding(
  value: unknown,
  targets: readonly string[] | undefined,
  run: Run,
): Finding | undefined {
  const { reference, type } = value as { reference?: unknown; type?: unknown };
  if (typeof reference !== 'string') return undefined;
  const relative = typeNamed(reference);
  if (relative === undefined) {
    if (reference.charCodeAt(0) !== 35 /* # */ && !isAbsolute(reference)) return noReference(reference);
  } else if (!resourceTypes.has(relative)) return noType(relative);
  if (type !== undefined) {
    const named =
      relative ?? elsewhere.exec(reference)?.[1] ?? resolveReference(reference, run)?.resourceType;
    if (named !== undefined && contradicts(type, named))
      return finding(
        'error',
        `is ${String(type)}, but the reference leads to ${named}. Make them agree.`,
        'type',
      );
  }
  if (relative === undefined || !targets || targets.includes(relative)) return undefined;
  return finding('warning', `should not refer to ${relative}. Listed: ${targets.join(', ')}.`);
}

const finding = (severity: Finding['severity'], why: string, child = 'reference'): Finding => ({
  severity,
  code: 'value',
  why,
  child,
});

function noReference(reference: string): Finding {
  const [type, id] = reference.split('/', 2);
  const [near] = id === undefined || type === '' ? [] : nearNames(type!.slice(0, 64), resourceTypes);
  const hint = near === undefined ? '' : ` Did you mean ${near}/…?`;
  return finding(
    'error',
    `is no reference.${hint} Write Type/id, an absolute URL, urn:uuid:… or #id of a contained resource.`,
  );
}

const noType = (name: string) =>
  finding('error', `names '${name}', which is no resource type. Write Type/id, e.g. Patient/123.`);

/** Two resource types that differ; a logical model's type says nothing of the resource. */
const contradicts = (type: unknown, named: string): boolean =>
  type !== named && resourceTypes.has(type as string) && resourceTypes.has(named);
