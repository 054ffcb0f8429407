import { markLogged, notFound, type Caller } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import type { AccessOptions } from '../options.ts';
import { lapseFor, type PolicyPoint } from './decide.ts';
import { evaluate, givesCopies, type Facts, type Verdict } from './evaluate.ts';
import { citizenFacts, staffFacts } from './facts.ts';
import { lapseWords, type Lapse } from './licence.ts';
import { mayCopy, readableTypes } from './role-check.ts';
import { classesOf, type Rules } from './rules.ts';
import { whyWords } from './words.ts';

type WhyOptions = PolicyPoint & Pick<AccessOptions, 'ports'>;

/**
 * `GET Patient/{id}/$why`: why the caller can see this person's record, in Vietnamese and English, on which grounds and
 * until when, which sensitive classes are shown, and which version of the policy decides. To whom the record is absent,
 * this is too; a practitioner whose licence does not hold is told that, whoever is asked about. It shows nothing of the record, so it is no look.
 */
export function whyOperation(options: WhyOptions): Operation {
  return {
    code: 'why',
    on: { type: 'Patient', instance: true },
    methods: ['GET', 'POST'],
    handle: (request) => why(options, request),
  };
}

async function why(options: WhyOptions, { context, id }: OperationRequest): Promise<OperationResponse> {
  const { sql, book, ports } = options;
  const { caller } = context;
  const rules = book.inForce();
  const lapse = await lapseFor(options, rules, caller);
  if (lapse) return lapsedAnswer(options, rules, lapse, context, id!);
  const link = await ports.patient(id!);
  const readable = readableTypes(rules, caller);
  if (readable !== 'all' && !readable.has('Patient')) return refuse(options, context, id!, link);
  const facility = caller.facility ? facilityNumber(caller.facility) : undefined;
  const facts = link && (await factsAbout(sql, caller, facility, link.patient));
  const verdict = facts && evaluate(rules, caller, facts, new Date(), facility);
  const isOwn = link !== undefined && facility === link.facility && verdict?.own.none === false;
  if (!verdict || (verdict.grounds.length === 0 && !isOwn)) return refuse(options, context, id!, link);
  const words = whyWords(rules, caller, verdict, isOwn);
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'vi', valueString: words.vi },
        { name: 'en', valueString: words.en },
        { name: 'policy', valueInteger: rules.version },
        { name: 'effective', valueInstant: new Date(rules.effective).toISOString() },
        ...verdict.grounds.map(({ kind, purpose, until }) => ({
          name: 'ground',
          part: [
            { name: 'kind', valueCode: kind },
            ...(purpose ? [{ name: 'purpose', valueCode: purpose }] : []),
            ...(until ? [{ name: 'until', valueInstant: new Date(until).toISOString() }] : []),
          ],
        })),
        ...(isOwn ? [{ name: 'ground', part: [{ name: 'kind', valueCode: 'own' }] }] : []),
        ...classesOf(verdict.shows).map((name) => ({ name: 'shows', valueCode: name })),
        { name: 'keepsBack', valueBoolean: isKeepingBack(verdict) },
        { name: 'copies', valueBoolean: takesCopies(rules, caller, verdict) },
      ],
    },
  };
}

/** Absent, as the record itself; the person reads in the log that it was asked for. */
async function refuse(
  { ports }: WhyOptions,
  { caller, requestId }: OperationRequest['context'],
  id: string,
  link: { person: string } | undefined,
): Promise<never> {
  const target = `Patient/${id}`;
  await ports.audit.read({
    at: new Date(),
    requestId,
    caller,
    action: 'operation',
    target: `${target}/$why`,
    persons: link ? [link.person] : [],
    outcome: 'denied',
  });
  throw markLogged(notFound(target));
}

/** The same whoever is asked about: that somebody has a record here is not told, and the asking stands in the log. */
async function lapsedAnswer(
  { ports }: WhyOptions,
  rules: Rules,
  lapse: Lapse,
  { caller, requestId }: OperationRequest['context'],
  id: string,
): Promise<OperationResponse> {
  const link = await ports.patient(id);
  await ports.audit.read({
    at: new Date(),
    requestId,
    caller,
    action: 'operation',
    target: `Patient/${id}/$why`,
    persons: link ? [link.person] : [],
    outcome: 'denied',
  });
  const { vi, en } = lapseWords(lapse);
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'vi', valueString: `${vi}: không mở, xem, ghi hồ sơ người bệnh (${rules.licences!.law})` },
        {
          name: 'en',
          valueString: `${en}: no record of a person is opened, read or written (${rules.licences!.law})`,
        },
        { name: 'policy', valueInteger: rules.version },
        { name: 'effective', valueInstant: new Date(rules.effective).toISOString() },
        {
          name: 'licence',
          part: [
            { name: 'number', valueString: lapse.number },
            { name: 'state', valueCode: lapse.state },
          ],
        },
        { name: 'keepsBack', valueBoolean: true },
        { name: 'copies', valueBoolean: false },
      ],
    },
  };
}

const takesCopies = (rules: Rules, caller: Caller, { grounds }: Verdict) =>
  mayCopy(rules, caller) && (caller.role !== 'citizen' || givesCopies(grounds));

const isKeepingBack = ({ hides, own, onlyTypes }: ReturnType<typeof evaluate>) =>
  onlyTypes !== undefined || [hides, own].some(({ types, classes }) => types.length > 0 || classes > 0);

async function factsAbout(
  sql: PolicyPoint['sql'],
  caller: Caller,
  facility: number | undefined,
  patient: string,
): Promise<Facts | undefined> {
  if (caller.role === 'citizen')
    return caller.person ? (await citizenFacts(sql, caller.person, [patient]))[0] : undefined;
  return facility === undefined ? undefined : (await staffFacts(sql, caller, facility, [patient]))[0];
}
