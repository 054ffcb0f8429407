import { conflict, invalid, notFound, type Context } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { FACILITY, isFacilityCode } from '@yba/vietnam';
import { commune } from '@yba/vietnam/data';
import { resolvePlace } from '@yba/vietnam/places';
import type { RegistryOptions } from '../create-registry.ts';
import { addressOf } from '../facilities/change-facility.ts';
import { KIND } from '../facilities/facility-facts.ts';
import { assertOfficer, facilityAsked } from '../officer.ts';
import {
  codePart,
  given,
  instantPart,
  localDay,
  parametersAnswer,
  stringPart,
  wordsIn,
} from '../parameters.ts';
import { counts, locked, type Onboarding, onboardings, stepsOf, testsOf } from './books.ts';
import { accessIn, type State, STEP_NAMES, STEPS, stepsIn, type Step } from './states.ts';
import { findingPart } from './test-run.ts';

const KINDS = ['centre', 'provincial', 'station', 'clinic'];

/** `GET $onboardings?state=&id=`: the workbench's list, or one application with its steps and test runs. */
export function listOperation({ sql }: RegistryOptions): Operation {
  return {
    code: 'onboardings',
    on: { system: true },
    methods: ['GET'],
    handle: async ({ context, query }) => {
      const asked = given(['state', 'id'], { query });
      const facility = facilityAsked(context, undefined);
      const rows = await onboardings(sql, { state: asked.text('state'), facility });
      const id = asked.text('id');
      const shown = id ? rows.filter((row) => row.id === id) : rows;
      if (id && shown.length === 0) throw notFound(`Application ${id.slice(0, 20)}`);
      const details = id ? await detailOf(sql, shown[0]!) : [];
      return parametersAnswer([
        ...(facility
          ? []
          : (await counts(sql)).map(({ state, n }) => ({
              name: 'count',
              part: [
                { name: 'state', valueCode: state },
                { name: 'n', valueInteger: n },
              ],
            }))),
        ...shown.map((row) => ({ name: 'onboarding', part: [...partsOf(row), ...details] })),
      ]);
    },
  };
}

function partsOf(row: Onboarding): object[] {
  return [
    { name: 'id', valueString: row.id },
    { name: 'name', valueString: row.name },
    { name: 'state', valueCode: row.state },
    { name: 'kind', valueCode: row.kind },
    { name: 'commune', valueCode: row.commune },
    ...stringPart('address', addressOf(row.line ?? undefined, row.commune)['text'] as string),
    ...codePart('facility', row.facility),
    ...stringPart('client', row.client),
    ...stringPart('vendor', row.vendor),
    ...stringPart('contactName', row.contact.name),
    ...stringPart('contactPhone', row.contact.phone),
    ...instantPart('created', row.created),
  ];
}

async function detailOf(sql: Sql, row: Onboarding): Promise<object[]> {
  const [steps, tests] = [await stepsOf(sql, row.id), await testsOf(sql, row.id)];
  const suggested = row.state === 'applied' ? await freeCode(sql, row.commune) : undefined;
  return [
    ...stepsIn(row.state, steps.length > 1).map((step) => ({ name: 'open', valueCode: step })),
    ...codePart('suggestedCode', suggested),
    ...steps.map((step) => ({
      name: 'step',
      part: [
        { name: 'step', valueCode: step.step },
        ...codePart('from', step.from_state),
        { name: 'to', valueCode: step.to_state },
        { name: 'why', valueString: step.why },
        { name: 'by', valueString: step.by_name },
        ...instantPart('at', step.at),
      ],
    })),
    ...tests.map(({ at, passed, summary }, nth) => ({
      name: 'test',
      part: [
        ...instantPart('at', at),
        { name: 'passed', valueBoolean: passed },
        { name: 'resources', valueInteger: summary.resources },
        { name: 'dossiers', valueInteger: summary.dossiers },
        { name: 'errors', valueInteger: summary.errors },
        { name: 'warnings', valueInteger: summary.warnings },
        { name: 'messages', valueInteger: summary.messages ?? 0 },
        ...(summary.read === undefined ? [] : [{ name: 'read', valueBoolean: summary.read }]),
        ...(nth === 0 ? (summary.findings ?? []).map(findingPart) : []), // of the newest alone: the others were mended
        ...summary.rules.map((rule) => ({ name: 'rule', valueString: rule })),
      ],
    })),
  ];
}

/** The first free code under the old province of a commune: codes go on by the list of 2024. */
async function freeCode(sql: Sql, code: string): Promise<string | undefined> {
  const place = resolvePlace({ list: '2026', level: 'commune', code }, '2024');
  const district = place?.units[0]?.parent;
  const old = place?.province?.code ?? (district && resolveOld(district));
  if (!old) return undefined;
  const [row] = await sql<{ code: string }[]>`
    select ${old}::text || lpad(n::text, 3, '0') as code from generate_series(1, 999) n
    where not exists (select from directory_entry where kind = 'f' and code = ${old}::text || lpad(n::text, 3, '0'))
      and not exists (select from onboarding where facility = ${old}::text || lpad(n::text, 3, '0')) order by n limit 1`;
  return row?.code;
}

const resolveOld = (district: string) =>
  resolvePlace({ list: '2024', level: 'district', code: district }, '2024')?.from.parent;

/** `POST $apply-onboarding`: an application to join is taken down by the ministry's officer. */
export function applyOperation({ sql }: RegistryOptions): Operation {
  return {
    code: 'apply-onboarding',
    on: { system: true },
    methods: ['POST'],
    idempotencyKey: { instead: 'look with $onboardings whether the application was taken down' },
    handle: async ({ context, query, body }) => {
      assertOfficer(context);
      const asked = given(
        ['name', 'kind', 'commune', 'line', 'contactName', 'contactPhone', 'vendor', 'why'],
        { query, body },
      );
      const [name, place] = [asked.needed('name').slice(0, 255), asked.needed('commune')];
      if (!commune(place))
        throw invalid('commune', {
          en: 'Say the commune of today by its five digits, such as 09190',
          vi: 'Hãy ghi mã xã hiện nay, năm chữ số, ví dụ 09190.',
        });
      const kind = asked.text('kind') ?? 'clinic';
      if (!KINDS.includes(kind)) throw invalid('kind', `kind is one of ${KINDS.join(', ')}`);
      const contact = {
        name: asked.needed('contactName').slice(0, 255),
        phone: asked.text('contactPhone')?.slice(0, 40),
      };
      const id = await sql.begin(async (tx) => {
        const [row] = await tx<{ id: string }[]>`
          insert into onboarding (name, kind, commune, line, contact, vendor)
          values (${name}, ${kind}, ${place}, ${asked.text('line')?.slice(0, 255) ?? null}, ${tx.json(contact as never)},
            ${asked.text('vendor')?.slice(0, 255) ?? null}) returning id::text`;
        await tx`
          insert into onboarding_step (onboarding, step, to_state, why, by, by_name)
          values (${row!.id}, 'apply', 'applied', ${asked.text('why') ?? ''}, ${context.caller.subject}, ${context.caller.name})`;
        return row!.id;
      });
      return parametersAnswer([{ name: 'id', valueString: id as string }]);
    },
  };
}

/**
 * `POST $advance-onboarding` with id, step and why: the next step of an application, or `back`. `give-code` takes `code`;
 * `issue-credentials` answers the client's secret this once. The newest test run must have passed for `accept-test`, and still for
 * `go-live`: a run that fails in between shuts the way.
 */
export function advanceOperation(options: RegistryOptions): Operation {
  const { sql } = options;
  return {
    code: 'advance-onboarding',
    on: { system: true },
    methods: ['POST'],
    handle: async ({ context, query, body }) => {
      assertOfficer(context);
      const asked = given(['id', 'step', 'code', 'why'], { query, body });
      const [id, step, why] = [asked.needed('id'), asked.needed('step') as Step, wordsIn(asked, 'why')];
      if (!STEP_NAMES.includes(step)) throw invalid('step', `step is one of ${STEP_NAMES.join(', ')}`);
      if (!/^\d{1,18}$/.test(id)) throw notFound(`Application ${id.slice(0, 20)}`);
      const answer = (await sql.begin(async (transaction) => {
        const tx = transaction as unknown as Sql;
        const row = await locked(tx, id);
        if (!row) throw notFound(`Application ${id}`);
        const to = await nextState(tx, row, step);
        const given = await carryOut(options, context, tx, row, {
          step,
          to,
          code: asked.text('code')?.toUpperCase(),
        });
        await tx`update onboarding set state = ${to} where id = ${id}`;
        await tx`
          insert into onboarding_step (onboarding, step, from_state, to_state, why, by, by_name)
          values (${id}, ${step}, ${row.state}, ${to}, ${why}, ${context.caller.subject}, ${context.caller.name})`;
        return { to, given };
      })) as { to: State; given: object[] };
      await options.log({
        at: new Date(),
        requestId: context.requestId,
        caller: context.caller,
        action: 'operation',
        persons: [],
        target: `Organization/$advance-onboarding`,
        reason: why,
        outcome: 'success',
        detail: { step, to: answer.to },
      });
      return parametersAnswer([{ name: 'state', valueCode: answer.to }, ...answer.given]);
    },
  };
}

async function nextState(tx: Sql, row: Onboarding, step: Step): Promise<State> {
  if (step !== 'back') {
    const { from, to } = STEPS[step];
    if (!from.includes(row.state))
      throw conflict({
        en: `It is ${row.state}; ${step} comes after ${from.join(' or ')}. The steps open are told with it.`,
        vi: 'Hồ sơ này không còn ở bước đó. Hãy tải lại trang để xem các bước đang mở.',
      });
    return to;
  }
  const steps = await stepsOf(tx, row.id);
  // each step back takes away the last step that still stands
  const standing: State[] = [];
  for (const one of steps) {
    if (one.step === 'back') standing.pop();
    else standing.push(one.to_state);
  }
  const before = standing.at(-2);
  if (!before)
    throw conflict({ en: 'There is no step before this one', vi: 'Không có bước nào trước bước này.' });
  return before;
}

type Task = { step: Step; to: State; code: string | undefined };

/** What a step does beside being noted; answers what is told this once. */
async function carryOut(
  options: RegistryOptions,
  context: Context,
  tx: Sql,
  row: Onboarding,
  task: Task,
): Promise<object[]> {
  if (task.step === 'give-code') {
    const code = task.code ?? '';
    if (!isFacilityCode(code))
      throw invalid('code', {
        en: 'A facility code has two digits and three digits or capital letters, such as 27001',
        vi: 'Mã cơ sở có hai chữ số rồi ba chữ số hoặc chữ hoa, ví dụ 27001.',
      });
    const [taken] = await tx`
      select from onboarding where facility = ${code} and state not in ('rejected', 'terminated') and id <> ${row.id}`;
    if (taken)
      throw conflict({
        en: `${code} is given to another application already`,
        vi: `Mã ${code} đã cấp cho hồ sơ khác. Hãy chọn mã khác.`,
      });
    await registered(options, row, code);
    await tx`update onboarding set facility = ${code} where id = ${row.id}`;
    return [{ name: 'facility', valueCode: code }];
  }
  if (task.step === 'accept-test' || task.step === 'go-live') {
    const [test] = await testsOf(tx, row.id);
    if (!test?.passed)
      throw conflict({
        en: 'The newest test run has not passed: the facility’s software calls $onboarding-test, and sees what to mend',
        vi: 'Lần thử mới nhất chưa đạt: phần mềm của cơ sở gửi lại bài thử ($onboarding-test) và xem cần sửa gì.',
      });
  }
  if (task.step === 'issue-credentials') {
    const { clientId, clientSecret } = await options.clients.register(row.facility!, row.name);
    await tx`update onboarding set client = ${clientId} where id = ${row.id}`;
    return [
      { name: 'clientId', valueString: clientId },
      { name: 'clientSecret', valueString: clientSecret },
    ];
  }
  if (row.client && accessIn(task.to) !== accessIn(row.state))
    await options.clients.set(row.client, accessIn(task.to));
  return [];
}

/** Sees that the directory has the facility: a code that is there already is taken as it stands. */
async function registered(
  { repository, asPlatform, now = () => new Date() }: RegistryOptions,
  row: Onboarding,
  code: string,
): Promise<void> {
  const context = asPlatform('onboarding');
  const address = addressOf(row.line ?? undefined, row.commune, localDay(now()));
  const condition = new URLSearchParams({ identifier: `${FACILITY}|${code}` });
  const organization = await repository.create(
    context,
    {
      resourceType: 'Organization',
      active: true,
      identifier: [{ use: 'official', system: FACILITY, value: code, period: { start: localDay(now()) } }],
      type: [
        { coding: [{ system: 'urn:ietf:rfc:3986', code: 'urn:ihe:iti:mcsd:2019:facility' }] },
        { coding: [{ system: KIND, code: row.kind }] },
      ],
      name: row.name,
      address: [address],
    },
    { condition },
  );
  await repository.create(
    context,
    {
      resourceType: 'Location',
      status: 'active',
      identifier: [{ system: FACILITY, value: code }],
      name: row.name,
      mode: 'instance',
      address,
      managingOrganization: { reference: `Organization/${organization.id}` },
    },
    { condition },
  );
}
