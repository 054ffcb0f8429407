import { type FeedEntry, type Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import type { Subscriber } from '@yba/repository';
import {
  type Entry,
  facilityEntry,
  keepEntries,
  keepPosts,
  type Post,
  postOf,
  staffEntry,
} from './keep-entries.ts';

/** Reads what is stored now behind these ids, as the platform itself; deleted and unknown ones are left out. */
export type ReadMany = (type: string, ids: readonly string[]) => Promise<readonly Resource[]>;

const known = <T>(one: T | undefined): one is T => one !== undefined;

/**
 * Keeps the directory's index in step with the registries. It looks at what is stored now, so entries may come in any
 * order and be seen again. An Organization with a facility's code counts when the platform or that facility wrote it.
 */
export function indexSubscriber(read: ReadMany): Subscriber {
  return {
    name: 'directory',
    types: ['Organization', 'Practitioner', 'PractitionerRole'],
    async apply(transaction: Transaction, entries: readonly FeedEntry[]) {
      const changed = (type: string) => [
        ...new Map(entries.filter((one) => one.type === type).map((one) => [one.id, one])).values(),
      ];
      const apply = async <T>(
        type: string,
        entryOf: (resource: Resource) => T | undefined,
        keep: (tx: Transaction, resources: readonly string[], all: readonly T[]) => Promise<void>,
      ) => {
        const of = changed(type);
        if (of.length === 0) return;
        const ids = of.map(({ id }) => id);
        const stored = await read(type, ids);
        await keep(
          transaction,
          ids.map((id) => `${type}/${id}`),
          stored.map(entryOf).filter(known),
        );
      };
      const writers = new Map(changed('Organization').map(({ id, facility }) => [id, facility]));
      await apply<Entry>(
        'Organization',
        (resource) => {
          const entry = facilityEntry(resource);
          const writer = writers.get(resource.id!) ?? '';
          return entry && (writer === '' || writer === entry.code) ? entry : undefined;
        },
        keepEntries,
      );
      await apply<Entry>('Practitioner', staffEntry, keepEntries);
      await apply<Post>('PractitionerRole', postOf, keepPosts);
    },
  };
}
