import { PLATFORM } from '../rows/facility-number.ts';
import { FrameReader } from '../rows/frame.ts';
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

type State = { changes: number; revision: number; complete: number };
type Version = { id: string; version: number; facility: number; since: number | null };

/**
 * Definitions written through the API, by the facility they are in force for: the platform's for everyone, a
 * facility's for itself. The truth is in the database; a process asks at most once a second whether it changed.
 */
export class DefinitionStore {
  readonly #pools: Pools;
  #state: State | undefined;
  #checked = -Infinity;
  #checking: Promise<void> | undefined;
  #stored = new Map<string, StoredDefinition & { version: number }>();
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
      select id, version, facility, since from shared_resource left join custom_parameter using (id)
      where type = any(${[...DEFINITION_TYPES].map(typeNumber)}::smallint[]) and not deleted`;
    const stored = new Map<string, StoredDefinition & { version: number }>();
    const wanted: string[] = [];
    for (const { id, version, since } of versions) {
      const known = this.#stored.get(id);
      if (known?.version === version && known.since === since) stored.set(id, known);
      else wanted.push(id);
    }
    const rows = await owner<(Version & { frame: string; at: number; len: number; body: Buffer })[]>`
      select r.id, r.version, r.facility, since, frame, at, len, body
      from shared_resource r join shared_frame f on f.id = r.frame left join custom_parameter c on c.id = r.id
      where r.id = any(${wanted}::uuid[]) and not deleted`;
    const frames = new FrameReader();
    for (const { id, version, facility, since, frame, at, len, body } of rows) {
      frames.add(frame, body);
      stored.set(id, {
        id,
        version,
        facility,
        since,
        resource: readDefinition(frames.text({ frame, at, len })),
      });
    }
    this.#stored = stored;
    this.#facilities = new Set([...stored.values()].map(({ facility }) => facility));
  }
}

const stores = new WeakMap<Pools, DefinitionStore>();

/** The definitions of a repository's database. */
export function definitionsOf(pools: Pools): DefinitionStore {
  let store = stores.get(pools);
  if (!store) stores.set(pools, (store = new DefinitionStore(pools)));
  return store;
}
