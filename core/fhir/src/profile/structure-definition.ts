import type { Constraint } from '../model/model.ts';

export type ElementType = { code: string; profile?: string[]; targetProfile?: string[] };

export type Discriminator = { type: 'value' | 'exists' | 'pattern' | 'type' | 'profile'; path: string };

export type Slicing = {
  discriminator?: Discriminator[];
  rules?: 'closed' | 'open' | 'openAtEnd';
  ordered?: boolean;
};

/** The parts of an ElementDefinition that say what is valid. Source: https://hl7.org/fhir/R4/elementdefinition.html */
export type ElementDefinition = {
  id: string;
  path: string;
  sliceName?: string;
  slicing?: Slicing;
  min?: number;
  /** A number or `*`. */
  max?: string;
  type?: ElementType[];
  contentReference?: string;
  /** What the value must be. */
  fixed?: unknown;
  /** What the value must at least hold. */
  pattern?: unknown;
  minValue?: unknown;
  maxValue?: unknown;
  maxLength?: number;
  constraint?: Constraint[];
  binding?: { strength: string; valueSet?: string; max?: string };
};

export type ExtensionContext = { type: string; expression: string };

/** The parts of a StructureDefinition that say what is valid. Source: https://hl7.org/fhir/R4/structuredefinition.html */
export type StructureDefinition = {
  url: string;
  version?: string;
  name?: string;
  type: string;
  kind?: string;
  derivation?: string;
  baseDefinition?: string;
  context?: ExtensionContext[];
  /** Of an extension: FHIRPath that holds on whatever carries it. */
  contextInvariant?: string[];
  /** Of an extension: it changes the meaning of what it stands on. */
  isModifier?: true;
  element: ElementDefinition[];
};

type Raw = Record<string, unknown>;

/** Reads the differential of a StructureDefinition resource, or its snapshot when it has no differential. */
export function structureDefinition(resource: Raw): StructureDefinition {
  const { url, version, name, type, kind, derivation, baseDefinition, context } = resource as Record<
    string,
    string | undefined
  >;
  const { contextInvariant } = resource;
  const parts = (resource['differential'] ?? resource['snapshot']) as { element?: Raw[] } | undefined;
  const known: string[] = [];
  return {
    url: url ?? '',
    ...(version ? { version } : {}),
    ...(name ? { name } : {}),
    type: type ?? '',
    ...(kind ? { kind } : {}),
    ...(derivation ? { derivation } : {}),
    ...(baseDefinition ? { baseDefinition } : {}),
    ...(Array.isArray(context) ? { context: context as ExtensionContext[] } : {}),
    ...(Array.isArray(contextInvariant) ? { contextInvariant: contextInvariant as string[] } : {}),
    ...(type === 'Extension' && isModifier(resource) ? { isModifier: true as const } : {}),
    element: (parts?.element ?? []).map((element) => elementDefinition(element, known)),
  };
}

/** Whether the root says so, in the differential or the snapshot. Source: https://hl7.org/fhir/R4/extensibility.html#modifierExtension */
const isModifier = (resource: Raw): boolean =>
  [resource['differential'], resource['snapshot']].some(
    (parts) => (parts as { element?: Raw[] } | undefined)?.element?.[0]?.['isModifier'] === true,
  );

const copied = ['sliceName', 'slicing', 'min', 'max', 'contentReference', 'maxLength'] as const;
const valued = ['fixed', 'pattern', 'minValue', 'maxValue'] as const;

function elementDefinition(raw: Raw, known: string[]): ElementDefinition {
  const element: Raw = { path: String(raw['path']) };
  for (const key of copied) if (raw[key] !== undefined) element[key] = raw[key];
  for (const key in raw) {
    const kind = valued.find((one) => key.startsWith(one) && /^[A-Z]/.test(key.slice(one.length)));
    if (kind) element[kind] = raw[key];
  }
  const { type, constraint, binding } = raw as { type?: Raw[]; constraint?: Raw[]; binding?: Raw };
  if (type) element['type'] = type.map(elementType);
  if (constraint) element['constraint'] = constraint.flatMap(constraintOf);
  if (binding) element['binding'] = bindingOf(binding);
  element['id'] =
    typeof raw['id'] === 'string' ? raw['id'] : idFor(String(raw['path']), raw['sliceName'], known);
  known.push(element['id'] as string);
  return element as ElementDefinition;
}

/** An id for an element that came without: below the latest element of its parent's path. */
function idFor(path: string, sliceName: unknown, known: readonly string[]): string {
  const own = path.slice(path.lastIndexOf('.') + 1) + (typeof sliceName === 'string' ? `:${sliceName}` : '');
  if (!path.includes('.')) return own;
  const parent = path.slice(0, path.lastIndexOf('.'));
  return `${known.findLast((id) => pathOfId(id) === parent) ?? parent}.${own}`;
}

/** `Patient.identifier:national.system` is at `Patient.identifier.system`. */
export const pathOfId = (id: string) => id.replace(/:[^.]*/g, '');

function elementType({ code, profile, targetProfile, extension }: Raw): ElementType {
  const fhirType = (extension as { url?: string; valueUrl?: string }[] | undefined)?.find(({ url }) =>
    url?.endsWith('structuredefinition-fhir-type'),
  )?.valueUrl;
  const system = String(code).startsWith('http://hl7.org/fhirpath/');
  return {
    code: system ? (fhirType ?? 'string') : String(code),
    ...(Array.isArray(profile) && profile.length > 0 ? { profile: profile as string[] } : {}),
    ...(Array.isArray(targetProfile) && targetProfile.length > 0
      ? { targetProfile: targetProfile as string[] }
      : {}),
  };
}

function constraintOf({ key, severity, human, expression, extension }: Raw): Constraint[] {
  if (typeof expression !== 'string') return [];
  const best = (extension as { url?: string; valueBoolean?: boolean }[] | undefined)?.some(
    ({ url, valueBoolean }) => url?.endsWith('/elementdefinition-bestpractice') && valueBoolean !== false,
  );
  return [
    {
      key: String(key),
      severity: severity === 'warning' ? 'warning' : 'error',
      human: String(human),
      expression,
      ...(best ? { best: true as const } : {}),
    },
  ];
}

function bindingOf({ strength, valueSet, extension }: Raw): ElementDefinition['binding'] {
  const max = (extension as { url?: string; valueCanonical?: string }[] | undefined)?.find(({ url }) =>
    url?.endsWith('/elementdefinition-maxValueSet'),
  )?.valueCanonical;
  return {
    strength: String(strength),
    ...(typeof valueSet === 'string' ? { valueSet } : {}),
    ...(max ? { max } : {}),
  };
}
