import { ownText, type PageEntry, type Resource } from '@yba/fhir';
import { showsElsewhere, type Reach } from '@yba/repository';
import type { ReferralOptions } from './options.ts';
import { facilityIn, withoutIllness, type ReferralTask } from './task.ts';
import { isTold, type PartyRow } from './told.ts';

/** A ServiceRequest that is shown beside its Task, and what decides whether it may be. */
type Asked = { reference: string; patient: string | null; facility: string };

type What = {
  shown: readonly PartyRow[];
  isDesk: boolean;
  /** What the caller may read now. */
  decided(): Promise<Reach>;
};

/**
 * The entries of a list of referrals: the Tasks, then their ServiceRequests, a lot of them at a time. Five hundred of some
 * megabytes, held together, ended the server. Each later lot is decided on anew: what the caller is no longer told is left out,
 * as it would be of one who asks then.
 */
export class ListInParts {
  readonly #repository: ReferralOptions['repository'];
  readonly #what: What;
  readonly #rows: ReadonlyMap<string, readonly PartyRow[]>;
  /** Told by the Tasks as they are read. */
  readonly #asked = new Map<string, Asked[]>();

  constructor({ repository }: Pick<ReferralOptions, 'repository'>, what: What) {
    this.#repository = repository;
    this.#what = what;
    this.#rows = Map.groupBy(what.shown, ({ task }) => task);
  }

  /** The first lot; or the whole, where that is hardly more. */
  async begin(reach: Reach): Promise<{ entries: PageEntry[]; more?: AsyncIterable<PageEntry[]> }> {
    const [first = [], ...others] = await this.#repository.inLots([...this.#rows.keys()]);
    const entries = await this.#tasks(first, reach);
    if (others.length > 0) return { entries, more: this.#rest(others) };
    const [requests = [], ...further] = await this.#repository.inLots([...this.#asked.keys()]);
    if (further.length > 0) return { entries, more: this.#rest([]) };
    return { entries: [...entries, ...(await this.#requests(requests, reach))] };
  }

  async *#rest(tasks: readonly string[][]): AsyncGenerator<PageEntry[]> {
    for (const lot of tasks) yield await this.#tasks(lot, await this.#what.decided());
    for (const lot of await this.#repository.inLots([...this.#asked.keys()]))
      yield await this.#requests(lot, await this.#what.decided());
  }

  async #tasks(lot: readonly string[], reach: Reach): Promise<PageEntry[]> {
    const { isDesk } = this.#what;
    const tasks = await this.#repository.current<ReferralTask>(lot);
    return lot.flatMap((reference) =>
      this.#rows.get(reference)!.flatMap((row) => {
        const task = tasks.get(reference);
        if (!task || !isTold(reach, row)) return [];
        if (!isDesk) this.#ask(task, row);
        const isParty = !isDesk && (row.side === 'in' || row.side === 'out');
        return [entryOf(reference, isParty ? task : withoutIllness(task), 'match')];
      }),
    );
  }

  #ask({ focus, requester }: ReferralTask, { side, open, patient }: PartyRow): void {
    if (!focus?.reference || !(side === 'out' || (side === 'in' && open))) return;
    const reference = ownText(focus.reference);
    const asked = { reference, patient, facility: ownText(facilityIn(requester) ?? '') };
    this.#asked.set(reference, [...(this.#asked.get(reference) ?? []), asked]);
  }

  async #requests(lot: readonly string[], reach: Reach): Promise<PageEntry[]> {
    const requests = await this.#repository.current(lot);
    // what the request holds may be kept from whoever may know that there is one: a sensitive label, a kind of data
    return lot.flatMap((reference) => {
      const resource = requests.get(reference);
      const isShown = ({ patient, facility }: Asked) =>
        patient === null || showsElsewhere(reach, { resource: resource!, patient, facility });
      return resource && this.#asked.get(reference)!.some(isShown)
        ? [entryOf(reference, resource, 'include')]
        : [];
    });
  }
}

const entryOf = (fullUrl: string, resource: Resource, mode: PageEntry['mode']): PageEntry => ({
  fullUrl,
  text: JSON.stringify(resource),
  ...(mode ? { mode } : {}),
});
