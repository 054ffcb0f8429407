import {
  forbidden,
  invalid,
  markLogged,
  notFound,
  outcomeError,
  parseJson,
  parseReference,
  type Caller,
  type Context,
  type Interactions,
  type Resource,
  type WriteOptions,
  type Written,
} from '@yba/fhir';
import { OutcomeError, validate, writeETags } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import type { Repository } from '@yba/repository';
import { facilitySource } from '@yba/vietnam';
import type { AccessOptions } from '../options.ts';
import type { PolicyPoint } from '../policy/decide.ts';
import { birthday, citizenRule, evaluate, isGrowingUp, mayDisclose } from '../policy/evaluate.ts';
import { citizenFacts } from '../policy/facts.ts';
import { readDecision } from './consent-form.ts';
import { directivesOf, keepDirectives, type NewDirective, type Owner } from './keep-directives.ts';

export type DirectiveOptions = PolicyPoint & Pick<AccessOptions, 'ports' | 'secrets'>;

/** Statuses under which a Consent says nothing any more. Source: https://hl7.org/fhir/R4/valueset-consent-state-codes.html */
const ENDED: ReadonlySet<unknown> = new Set(['inactive', 'rejected', 'entered-in-error']);

/**
 * The store's interactions, where a citizen's Consent takes effect as it is written: the resource and what the policy
 * asks for are one commit. What others file as Consent stays what it is, a document.
 */
export function withCitizenConsents(options: DirectiveOptions, store: Repository): Interactions {
  const write = async (
    context: Context,
    resource: Resource,
    method: 'POST' | 'PUT',
    given?: WriteOptions,
  ) => {
    if (context.caller.launch)
      throw forbidden(
        'A person decides about their record on their own screens: an app that they let read does not decide in their name.',
      );
    const faults = validate(resource).filter(({ severity }) => severity === 'error' || severity === 'fatal');
    if (faults.length > 0) throw new OutcomeError(faults);
    if (given?.provenance)
      throw outcomeError(
        'not-supported',
        'A Consent of your own is its own evidence: leave X-Provenance out',
        'X-Provenance',
      );
    if (given?.condition)
      throw outcomeError(
        'not-supported',
        'A Consent of your own is written by its id, not by a condition',
        'Consent',
      );
    const about = /^Patient\/(.+)$/.exec(
      (resource.patient as { reference?: string } | undefined)?.reference ?? '',
    );
    const owner = await ownerLogged(options, context, about?.[1], 'Consent', resource);
    const directives = ENDED.has(resource.status) ? [] : await read(options, resource, owner);
    if (method === 'PUT') await checkSame(options, context, store, resource, owner);
    const replaces = method === 'PUT' ? resource.id : undefined; // an id that comes with a new one is not taken
    return storeConsent(store, context, { resource: labelled(resource), directives, replaces }, options, {
      given,
    });
  };
  const isCitizens = ({ caller }: Context, type: string) => caller.role === 'citizen' && type === 'Consent';
  return {
    ...store,
    create: (context, resource, given) =>
      isCitizens(context, resource.resourceType)
        ? write(context, resource, 'POST', given)
        : store.create(context, resource, given),
    update: (context, resource, given) =>
      isCitizens(context, resource.resourceType)
        ? write(context, resource, 'PUT', given)
        : store.update(context, resource, given),
  };
}

/**
 * Throws `not-found` for a record that is not theirs, `forbidden` where the level of the account, or the age of a child,
 * leaves the decision to somebody else.
 */
async function ownerFor(
  { sql, book, ports }: DirectiveOptions,
  { caller }: Context,
  patient: string | undefined,
  consent?: Resource,
): Promise<Owner> {
  const rules = book.inForce();
  if (!citizenRule(rules, caller).decides)
    throw forbidden({
      en: 'Deciding about a record needs a VNeID account of level 2, got in person at the police: then nobody else can decide in your name.',
      vi: 'Quyết định về hồ sơ cần tài khoản VNeID mức 2, làm trực tiếp tại cơ quan công an: như vậy không ai khác quyết định thay được. Hãy nâng lên mức 2 rồi đăng nhập lại.',
    });
  const link = patient === undefined ? undefined : await ports.patient(patient);
  const [facts] = link && caller.person ? await citizenFacts(sql, caller.person, [link.patient]) : [];
  const verdict = facts && evaluate(rules, caller, facts, new Date(), undefined);
  if (verdict?.grounds[0]?.kind === 'self') return { person: link!.person };
  const guardian = verdict?.grounds.find(({ directive }) => directive?.relation === 'guardian')?.directive;
  if (!guardian) throw notFound(`Patient/${patient ?? ''}`);
  const isRefusal = (consent?.provision as { type?: string } | undefined)?.type === 'deny';
  if (!isRefusal && !ENDED.has(consent?.status) && !mayDisclose(rules, guardian, new Date()))
    throw forbidden({
      en: `From ${rules.guardians.disclosesUntilAge} years on, a child's private life is disclosed to others only with the child's own consent (Law on Children 102/2016/QH13, art. 21): the child shares it from their own book. You still see the record, and can refuse others.`,
      vi: `Từ ${rules.guardians.disclosesUntilAge} tuổi, đời sống riêng tư của trẻ chỉ được cho người khác xem khi chính trẻ đồng ý (Luật Trẻ em 102/2016/QH13, điều 21): trẻ tự cho xem từ sổ của mình. Bạn vẫn xem được hồ sơ này, và vẫn từ chối được người khác.`,
    });
  const ends = [
    ...(guardian.born ? [birthday(guardian.born, rules.guardians.disclosesUntilAge)] : []),
    ...(guardian.until ? [new Date(guardian.until)] : []),
  ].map(Number);
  return { person: link!.person, guardian: caller.person!, until: new Date(Math.min(...ends)) };
}

/** The same for an operation about a Patient: who is refused stands in the log of the person it was about. */
export async function ownerLogged(
  options: DirectiveOptions,
  context: Context,
  patient: string | undefined,
  operation: string,
  consent?: Resource,
): Promise<Owner> {
  try {
    return await ownerFor(options, context, patient, consent);
  } catch (error) {
    const link = patient === undefined ? undefined : await options.ports.patient(patient);
    await options.ports.audit.read({
      at: new Date(),
      requestId: context.requestId,
      caller: context.caller,
      action: 'operation',
      target: patient === undefined ? operation : `Patient/${patient}/${operation}`,
      persons: link ? [link.person] : [],
      outcome: 'denied',
    });
    throw error instanceof Error ? markLogged(error) : error;
  }
}

async function read(
  { sql, book, ports }: DirectiveOptions,
  resource: Resource,
  owner: Owner,
): Promise<NewDirective[]> {
  if (resource.status !== 'active')
    throw invalid('Consent.status', 'A decision is active, or inactive once it is taken back');
  const decision = readDecision(resource);
  const { yearsMost } = book.inForce().delegates;
  return directivesOf(sql, decision, owner, new Date(), yearsMost, ports.findPerson);
}

/** The Consent that is changed is there, theirs, and one that took effect through this door. */
async function checkSame(
  options: DirectiveOptions,
  context: Context,
  store: Repository,
  { id }: Resource,
  { person, guardian }: Owner,
): Promise<void> {
  const { sql } = options;
  const stored = await store.read(context, 'Consent', id ?? '');
  const consent = parseJson(stored.text);
  if (!isOfTheirBook(consent))
    throw outcomeError(
      'business-rule',
      {
        en: 'This Consent was filed by a hospital, or records who answers for a child by papers that were seen: it is not changed from the book. Make a decision of your own (POST Consent), or ask whoever filed it.',
        vi: 'Văn bản này do bệnh viện lập, hoặc ghi ai giám hộ trẻ theo giấy tờ đã xem, nên không đổi được từ sổ. Hãy tự lập một quyết định mới, hoặc hỏi nơi đã lập.',
      },
      'Consent.id',
    );
  const { patient } = consent as { patient?: { reference?: string } };
  const link = await store.patient((patient?.reference ?? '').replace('Patient/', ''));
  const [row] = await sql<{ same: boolean }[]>`
    select ${link?.person ?? null}::uuid = any(yba_person_keys(${person})) as same`;
  if (!row?.same)
    throw outcomeError('business-rule', 'A Consent cannot be moved to another person', 'Consent.patient');
  const isRefusal = (consent as { provision?: { type?: string } }).provision?.type === 'deny';
  if (guardian && isRefusal && (await isOfChildsOwn(options, guardian, link!.patient)))
    throw await refused(options, context, { target: `Consent/${id}`, persons: [person] });
}

/** Whether a child is of an age from which the law keeps something from this guardian: then whom it refuses is its own too. */
async function isOfChildsOwn(
  { sql, book }: DirectiveOptions,
  guardian: string,
  patient: string,
): Promise<boolean> {
  const [facts] = await citizenFacts(sql, guardian, [patient]);
  const given = facts?.directives.find(({ relation }) => relation === 'guardian');
  return given !== undefined && isGrowingUp(book.inForce(), given, new Date());
}

async function refused(
  { ports }: DirectiveOptions,
  { caller, requestId }: Context,
  about: { target: string; persons: string[] },
): Promise<Error> {
  await ports.audit.read({
    at: new Date(),
    requestId,
    caller,
    action: 'update',
    ...about,
    outcome: 'denied',
  });
  return markLogged(
    forbidden({
      en: 'At this age a refusal is changed or taken back by the child alone, from its own book. You can still refuse others.',
      vi: 'Ở tuổi này, chỉ chính trẻ đổi hoặc thu hồi được quyết định không cho xem, từ sổ của mình. Bạn vẫn từ chối được người khác.',
    }),
  );
}

/**
 * Whether a Consent was written from a book: no document that a hospital filed, nor what an identity officer recorded of a
 * guardian. On those the store puts the facility's name; written as the platform's, they would be overwritten.
 */
const isOfTheirBook = ({ meta }: Resource) => !String(meta?.['source'] ?? '').startsWith(facilitySource(''));

/** Shown to the person concerned alone: who is refused must not read it there. */
function labelled(resource: Resource): Resource {
  // nobody writes in the name of a facility; the store puts it on what facilities write
  const {
    source: _,
    security = [],
    ...meta
  } = (resource.meta ?? {}) as {
    source?: string;
    security?: { code?: string }[];
  };
  const restricted = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
  return {
    ...resource,
    meta: { ...meta, security: [...security.filter(({ code }) => code !== 'R'), restricted] },
  };
}

/** A Consent and what the policy asks of it; `replaces`: the id of the one it takes the place of, else it is new. */
type Decided = {
  resource: Resource;
  directives: readonly NewDirective[];
  replaces?: string | undefined;
};

/**
 * Writes a Consent as the platform's row in the person's chart, and its directives, in one commit; once, under a key of its sender.
 * `ended`: other Consents that end with it; `within`: what else belongs to that commit.
 */
export async function storeConsent(
  store: Repository,
  context: Context,
  { resource, directives, replaces }: Decided,
  { kept }: Pick<PolicyPoint, 'kept'>,
  {
    given,
    ended = [],
    within,
  }: {
    given?: WriteOptions | undefined;
    ended?: readonly string[];
    within?: ((db: Transaction) => Promise<void>) | undefined;
  } = {},
): Promise<Written> {
  const keeper: Context = { ...context, caller: keeperFor(context.caller) };
  const ifMatch = given?.ifMatch === undefined ? {} : { ifMatch: writeETags(given.ifMatch) };
  const entry = (consent: Resource, id: string | undefined, more = {}) => ({
    resource: id === undefined ? consent : { ...consent, id },
    request: {
      method: id === undefined ? 'POST' : 'PUT',
      url: id === undefined ? 'Consent' : `Consent/${id}`,
      ...more,
    },
  });
  const others = await Promise.all(
    ended.map(async (id) => {
      const stored = parseJson((await store.read(keeper, 'Consent', id)).text) as Resource;
      return entry({ ...stored, status: 'inactive' }, id);
    }),
  );
  const bundle: Resource = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [entry(resource, replaces, ifMatch), ...others],
  };
  const { key, body = '' } = given?.submission ?? {};
  let written: Written | undefined;
  const { text } = await store.transaction(
    keeper,
    bundle,
    {
      handling: 'strict',
      ...(key === undefined
        ? {}
        : { idempotencyKey: `consent ${context.caller.subject} ${key}`, bodyHash: body }),
    },
    {
      async after(db, [one]) {
        written = one!;
        await keepDirectives(db, one!.id, directives);
        await within?.(db);
      },
    },
  );
  kept.forget();
  const id = answeredId(text); // another than was written where the key had been used: then nothing of this was kept
  const stored = await store.read(keeper, 'Consent', id);
  return { ...stored, outcome: written?.id === id ? written.outcome : 'unchanged' };
}

/** The id that is answered: of what was written, or of what the first submission made. Throws `deleted` when it was erased. */
function answeredId(text: string): string {
  const { entry } = JSON.parse(text) as { entry: { response: { location?: string } }[] };
  const { id } = parseReference(entry[0]!.response.location ?? '');
  if (id) return id;
  throw outcomeError('deleted', 'What was made under this key was erased', 'Idempotency-Key');
}

/** The platform keeps what a citizen decides; the log names the citizen. */
function keeperFor(caller: Caller): Caller {
  return { ...caller, role: 'platform' };
}
