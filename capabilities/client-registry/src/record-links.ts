import { outcomeError } from '@yba/fhir';
import { arrayText } from '@yba/postgres';
import type { Transaction } from '@yba/postgres';
import type { PersonLink } from '@yba/repository';
import { indexKeys } from './online/index-keys.ts';
import { numberKey } from './person-numbers.ts';
import { registrationOf } from './registration-of.ts';
import type { ResolvedPerson } from './resolve-persons.ts';

type Link = Omit<PersonLink, 'answer'> & { answer: ResolvedPerson };

/** Keeps numbers, what is matched, the work list and the record of links in step with what is written. */
export async function recordLinks(tx: Transaction, links: readonly PersonLink[]): Promise<void> {
  if (links.length === 0) return;
  const all = links as readonly Link[];
  await Promise.all([
    claimNumbers(tx, all),
    keepRegistrations(tx, all),
    queue(tx, all),
    ...keepWorkList(tx, all),
    keepChanges(tx, all),
  ]);
}

/**
 * Makes the numbers the persons'. Two hospitals that send the same new number at once meet at the unique index: the
 * later waits, finds another person there, and is told so by `transient`: it looks again and finds the person.
 */
async function claimNumbers(tx: Transaction, links: readonly Link[]): Promise<void> {
  const claims = new Map(
    links.flatMap(({ answer, facility }) =>
      answer.claims.map((number) => [
        numberKey(number),
        {
          ...number,
          person: answer.decided ?? answer.base,
          otherwise: answer.decided ? answer.base : null,
          facility,
        },
      ]),
    ),
  );
  if (claims.size === 0) return;
  const list = [...claims.values()];
  const rows = await tx<{ system: string; value: string; person: string }[]>`
    insert into person_identifier (system, value, person, facility, otherwise)
    select * from unnest(${arrayText(list, ({ system }) => system)}::text[], ${arrayText(list, ({ value }) => value)}::text[],
      ${arrayText(list, ({ person }) => person)}::uuid[], ${arrayText(list, ({ facility }) => facility)}::int[],
      ${arrayText(list, ({ otherwise }) => otherwise)}::uuid[]) as claim (system, value, person, facility, otherwise)
    order by value, system -- one order for all writers, so they wait instead of deadlocking
    on conflict (value, system) where active do update set active = true
    returning system, value, person`;
  for (const row of rows) {
    if (claims.get(numberKey(row))!.person !== row.person)
      throw outcomeError(
        'transient',
        'Another request brought the same person at the same moment; send yours again',
      );
  }
}

async function keepRegistrations(tx: Transaction, links: readonly Link[]): Promise<void> {
  const rows = links.map(({ patient, resource, answer }) => {
    const said = registrationOf(resource);
    return { patient, base: answer.base, keys: indexKeys(said), said: JSON.stringify(said) };
  });
  await tx`
    insert into registration (patient, base, keys, said)
    select patient, base, string_to_array(keys, ' ')::int[], said
    from unnest(${arrayText(rows, ({ patient }) => patient)}::uuid[], ${arrayText(rows, ({ base }) => base)}::uuid[],
      ${arrayText(rows, ({ keys }) => keys.join(' '))}::text[], ${arrayText(rows, ({ said }) => said)}::text[]::jsonb[]) as row (patient, base, keys, said)
    on conflict (patient) do update set base = excluded.base, keys = excluded.keys, said = excluded.said
      where (registration.base, registration.said) is distinct from (excluded.base, excluded.said)`;
}

/** Who is new to the registry, or not known by a number, is compared with everybody, a moment later. */
async function queue(tx: Transaction, links: readonly Link[]): Promise<void> {
  const waiting = links.filter(({ answer }) => !answer.decided && (answer.isNew || answer.unknown));
  if (waiting.length === 0) return;
  await tx`
    insert into identity_queue (patient) select unnest(${arrayText(waiting, ({ patient }) => patient)}::uuid[])
    on conflict (patient) do nothing`;
}

function keepWorkList(tx: Transaction, links: readonly Link[]): PromiseLike<unknown>[] {
  const unknown = links.filter(({ answer }) => answer.unknown);
  const known = links.filter(({ answer, was }) => !answer.unknown && was !== undefined);
  return [
    ...(unknown.length > 0
      ? [
          tx`insert into unidentified (patient, facility, reason)
             select * from unnest(${arrayText(unknown, ({ patient }) => patient)}::uuid[], ${arrayText(unknown, ({ facility }) => facility)}::int[],
               ${arrayText(unknown, ({ answer }) => answer.unknown!)}::text[])
             on conflict (patient) do update set reason = excluded.reason`,
        ]
      : []),
    ...(known.length > 0
      ? [
          tx`delete from unidentified where patient = any(${arrayText(known, ({ patient }) => patient)}::uuid[])`,
        ]
      : []),
  ];
}

async function keepChanges(tx: Transaction, links: readonly Link[]): Promise<void> {
  const changed = links.filter(({ was, answer }) => was !== undefined && was !== answer.person);
  if (changed.length === 0) return;
  await tx`
    insert into link_change ${tx(
      changed.map(({ patient, was, answer, by }) => ({
        patient,
        was: was!,
        person: answer.person,
        by,
        reason: 'the Patient was written with a number known as this person’s',
      })),
    )}`;
}
