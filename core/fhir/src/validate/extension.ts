import { compileFhirPath } from '../fhirpath/index.ts';
import { itemOf } from '../fhirpath/node.ts';
import { model } from '../model/model.ts';
import { OutcomeError } from '../outcome.ts';
import { compiledProfile } from '../profile/compile-profile.ts';
import type { ExtensionContext } from '../profile/structure-definition.ts';
import { optionsOf } from './invariant.ts';
import { report, type Run, shown } from './run.ts';

type Fields = Record<string, unknown>;

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * Checks that an extension is named by an absolute url, unless it lies within another; and one whose definition is
 * known: that it may stand here, as what it is (a modifier or not), and its content. One that is not known is allowed; of a modifier extension that is not known a warning says that it will not be understood here.
 * Source: https://hl7.org/fhir/R4/extensibility.html
 */
export function checkExtension(value: unknown, isModifier: boolean, run: Run): void {
  const { url } = value as { url?: unknown };
  if (typeof url !== 'string') return;
  if (!url.startsWith('http://') && !absolute.test(url) && !isExtensionList(run.path.at(-4)))
    report(
      run,
      'extension',
      `${shown(url)} is not absolute. Write the url of its definition, https://…; a name alone is for what lies within an extension.`,
      'url',
    );
  const known = compiledProfile(url, run.source);
  if (known?.definition.type === 'Extension') {
    const { context = [], contextInvariant = [], name = url } = known.definition;
    if (context.length > 0 && !mayStandHere(context, run))
      report(
        run,
        'extension',
        `the extension ${name} may not stand here, only on ${context.map(({ expression }) => expression).join(', ')}.`,
      );
    else for (const expression of contextInvariant) checkCarrier(expression, name, value, run);
    if ((known.definition.isModifier ?? false) !== isModifier && !isExtensionList(run.path.at(-4)))
      report(
        run,
        'extension',
        isModifier
          ? `the extension ${name} changes nothing about the meaning. Write it as extension.`
          : `the extension ${name} changes the meaning of what it stands on. Write it as modifierExtension.`,
      );
    known.check(value, undefined, 'Extension', run);
  } else if (isModifier)
    report(
      run,
      'extension',
      `the modifier extension ${url} is not known here. It is kept, but what it changes about the meaning is not heeded. Store its StructureDefinition, or leave it out.`,
      undefined,
      'warning',
    );
}

const isExtensionList = (part: unknown): boolean => part === 'extension' || part === 'modifierExtension';

/** An extension that its definition allows once may not repeat. */
export function checkExtensionRepeats(extensions: readonly unknown[], run: Run): void {
  const seen = new Set<string>();
  extensions.forEach((extension, at) => {
    const { url } = (extension ?? {}) as { url?: unknown };
    if (typeof url !== 'string') return;
    if (seen.has(url) && compiledProfile(url, run.source)?.definition.element[0]?.max === '1') {
      run.path.push(at);
      report(run, 'extension', 'this extension may occur only once here.');
      run.path.pop();
    }
    seen.add(url);
  });
}

/** Source: https://hl7.org/fhir/R4/structuredefinition-definitions.html#StructureDefinition.context */
function mayStandHere(context: readonly ExtensionContext[], run: Run): boolean {
  const here = places(run);
  return context.some(({ type, expression }) =>
    type === 'fhirpath' ? selects(expression, run) : here.names.has(expression) || here.within === expression,
  );
}

/** Whether the element that carries the extension is one of those an expression finds in the resource; true when that cannot be told. */
function selects(expression: string, run: Run): boolean {
  const carrier = carrierOf(run).map(propertyAt).join('.');
  try {
    return compileFhirPath(expression)
      .nodes(run.resource, optionsOf(run.resource.resourceType, undefined, run))
      .some(({ path }) => path?.join('.') === carrier);
  } catch (cause) {
    if (!(cause instanceof OutcomeError)) throw cause;
    return true;
  }
}

/** Where the element that carries the extension stands in its resource. */
const carrierOf = ({ path, depth }: Run) => path.slice(depth, -2);

/**
 * An invariant of the extension holds on the element that carries it; %extension is the extension itself.
 * Source: https://hl7.org/fhir/R4/structuredefinition-definitions.html#StructureDefinition.contextInvariant
 */
function checkCarrier(expression: string, name: string, extension: unknown, run: Run): void {
  const { type } = places(run);
  if (type === undefined) return;
  const { value, sibling } = valueAt(run.resource, carrierOf(run));
  try {
    const options = {
      ...optionsOf(type, sibling, run),
      variables: { extension: itemOf(extension, 'Extension') },
    };
    if (compileFhirPath(expression).refutes(value, options))
      report(run, 'extension', `the extension ${name} may stand only where this holds: ${expression}.`);
  } catch (cause) {
    if (!(cause instanceof OutcomeError)) throw cause;
    report(
      run,
      'processing',
      `where ${name} may stand was not checked: ${cause.message}`,
      undefined,
      'warning',
    );
  }
}

/**
 * Every name of the element that carries the extension: its path, its path from each type on the way, its types;
 * and the url of the extension that carries it, when it lies within another or on its value.
 */
function places({ path, resource, depth }: Run): { names: Set<string>; type?: string; within?: string } {
  const names = new Set<string>();
  // without the last `extension[n]`
  const parts = path.slice(0, -2);
  // an extension that has a value carries others there (ext-1)
  const on = String(parts.at(-1)).startsWith('value.') ? parts.slice(0, -1) : parts;
  const outer = isExtensionList(on.at(-2)) ? extensionAt(resource, on.slice(depth)) : undefined;
  let starts = [...lineOf(resource.resourceType)];
  let type: string | undefined = resource.resourceType;
  for (const part of parts.slice(depth)) {
    if (typeof part === 'number' || type === undefined) continue;
    const [name = '', chosen] = part.split(/\.ofType\(|\)/);
    const element: { types: string[]; choice?: true } | undefined = model.types[type]?.elements.find(
      (one) => one.name === name,
    );
    starts = starts.map((start) => `${start}.${name}${element?.choice ? '[x]' : ''}`);
    type = chosen ?? element?.types[0];
    if (type !== undefined && !type.includes('.')) starts.push(type);
  }
  for (const start of starts) names.add(start);
  if (type !== undefined) for (const own of lineOf(type)) names.add(own);
  // R4's own definitions say Element also for extensions of resources
  names.add('Element');
  return {
    names,
    ...(type === undefined ? {} : { type }),
    ...(outer === undefined ? {} : { within: outer }),
  };
}

/** A type and those it derives from: `Patient`, `DomainResource`, `Resource`. */
function* lineOf(type: string): Generator<string> {
  for (let own: string | undefined = type; own; own = model.types[own]?.base) yield own;
}

/** The url of the extension at a place. */
function extensionAt(resource: unknown, parts: readonly (string | number)[]): string | undefined {
  const { url } = (valueAt(resource, parts).value ?? {}) as { url?: unknown };
  return typeof url === 'string' ? url : undefined;
}

/** What stands at a place of a resource; of a primitive also what stands beside it under `_name`. */
function valueAt(
  resource: unknown,
  parts: readonly (string | number)[],
): { value: unknown; sibling: unknown } {
  let value: unknown = resource;
  let sibling: unknown;
  for (const part of parts) {
    const fields = value as Fields | undefined;
    const beside = sibling as Fields | undefined;
    if (typeof part === 'number') {
      value = fields?.[part];
      sibling = beside?.[part];
    } else {
      const property = propertyAt(part);
      value = fields?.[property];
      sibling = fields?.[`_${property}`];
    }
  }
  return { value, sibling };
}

/** The key or index of a part: `valueQuantity` of `value.ofType(Quantity)`. */
const propertyAt = (part: string | number) =>
  String(part).replace(
    /\.ofType\((\w)(\w*)\)$/,
    (_, first: string, rest: string) => first.toUpperCase() + rest,
  );
