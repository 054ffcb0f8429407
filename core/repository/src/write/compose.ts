import { clinicalDate, outcomeError } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import { facilitySource } from '@yba/vietnam';
import type { Definitions } from '../conformance/index.ts';
import { rowHashes } from '../search/row-hashes.ts';
import { isRegistry } from '../rows/resource-type.ts';
import { sensitivityBits } from '../rows/sensitivity.ts';
import type { Change } from './change.ts';
import { changeId } from './change.ts';
import { uniqueIdentifiers } from './identifiers.ts';
import type { BusinessIdentifier } from './identifiers.ts';

/** A row's label is this, or the bits of its sensitivity classes; 0 for an ordinary row. */
export const LABEL = { registry: 2 } as const;

/** How many search terms a resource may have: LOINC as one CodeSystem has 104,000, a member of a Group or List is one. */
const MOST_TERMS = 150_000;

/** What is stored of a change: the text that is served, what finds it, and where both lie. */
export type Line = {
  change: Change;
  type: string;
  row: string;
  version: number;
  deleted: boolean;
  /** Placement and Patient; absent for shared rows. */
  person?: string;
  patient?: string;
  clientId: string | null;
  /** What is served, and the pieces it is put together of: joined only where somebody asks for the whole. */
  text: string;
  pieces: readonly string[];
  /** First clinical date, in ms since 1970. */
  occurred: number;
  label: number;
  /** Hashes of the search terms; the first `indexed` of them are found without a person. */
  terms: readonly number[];
  indexed: number;
  /** Revision of extraction that made the terms: searches look at rows of an older one until they are reindexed. */
  extractor: number;
  /** Identifiers that must be unique in the facility. */
  held: readonly BusinessIdentifier[];
};

/** A moment, in ms since 1970, and as the text that resources say it by. */
export type Moment = { ms: number; text: string };

/** Gives the resource its id and meta, and makes its text and search terms. Undefined when nothing is to be written. */
export function compose(
  change: Change,
  context: Context,
  now: Moment,
  definitions: Definitions,
): Line | undefined {
  const { revision: extractor } = definitions;
  switch (change.action) {
    case 'create':
    case 'update':
      return {
        ...whereabouts(change),
        ...content(change, context, now, definitions),
        extractor,
        deleted: false,
      };
    case 'delete': {
      const { occurred, label } = change.previous!;
      const nothing = { text: '', pieces: [], terms: [], indexed: 0, held: [] };
      return {
        ...whereabouts(change),
        ...nothing,
        extractor,
        occurred: occurred.getTime(),
        label,
        deleted: true,
      };
    }
    default:
      return undefined;
  }
}

function whereabouts(change: Change) {
  const { type, row, version, person, patient } = change;
  return {
    change,
    type,
    row: row!,
    version,
    clientId: change.clientId ?? change.previous?.client_id ?? null,
    ...(person === undefined ? {} : { person, patient: patient ?? row! }),
  };
}

function content(change: Change, context: Context, now: Moment, definitions: Definitions) {
  const served = change.resource!;
  const { resourceType, id, meta } = served;
  change.undo.push(() => Object.assign(served, { id, meta })); // another attempt must not take our id for the sender's
  const facility = context.caller.facility;
  const pieces = servedText(served, changeId(change), {
    ...served.meta,
    versionId: String(change.version),
    lastUpdated: now.text,
    ...(facility ? { source: facilitySource(facility) } : {}),
  });
  const hashes = rowHashes(
    served,
    definitions.parameters(resourceType),
    change.person === undefined,
    MOST_TERMS,
  );
  if (!hashes)
    throw outcomeError(
      'too-costly',
      `The ${resourceType} would be found by more than ${MOST_TERMS} search terms (beginnings of the words of its names, its identifiers, codes, references); keep what belongs to other persons or things in resources of their own`,
      change.path || resourceType,
    );
  return {
    text: pieces.length === 1 ? pieces[0]! : pieces[0]! + pieces[1]!,
    pieces,
    occurred: clamp(clinicalDate(served) ?? change.previous?.occurred.getTime() ?? now.ms),
    label: change.person === undefined && isRegistry(resourceType) ? LABEL.registry : sensitivityBits(served),
    ...hashes,
    held: uniqueIdentifiers(served),
  };
}

/**
 * Gives a resource its id and meta, and its JSON text in pieces, where type, id and meta come first. They are written by
 * themselves: making an object with its names in that order costs more than the rest of the text.
 */
function servedText(resource: Resource, id: string, meta: NonNullable<Resource['meta']>): string[] {
  const { resourceType } = resource;
  const parts = resource as Record<string, unknown>;
  parts['resourceType'] = parts['id'] = parts['meta'] = undefined; // left out by stringify
  const rest = JSON.stringify(resource);
  Object.assign(resource, { resourceType, id, meta });
  const head = `{"resourceType":"${resourceType}","id":${JSON.stringify(id)},"meta":${JSON.stringify(meta)}`;
  return rest === '{}' ? [`${head}}`] : [`${head},`, rest.slice(1)];
}

/** PostgreSQL and JavaScript both know the years 1 to 9999; dates outside are kept in the resource alone. */
function clamp(time: number): number {
  return Math.min(Math.max(time, -62135596800000), 253402300799999);
}
