import { invalid, notFound } from '@yba/fhir';
import type { Context } from '@yba/fhir';
import type { Operation, OperationResponse } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityCode } from '@yba/repository';
import type { ClientRegistryOptions } from '../create-client-registry.ts';
import { confirm, propose, undo } from '../decisions/decide.ts';
import type { Decided, DecisionKind, DecisionRow } from '../decisions/decide.ts';
import type { Registration } from '../matching/index.ts';
import { keptFrom, logAbsent } from './kept-from.ts';
import { officerFacility, parameter, patientParameter } from './officer.ts';
import { sidePatient } from './side.ts';
import { wholeCount } from '../page.ts';

const KINDS: readonly string[] = ['merge', 'link', 'unlink', 'differ'];
const LIMIT = { perMinute: 120, burst: 60 };

/**
 * `POST Patient/$decide-identity` (Parameters `kind` merge, link, unlink or differ; `patient`; `other`; `reason`): an
 * identity officer proposes. Nothing moves: charts follow links, and links follow once a second person has confirmed.
 */
export function decideOperation(options: ClientRegistryOptions): Operation {
  return {
    code: 'decide-identity',
    on: { type: 'Patient' },
    methods: ['POST'],
    limit: LIMIT,
    async handle({ context, body }) {
      const facility = officerFacility(context);
      const kind = parameter(body, 'kind')?.valueCode ?? '';
      if (!KINDS.includes(kind))
        throw invalid("Parameters.parameter.where(name='kind')", `Send “kind” as one of ${KINDS.join(', ')}`);
      const kept = await keptFrom(options, context);
      /** The Patient that a parameter names, unless it is absent to this officer. */
      const named = async (name: string, isOwn: boolean) => {
        const link = await patientParameter(options.repository, body, name);
        if (!kept.includes(link.patient) && (!isOwn || link.facility === facility)) return link;
        throw await logAbsent(options, context, [link.patient], notFound(`Patient/${link.id}`));
      };
      const own = await named('patient', true);
      const other = kind === 'unlink' ? undefined : await named('other', false);
      const reason = parameter(body, 'reason')?.valueString?.trim();
      const decision = await propose(options.sql, context.caller, {
        kind: kind as DecisionKind,
        patient: own.patient,
        ...(other ? { other: other.patient } : {}),
        ...(reason ? { reason } : {}),
      });
      return answer(options, context, { decision, changed: [] }, 201);
    },
  };
}

/** `POST Patient/$confirm-identity` (Parameters `decision`, `accept`): a second person accepts or refuses what waits. */
export function confirmOperation(options: ClientRegistryOptions): Operation {
  return {
    code: 'confirm-identity',
    on: { type: 'Patient' },
    methods: ['POST'],
    limit: LIMIT,
    async handle({ context, body }) {
      officerFacility(context);
      await refuseKept(options, context, decisionId(body));
      const accept = parameter(body, 'accept')?.valueBoolean ?? true;
      return answer(options, context, await confirm(options.sql, context.caller, decisionId(body), accept));
    },
  };
}

/**
 * `POST Patient/$undo-identity` (Parameters `decision`, `reason`): what waits is withdrawn; what stands is undone once a
 * second person has confirmed, and then charts are as if it had never been.
 */
export function undoOperation(options: ClientRegistryOptions): Operation {
  return {
    code: 'undo-identity',
    on: { type: 'Patient' },
    methods: ['POST'],
    limit: LIMIT,
    async handle({ context, body }) {
      officerFacility(context);
      const reason = parameter(body, 'reason')?.valueString?.trim();
      await refuseKept(options, context, decisionId(body));
      return answer(
        options,
        context,
        await undo(options.sql, context.caller, decisionId(body), reason || undefined),
      );
    },
  };
}

function decisionId(body: Parameters<typeof parameter>[0]): number {
  const id = parameter(body, 'decision')?.valueInteger;
  if (!id)
    throw invalid(
      "Parameters.parameter.where(name='decision')",
      'Send “decision” as the number of a decision',
    );
  return id;
}

/** A decision about a Patient of whom the officer does not learn is absent to them. Throws `not-found`. */
async function refuseKept(options: ClientRegistryOptions, context: Context, id: number): Promise<void> {
  const kept = await keptFrom(options, context);
  if (kept.length === 0) return;
  const rows = await options.sql<{ patient: string }[]>`
    select p.patient from identity_decision d, unnest(array[d.patient, d.other]) as p (patient)
    where d.id = ${id} and p.patient = any(${kept}::uuid[])`;
  if (rows.length === 0) return;
  const patients = rows.map(({ patient }) => patient);
  throw await logAbsent(options, context, patients, notFound(`decision ${id}`));
}

/** Logs what was decided for the persons concerned and tells it. */
async function answer(
  { sql, audit }: ClientRegistryOptions,
  context: Context,
  { decision, changed }: Decided,
  status = 200,
): Promise<OperationResponse> {
  const patients = [decision.patient, ...(decision.other ? [decision.other] : [])];
  const links = await sql<{ person: string }[]>`
    select distinct person from patient_link where patient = any(${patients}::uuid[])`;
  const persons = new Set([...links.map(({ person }) => person), ...changed.map(({ was }) => was)]);
  await audit.read({
    at: new Date(),
    requestId: context.requestId,
    caller: context.caller,
    action: 'update',
    target: `Patient/$identity-decisions`,
    persons: [...persons],
    count: changed.length,
    reason: `${decision.kind}: ${decision.state}`,
    outcome: 'success',
  });
  return {
    status,
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'decision', valueInteger: decision.id },
        { name: 'state', valueCode: decision.state },
        { name: 'changed', valueInteger: changed.length },
      ],
    },
  };
}

type ListedRow = DecisionRow & {
  patient_id: string;
  said: Registration | null;
  other_id: string | null;
  other_said: Registration | null;
  patient_person: string | null;
  other_person: string | null;
};

/** `GET Patient/$identity-decisions`: what waits for a second person at the caller's facility, and what was decided lately. */
export function decisionsOperation(options: ClientRegistryOptions): Operation {
  const { sql, audit } = options;
  return {
    code: 'identity-decisions',
    on: { type: 'Patient' },
    methods: ['GET'],
    limit: LIMIT,
    async handle({ context, query }) {
      const facility = officerFacility(context);
      const count = wholeCount(query, 100, 500);
      const rows = await listed(sql, facility, count, await keptFrom(options, context));
      await audit.read({
        at: new Date(),
        requestId: context.requestId,
        caller: context.caller,
        action: 'search',
        target: 'Patient/$identity-decisions',
        persons: [
          ...new Set(
            rows.flatMap(({ patient_person: own, other_person: other }) => [own ?? [], other ?? []].flat()),
          ),
        ],
        count: rows.length,
        outcome: 'success',
      });
      return {
        resource: {
          resourceType: 'Parameters',
          parameter: rows.map((row) => ({ name: 'decision', part: partsOf(row, facility, context) })),
        },
      };
    },
  };
}

async function listed(sql: Sql, facility: number, count: number, kept: string[]): Promise<ListedRow[]> {
  return sql<ListedRow[]>`
    select d.*, coalesce(l.client_id, l.patient::text) as patient_id, r.said,
      coalesce(o.client_id, o.patient::text) as other_id, s.said as other_said,
      l.person as patient_person, o.person as other_person
    from identity_decision d
    join patient_link l on l.patient = d.patient left join registration r on r.patient = d.patient
    left join patient_link o on o.patient = d.other left join registration s on s.patient = d.other
    where (d.facility = ${facility} or d.other_facility = ${facility})
      and d.patient <> all(${kept}::uuid[]) and (d.other is null or d.other <> all(${kept}::uuid[]))
    order by d.state in ('proposed', 'undo-proposed') desc, d.id desc limit ${count}`;
}

function partsOf(row: ListedRow, facility: number, { caller }: Context): object[] {
  const when = (at: Date | null) => (at ? { valueDateTime: at.toISOString() } : undefined);
  const asked = row.state === 'undo-proposed' ? row.undo_by : row.proposed_by;
  const waits = row.state === 'proposed' || row.state === 'undo-proposed';
  const side = (id: string, at: number, said: Registration | null) =>
    sidePatient({ id, facility: at, said: said ?? { name: '' } }, at === facility);
  const told: [string, object | undefined][] = [
    ['id', { valueInteger: row.id }],
    ['kind', { valueCode: row.kind }],
    ['state', { valueCode: row.state }],
    ['patient', { resource: side(row.patient_id, row.facility, row.said) }],
    [
      'other',
      row.other_id ? { resource: side(row.other_id, row.other_facility!, row.other_said) } : undefined,
    ],
    ['reason', row.reason ? { valueString: row.reason } : undefined],
    ['proposedBy', { valueString: row.proposed_name }],
    ['proposedAt', when(row.proposed_at)],
    ['confirmedBy', row.confirmed_name ? { valueString: row.confirmed_name } : undefined],
    ['confirmedAt', when(row.confirmed_at)],
    ['undoBy', row.undo_name ? { valueString: row.undo_name } : undefined],
    ['undoReason', row.undo_reason ? { valueString: row.undo_reason } : undefined],
    ['undoneBy', row.undone_name ? { valueString: row.undone_name } : undefined],
    ['undoneAt', when(row.undone_at)],
    ['mayConfirm', { valueBoolean: waits && asked !== caller.subject }],
    ['facility', { valueCode: facilityCode(row.facility) }],
  ];
  return told.flatMap(([name, value]) => (value ? [{ name, ...value }] : []));
}
