import { facilities, type Nation, type Visit } from '@yba/demonstration';
import { type Caller, type Context, OutcomeError, type Resource } from '@yba/fhir';
import type { Repository } from '@yba/repository';
import { clientIdOf } from './sign-ins.ts';

/** A store whose clock is given: visits are received when they ended, not in the seconds of the load. */
export type StoreAt = (now: () => Date) => Repository;

/** Visits of so many persons are under way at a time. */
const LANES = 8;

export type VisitLoad = {
  nation: Nation;
  storeAt: StoreAt;
  /** Told after each person: all persons below `next` are loaded. */
  done(next: number): void;
};

/**
 * Sends every visit as its facility's own system, through the transaction that HTTP uses: persons side by side, the
 * visits of one person in order. What was sent before is answered as a duplicate and changes nothing.
 */
export async function loadVisits({ nation, storeAt, done }: VisitLoad, from: number): Promise<void> {
  const persons = byPerson(nation.visits(from), from);
  const callers = new Map(facilities.map(({ code, name }) => [code, callerOf(code, name, clientIdOf(code))]));
  const finished = new Set<number>();
  let next = from;
  const lane = async () => {
    let clock = nation.now;
    const store = storeAt(() => new Date(clock));
    for (let step = persons.next(); !step.done; step = persons.next()) {
      const { person, visits } = step.value;
      for (const visit of visits) {
        clock = receivedAt(visit, nation.now);
        await send(store, callers.get(visit.facility)!, visit);
      }
      finished.add(person);
      while (finished.delete(next)) next++;
      done(next);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  done(nation.size);
}

/** When the facility sent it: at its end, never after the demonstration's last instant. */
const receivedAt = ({ bundle }: Visit, until: number): number =>
  Math.min(until, Date.parse(String(bundle['timestamp'])));

/** Persons with their visits; those without any are passed over too, so that the count goes on. */
function* byPerson(visits: Iterable<Visit>, from: number): Generator<{ person: number; visits: Visit[] }> {
  let current: { person: number; visits: Visit[] } = { person: from, visits: [] };
  for (const visit of visits) {
    while (current.person < visit.person) {
      yield current;
      current = { person: current.person + 1, visits: [] };
    }
    current.visits.push(visit);
  }
  yield current;
}

async function send(store: Pick<Repository, 'transaction'>, caller: Caller, visit: Visit): Promise<void> {
  const context: Context = { caller, requestId: `demo-${visit.person}` };
  try {
    await store.transaction(context, visit.bundle, { handling: 'strict' });
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    const key = (visit.bundle['identifier'] as { value: string }).value;
    throw new OutcomeError(error.issues, {
      cause: new Error(`visit ${key} of facility ${visit.facility}`, { cause: error }),
    });
  }
}

/** Sends a transaction as a facility's own system. */
export async function sendAs(
  store: Pick<Repository, 'transaction'>,
  { code, name }: { code: string; name: string },
  requestId: string,
  bundle: Resource,
): Promise<void> {
  const context: Context = { caller: callerOf(code, name, clientIdOf(code)), requestId };
  await store.transaction(context, bundle, { handling: 'strict' });
}

const callerOf = (facility: string, facilityName: string, client: string): Caller => ({
  role: 'system',
  client,
  subject: `client/${client}`,
  name: `HIS ${facilityName}`,
  facility,
  facilityName,
  scopes: ['system/*.cruds'],
});
