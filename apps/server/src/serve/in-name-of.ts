import type { AccessEvent, Caller, Context } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { createRepository, type Repository, type RepositoryOptions } from '@yba/repository';

/**
 * The store for rows that one facility changes although another wrote them, because it has a part in them (a referral it
 * was sent). Whoever uses it has decided that already, and may reach nothing else with it: the rows stay their
 * facility's, and the access log names who asked.
 */
export function inNameOf(options: RepositoryOptions): {
  store: Repository;
  as(context: Context, facility: string): Context;
} {
  const asked = new WeakMap<Caller, Caller>();
  const truly = (event: AccessEvent): AccessEvent => ({
    ...event,
    caller: asked.get(event.caller) ?? event.caller,
  });
  const { audit, authored } = options.ports;
  const store = createRepository({
    ...options,
    ports: {
      ...options.ports,
      decide: ({ caller }, { patients = [] }) =>
        Promise.resolve({
          ...(caller.facility ? { facility: caller.facility } : {}),
          patients: asked.has(caller) ? patients : [],
          self: false,
        }),
      audit: {
        read: (event) => audit.read(truly(event)),
        write: (transaction: Transaction, events: readonly AccessEvent[]) =>
          audit.write(transaction, events.map(truly)),
      },
      // a step taken in a referral that another facility wrote is not of the making of whoever takes it
      ...(authored
        ? {
            authored: (transaction, writes) =>
              authored(
                transaction,
                writes.filter(({ caller }) => asked.get(caller)?.facility === caller.facility),
              ),
          }
        : {}),
    },
  });
  return {
    store,
    as(context, facility) {
      const caller: Caller = { ...context.caller, facility };
      asked.set(caller, context.caller);
      return { ...context, caller };
    },
  };
}
