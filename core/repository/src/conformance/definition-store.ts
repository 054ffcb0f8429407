import { outcomeError } from '@yba/fhir';
import { PLATFORM } from '../rows/facility-number.ts';
import { FrameReader } from '../rows/frame.ts';
import { pagesOf } from '../rows/page-bytes.ts';
import { typeNumber } from '../rows/resource-type.ts';
import type { Pools } from '../rows/session.ts';
import { makeDefinitions, readDefinition } from './definitions.ts';
import type { Definitions, StoredDefinition } from './definitions.ts';

/** Resource types that say how others are checked, coded and found. */
export const DEFINITION_TYPES: ReadonlySet<string> = new Set([
  'CodeSystem',
  'SearchParameter',
  'StructureDefinition',
  'ValueSet',
]);

/** How long what was read counts as today's without asking again, in ms. */
export const FRESH_MS = 1000;

/** Bytes of text that the definitions of one facility may be, and those of all: every process keeps them, parsed, four times as large. */
const MOST_OF_ONE = 8 * 1024 * 1024;
const MOST_OF_ALL = 20 * 1024 * 1024;

type State = { changes: number; revision: number; complete: number };
type Version = { id: string; version: number; facility: number; since: number | null; len: number };
type Known = StoredDefinition & { version: number; len: number };

/** A definition that is about to be written. */
export type ComingDefinition = {
  /** Bytes of its text. */
  len: number;
  facility: number;
  replaces?: { type: string; id?: string; url?: unknown };
};

/**
 * Definitions written through the API, by the facility they are in force for: the platform's for everyone, a
 * facility's for itself. The truth is in the database; a process asks at most once a second whether it changed.
 */
export class DefinitionStore {
  readonly #pools: Pools;
  #state: State | undefined;
  #checked = -Infinity;
  #checking: Promise<void> | undefined;
  #stored = new Map<string, Known>();
  /** What is being written now. */
  readonly #coming = new Set<ComingDefinition>();
  #facilities = new Set<number>();
  #byFacility = new Map<number, Definitions>();

  constructor(pools: Pools) {
    this.#pools = pools;
  }

  /** What is in force for a facility (PLATFORM for the platform itself). */
  async of(facility: number): Promise<Definitions> {
    if (performance.now() - this.#checked > FRESH_MS) await this.refresh();
    const owner = this.#facilities.has(facility) ? facility : PLATFORM;
    let definitions = this.#byFacility.get(owner);
    if (!definitions) {
      const own = [...this.#stored.values()].filter(
        (one) => one.facility === PLATFORM || one.facility === owner,
      );
      definitions = makeDefinitions(own, this.#state!);
      this.#byFacility.set(owner, definitions);
    }
    return definitions;
  }

  /**
   * Makes room for definitions until the function it answers is called. Throws `too-costly` where they and those that are stored
   * are more than a facility, or all together, may have.
   */
  reserve(coming: readonly ComingDefinition[]): () => void {
    const letGo = () => {
      for (const one of coming) this.#coming.delete(one);
    };
    try {
      for (const one of coming) {
        this.#assertRoom(one);
        this.#coming.add(one);
      }
    } catch (error) {
      letGo();
      throw error;
    }
    return letGo;
  }

  #assertRoom({ facility, len, replaces }: ComingDefinition): void {
    const stored = [...this.#stored.values()];
    const replaced = replaces && stored.find((one) => isReplaced(one, facility, replaces));
    const known = [...stored, ...this.#coming].filter((one) => one !== replaced);
    const own = known.filter((one) => one.facility === facility);
    const sum = (some: readonly { len: number }[]) => some.reduce((all, one) => all + one.len, len);
    if (sum(own) > MOST_OF_ONE) throw tooMany(MOST_OF_ONE, 'of a facility');
    if (sum(known) > MOST_OF_ALL) throw tooMany(MOST_OF_ALL, 'of all');
  }

  /** Looks now whether anything changed; to be called after a definition was written. */
  async refresh(): Promise<void> {
    this.#checking ??= this.#check().finally(() => (this.#checking = undefined));
    await this.#checking;
  }

  async #check(): Promise<void> {
    const at = performance.now();
    const [state] = await this.#pools.lookup<
      State[]
    >`select changes, revision, complete from definition_state`;
    const known = this.#state;
    if (known?.changes !== state!.changes) await this.#load();
    if (
      known?.changes !== state!.changes ||
      known.revision !== state!.revision ||
      known.complete !== state!.complete
    )
      this.#byFacility = new Map();
    this.#state = state!;
    this.#checked = at;
  }

  /** Reads what is new; what is known at the same version is kept, so that what was compiled from it stays. */
  async #load(): Promise<void> {
    const { owner } = this.#pools;
    const versions = await owner<Version[]>`
      select id, version, facility, since, len from shared_resource left join custom_parameter using (id)
      where type = any(${[...DEFINITION_TYPES].map(typeNumber)}::smallint[]) and not deleted`;
    const stored = new Map<string, Known>();
    const wanted: Version[] = [];
    for (const one of versions) {
      const known = this.#stored.get(one.id);
      if (known?.version === one.version && known.since === one.since) stored.set(one.id, known);
      else wanted.push(one);
    }
    for (const some of pagesOf(wanted)) await this.#loadInto(stored, some);
    this.#stored = stored;
    this.#facilities = new Set([...stored.values()].map(({ facility }) => facility));
  }

  async #loadInto(stored: Map<string, Known>, wanted: readonly Pick<Version, 'id'>[]): Promise<void> {
    const rows = await this.#pools.owner<(Version & { frame: string; at: number; body: Buffer })[]>`
      select r.id, r.version, r.facility, since, frame, at, len, body
      from shared_resource r join shared_frame f on f.id = r.frame left join custom_parameter c on c.id = r.id
      where r.id = any(${wanted.map(({ id }) => id)}::uuid[]) and not deleted`;
    const frames = new FrameReader();
    for (const { id, version, facility, since, frame, at, len, body } of rows) {
      frames.add(frame, body);
      const resource = readDefinition(frames.text({ frame, at, len }));
      stored.set(id, { id, version, facility, since, len, resource });
    }
  }
}

function isReplaced(
  { facility: whose, resource }: Known,
  facility: number,
  { type, id, url }: NonNullable<ComingDefinition['replaces']>,
): boolean {
  if (resource.resourceType !== type || whose !== facility) return false;
  return id === undefined ? resource['url'] === url : resource.id === id;
}

const tooMany = (bytes: number, whose: string) =>
  outcomeError(
    'too-costly',
    `Definitions ${whose} (CodeSystem, SearchParameter, StructureDefinition, ValueSet) are ${bytes / 1024 / 1024} MiB at most, as each process keeps them; delete what is not used, or send a part of it`,
  );

const stores = new WeakMap<Pools, DefinitionStore>();

/** The definitions of a repository's database. */
export function definitionsOf(pools: Pools): DefinitionStore {
  let store = stores.get(pools);
  if (!store) stores.set(pools, (store = new DefinitionStore(pools)));
  return store;
}
