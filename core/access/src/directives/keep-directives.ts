import { conflict, invalid, outcomeError } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityNumber, typeNumber } from '@yba/repository';
import { LICENCE, normaliseLicence } from '@yba/vietnam';
import { VIETNAM_MS } from '../policy/evaluate.ts';
import { vietnamTime } from '../policy/words.ts';
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
  /** The code itself, sealed, where its retry is told it again. */
  sealedCode?: string;
  types: readonly string[];
  classes: number;
  copies: boolean;
  acts?: boolean;
  since: Date;
  until?: Date;
  /** Person key of the guardian who gives it in a child's place. */
  guardian?: string;
};

/** Whose record is decided about. Of a child: the guardian who decides, and until when what they give may last. */
export type Owner = { person: string; guardian?: string; until?: Date };

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
    if (one.guardian) await holdGuardian(db, one.person, one.guardian);
    await db`
      insert into directive (consent, person, effect, audience, facility, department, subject, licence, delegate, relation, born,
        code, code_sealed, types, classes, copies, acts, since, until, guardian)
      values (${consent}, ${one.person}, ${one.effect}, ${one.audience}, ${one.facility ?? null}, ${one.department ?? null},
        ${one.subject ?? null}, ${one.licence ?? null}, ${one.delegate ?? null}, ${one.relation ?? null}, ${one.born ?? null},
        ${one.code ?? null}, ${one.sealedCode ?? null}, ${one.types as string[]}, ${one.classes}, ${one.copies}, ${one.acts ?? false}, ${one.since}, ${one.until ?? null},
        ${one.guardian ?? null})`;
    if (one.audience === 'person') await db`select yba_keep_names(${one.subject!}, ${one.licence ?? null})`;
  }
}

/** Who ends the guardianship meanwhile waits, and ends what is given here too; who ended it is told here. */
async function holdGuardian(db: Transaction, person: string, guardian: string): Promise<void> {
  const [row] = await db`select from ${guardianships(db, person, guardian)} for share`;
  if (!row)
    throw outcomeError('conflict', {
      en: 'You no longer answer for this child, so nothing is shared in its place',
      vi: 'Bạn không còn là người giám hộ của trẻ này, nên không cho xem thay trẻ được nữa. Hãy tải lại sổ.',
    });
}

const guardianships = (db: Sql | Transaction, person: string, guardian: string) => (db as Sql)`
  directive where relation = 'guardian' and person = any(yba_person_keys(${person})) and delegate = any(yba_person_keys(${guardian}))`;

/** The Consents by which a citizen answers for a child; one, but for what was recorded twice at the same moment. */
export async function guardianConsents(sql: Sql, person: string, guardian: string): Promise<string[]> {
  const rows = await sql<{ consent: string }[]>`
    select consent from ${guardianships(sql, person, guardian)} group by consent order by min(id)`;
  return rows.map(({ consent }) => consent);
}

/** What else was recorded ends, in the transaction that writes the one of these Consents that stays; `conflict` where it is not one of them. */
export async function keepOneGuardianship(
  db: Transaction,
  person: string,
  guardian: string,
  ended: readonly string[],
): Promise<void> {
  await db`select pg_advisory_xact_lock(hashtext('guardianship'), 0)`; // who records at the same moment waits, and sees this one
  await db`delete from ${guardianships(db, person, guardian)} and consent = any(${ended as string[]})`;
  const { count } = await db`select from ${guardianships(db, person, guardian)} group by consent`;
  if (count > 1) throw conflict('Another officer records this guardianship at this moment: ask again');
}

/** The Consents by which a guardian lets others see a child's record. */
export async function givenBy(sql: Sql, person: string, guardian: string): Promise<string[]> {
  const rows = await sql<{ consent: string }[]>`select distinct consent from ${gifts(sql, person, guardian)}`;
  return rows.map(({ consent }) => consent);
}

/** Ends them, in the transaction that ends the guardianship. */
export async function endGiven(db: Transaction, person: string, guardian: string): Promise<void> {
  await db`delete from ${gifts(db, person, guardian)}`;
}

const gifts = (db: Sql | Transaction, person: string, guardian: string) => (db as Sql)`
  directive where person = any(yba_person_keys(${person})) and guardian = any(yba_person_keys(${guardian}))`;

/** A refusal holds at once: by a moment of its own it would not where another machine's clock is behind, or this one's is put right. */
const FROM_THE_FIRST = new Date(0);

/** `2028-03-02T00:00:00+07:00` */
const inVietnam = (at: Date) =>
  new Date(at.getTime() + VIETNAM_MS).toISOString().replace(/\.\d+Z$/, '+07:00');

/**
 * Finds whom a decision is about, and makes its rows. Throws `value` for a number nobody is known by, and for an end beyond
 * what the rules, or the age of a child, allow.
 */
export async function directivesOf(
  sql: Sql,
  decision: Decision,
  { person, ...owner }: Owner,
  now: Date,
  yearsMost: number,
  findPerson: (number: string) => Promise<string | undefined>,
): Promise<NewDirective[]> {
  const { effect, types, classes, copies, acts, since } = decision;
  const inPlace = effect === 'refuse' ? {} : owner; // a refusal keeps to the child when it decides alone
  const until = decision.until ?? inPlace.until;
  if (until && inPlace.until && until > inPlace.until)
    throw invalid('Consent.provision.period.end', {
      en: `What is given in a child's place ends by ${inVietnam(inPlace.until)}: from then on the child decides`,
      vi: `Quyền cho xem thay trẻ hết chậm nhất vào ${vietnamTime(inPlace.until.toISOString())}: từ lúc đó trẻ tự quyết định. Hãy chọn thời hạn ngắn hơn.`,
    });
  const common = {
    person,
    effect,
    types,
    classes,
    copies,
    acts,
    since: since ?? (effect === 'refuse' ? FROM_THE_FIRST : now),
    ...(until ? { until } : {}),
    ...(inPlace.guardian ? { guardian: inPlace.guardian } : {}),
  };
  return Promise.all(
    decision.actors.map(async (actor, n): Promise<NewDirective> => {
      if (actor.audience !== 'citizen') return { ...common, ...(await audienceOf(sql, actor)) };
      const delegate = await findPerson(actor.number);
      const path = `Consent.provision.actor[${n}].reference.identifier`;
      if (!delegate)
        throw invalid(path, {
          en: 'No hospital here has registered anybody with this number yet, and only whom one has can be let in: check the number; once they were at a hospital, and signed in to their book again, let them see yours',
          vi: 'Chưa nơi khám nào ở đây có người mang số này nên chưa cho xem được. Hãy xem lại số; nếu đúng, chờ khi người đó đã được một nơi khám lập hồ sơ và đăng nhập lại sổ của họ.',
        });
      if (delegate === person)
        throw invalid(path, {
          en: 'This is your own number',
          vi: 'Đây là số của chính chủ sổ. Hãy nhập số của người sẽ được xem.',
        });
      const latest = new Date(now);
      latest.setUTCFullYear(latest.getUTCFullYear() + yearsMost);
      if (until && until > latest)
        throw invalid('Consent.provision.period.end', {
          en: `A delegation lasts ${yearsMost} years at most, and can be given again`,
          vi: `Mỗi lần cho xem dài nhất ${yearsMost} năm. Hãy chọn thời hạn ngắn hơn; hết hạn thì cho xem lại được.`,
        });
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
