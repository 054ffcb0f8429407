import { invalid } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityNumber, typeNumber } from '@yba/repository';
import { LICENCE } from '@yba/vietnam';
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

/** Makes these the directives of a Consent, in the transaction that writes it; a trigger tells all processes at its commit. */
export async function keepDirectives(
  db: Transaction,
  consent: string,
  directives: readonly NewDirective[],
): Promise<void> {
  await db`delete from directive where consent = ${consent}`;
  for (const one of directives)
    await db`
      insert into directive (consent, person, effect, audience, facility, department, subject, licence, delegate, relation, born,
        code, types, classes, copies, acts, since, until)
      values (${consent}, ${one.person}, ${one.effect}, ${one.audience}, ${one.facility ?? null}, ${one.department ?? null},
        ${one.subject ?? null}, ${one.licence ?? null}, ${one.delegate ?? null}, ${one.relation ?? null}, ${one.born ?? null},
        ${one.code ?? null}, ${one.types as string[]}, ${one.classes}, ${one.copies}, ${one.acts ?? false}, ${one.since}, ${one.until ?? null})`;
}

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
    since: since ?? now,
    ...(until ? { until } : {}),
  };
  const found = await Promise.all(
    decision.actors.map(async (actor, n): Promise<NewDirective[]> => {
      if (actor.audience !== 'citizen')
        return (await audiencesOf(sql, actor)).map((audience) => ({ ...common, ...audience }));
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
      return [{ ...common, audience: 'citizen', delegate, relation: 'given', until: until ?? latest }];
    }),
  );
  return found.flat();
}

async function audiencesOf(
  sql: Sql,
  actor: Exclude<Actor, { audience: 'citizen' }>,
): Promise<Pick<NewDirective, 'audience' | 'facility' | 'department' | 'subject' | 'licence'>[]> {
  if (actor.audience === 'facility')
    return [{ audience: 'facility', facility: facilityNumber(actor.facility) }];
  if (actor.audience === 'department')
    return [
      { audience: 'department', facility: facilityNumber(actor.facility), department: actor.department },
    ];
  if (actor.audience !== 'person') return [{ audience: 'everyone' }];
  const subjects = await namesOf(sql, actor.subject);
  const licences = await Promise.all(subjects.map((subject) => licenceOf(sql, subject)));
  const licence = actor.licence ?? licences.find((one) => one !== undefined);
  return subjects.map((subject) => ({ audience: 'person', subject, ...(licence ? { licence } : {}) }));
}

/** All names that somebody goes by: of an account its Practitioners at each facility, of a Practitioner the account and its others. */
async function namesOf(sql: Sql, subject: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    with account as (
      select m.account from membership m where m.practitioner = ${subject} or 'account/' || m.account = ${subject}
    )
    select 'account/' || account as name from account
    union select practitioner from membership where account in (select account from account) and practitioner is not null`;
  return [...new Set([subject, ...rows.map(({ name }) => name)])];
}

/** The licence of who is refused, which they have at every facility: a refusal is of the person, not of one account. */
async function licenceOf(sql: Sql, subject: string): Promise<string | undefined> {
  const [kind, id = ''] = subject.split('/');
  if (kind === 'account') {
    const [account] = await sql<{ licence_number: string | null }[]>`
      select licence_number from account where id::text = ${id}`;
    return account?.licence_number ?? undefined;
  }
  const [row] = await sql<{ value: string }[]>`
    select value from identifier where system = ${LICENCE} and type = ${typeNumber('Practitioner')}
      and row_id = coalesce(
        (select row_id from client_id where client_id = ${id} and type = ${typeNumber('Practitioner')}), ${isUuid(id) ? id : null}::uuid)
    limit 1`;
  return row?.value;
}

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
