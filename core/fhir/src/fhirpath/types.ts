import { type ElementModel, model } from '../model/model.ts';

/** Where a child of a type stands in JSON: of a choice, one for each of its types. */
export type Place = { name: string; property: string; sibling: string; type: () => TypeInfo };

/** A FHIR type as evaluation needs it, made once from the model. */
export class TypeInfo {
  readonly name: string;
  readonly kind: 'resource' | 'complex' | 'primitive' | 'unknown';
  /** Its own name and those of the types it derives from. */
  readonly lineage: ReadonlySet<string>;
  /** Of a primitive: how its JSON value reads in FHIRPath. */
  readonly reads: 'text' | 'number' | 'exact' | 'boolean' | 'date' | 'dateTime' | 'time' | undefined;
  readonly isQuantity: boolean;
  readonly places: ReadonlyMap<string, readonly Place[]>;
  readonly byProperty: ReadonlyMap<string, Place>;

  constructor(name: string) {
    const own = model.types[name];
    this.name = name;
    this.kind = own?.kind ?? 'unknown';
    this.lineage = lineageOf(name);
    this.reads = this.kind === 'primitive' ? (readings[name] ?? 'text') : undefined;
    this.isQuantity = this.lineage.has('Quantity');
    const places = new Map<string, Place[]>();
    const byProperty = new Map<string, Place>();
    for (const element of own?.elements ?? []) {
      const all = element.types.map((type) => placeOf(element, type));
      places.set(element.name, all);
      for (const place of all) byProperty.set(place.property, place);
    }
    this.places = places;
    this.byProperty = byProperty;
  }
}

const readings: Record<string, TypeInfo['reads']> = {
  boolean: 'boolean',
  integer: 'number',
  unsignedInt: 'number',
  positiveInt: 'number',
  decimal: 'exact',
  date: 'date',
  dateTime: 'dateTime',
  instant: 'dateTime',
  time: 'time',
};

function placeOf(element: ElementModel, type: string): Place {
  const property = element.choice ? element.name + type[0]!.toUpperCase() + type.slice(1) : element.name;
  let info: TypeInfo | undefined;
  return { name: element.name, property, sibling: `_${property}`, type: () => (info ??= typeInfo(type)) };
}

function lineageOf(name: string): Set<string> {
  const lineage = new Set<string>();
  for (let own: string | undefined = name; own; own = model.types[own]?.base) lineage.add(own);
  return lineage;
}

/** Resources and elements of one type are often looked at one after another. */
let last: TypeInfo | undefined;
const infos = new Map<string, TypeInfo>();

/** The type of that name: a resource, a data type, or a nested element such as `Patient.contact`. */
export function typeInfo(name: string): TypeInfo {
  if (name === last?.name) return last;
  let info = infos.get(name);
  if (!info) {
    info = new TypeInfo(name);
    if (model.types[name] === undefined) return info;
    infos.set(name, info);
  }
  return (last = info);
}

/** Of JSON that belongs to no type: its properties are its children. */
export const untyped = new TypeInfo('');

export const isFhirType = (name: string): boolean => model.types[name] !== undefined;
