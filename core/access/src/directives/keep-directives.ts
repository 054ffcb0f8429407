import { invalid } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityNumber, typeNumber } from '@yba/repository';
import { LICENCE, normaliseLicence } from '@yba/vietnam';
import type { Actor, Decision } from './consent-form.ts';

/** One row of `directive`, ready to be written. */
export type NewDirective = {
  person: string;
  effect: 'refuse' | 'share' | 'delegate';
  audience: 'everyone' | 'facility' | 'department' | 'person' | 'code' | 'citizen';
  facility?: number;
  department?: string;
  subject?: string;
  licence?: string;
  delegate?: string;
  relation?: 'guardian' | 'given';
  born?: string;
  code?: Buffer;
  types: readonly string[];
  classes: number;
  copies: boolean;
  acts?: boolean;
  since: Date;
  until?: Date;
};

/**
 * Makes these the directives of a Consent, in the transaction that writes it; a trigger tells all processes at its commit. Who is
 * refused by one name is refused by all: the database adds a row for each other name, now and when one comes to be known.
 */
export async function keepDirectives(
  db: Transaction,
  consent: string,
  directives: readonly NewDirective[],
): Promise<void> {
  await db`delete from directive where consent = ${consent}`;
  for (const one of directives) {
    await db`
      insert into directive (consent, person, effect, audience, facility, department, subject, licence, delegate, relation, born,
        code, types, classes, copies, acts, since, until)
      values (${consent}, ${one.person}, ${one.effect}, ${one.audience}, ${one.facility ?? null}, ${one.department ?? null},
        ${one.subject ?? null}, ${one.licence ?? null}, ${one.delegate ?? null}, ${one.relation ?? null}, ${one.born ?? null},
        ${one.code ?? null}, ${one.types as string[]}, ${one.classes}, ${one.copies}, ${one.acts ?? false}, ${one.since}, ${one.until ?? null})`;
    if (one.audience === 'person') await db`select yba_keep_names(${one.subject!}, ${one.licence ?? null})`;
  }
}

/** A refusal holds at once: by a moment of its own it would not where another machine's clock is behind, or this one's is put right. */
const FROM_THE_FIRST = new Date(0);

/** Finds whom a decision is about, and makes its rows. Throws `value` for a number nobody is known by. */
export async function directivesOf(
  sql: Sql,
  decision: Decision,
  person: string,
  now: Date,
  yearsMost: number,
  findPerson: (number: string) => Promise<string | undefined>,
): Promise<NewDirective[]> {
  const { effect, types, classes, copies, acts, since, until } = decision;
  const common = {
    person,
    effect,
    types,
    classes,
    copies,
    acts,
    since: since ?? (effect === 'refuse' ? FROM_THE_FIRST : now),
    ...(until ? { until } : {}),
  };
  return Promise.all(
    decision.actors.map(async (actor, n): Promise<NewDirective> => {
      if (actor.audience !== 'citizen') return { ...common, ...(await audienceOf(sql, actor)) };
      const delegate = await findPerson(actor.number);
      const path = `Consent.provision.actor[${n}].reference.identifier`;
      if (!delegate)
        throw invalid(
          path,
          'Nobody is known here by this number yet: they sign in to their own book once, then you can let them see yours',
        );
      if (delegate === person) throw invalid(path, 'This is your own number');
      const latest = new Date(now);
      latest.setUTCFullYear(latest.getUTCFullYear() + yearsMost);
      if (until && until > latest)
        throw invalid(
          'Consent.provision.period.end',
          `A delegation lasts ${yearsMost} years at most, and can be given again`,
        );
      return { ...common, audience: 'citizen', delegate, relation: 'given', until: until ?? latest };
    }),
  );
}

async function audienceOf(
  sql: Sql,
  actor: Exclude<Actor, { audience: 'citizen' }>,
): Promise<Pick<NewDirective, 'audience' | 'facility' | 'department' | 'subject' | 'licence'>> {
  if (actor.audience === 'facility')
    return { audience: 'facility', facility: facilityNumber(actor.facility) };
  if (actor.audience === 'department')
    return { audience: 'department', facility: facilityNumber(actor.facility), department: actor.department };
  if (actor.audience !== 'person') return { audience: 'everyone' };
  const licence = actor.licence ?? (await licenceOf(sql, actor.subject));
  return {
    audience: 'person',
    subject: actor.subject,
    ...(licence ? { licence: normaliseLicence(licence) } : {}),
  };
}

/** The licence that a Practitioner carries, also one stored a moment ago, of which the feed has not told yet. */
async function licenceOf(sql: Sql, subject: string): Promise<string | undefined> {
  const id = /^Practitioner\/(.+)$/.exec(subject)?.[1];
  if (!id) return undefined;
  const [row] = await sql<{ value: string }[]>`
    select value from identifier where system = ${LICENCE} and type = ${typeNumber('Practitioner')}
      and row_id = coalesce(
        (select row_id from client_id where client_id = ${id} and type = ${typeNumber('Practitioner')}), ${isUuid(id) ? id : null}::uuid)
    limit 1`;
  return row?.value;
}

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
