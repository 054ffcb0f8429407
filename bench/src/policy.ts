/**
 * What a decision costs: of the own facility's rows, about a named Patient, about all that are open; among many openings,
 * relationships and refusals. Reference, in the same run: the query that decided before there were refusals, shares and
 * classes.
 *
 *   npm run bench -- policy [--persons 20000] [--calls 3000]
 */
import { parseArgs } from 'node:util';
import { running } from '@yba/access/testing';
import type { Caller, Context } from '@yba/fhir';
import { facilityNumber } from '@yba/repository';

const { values: options } = parseArgs({
  options: { persons: { type: 'string', default: '20000' }, calls: { type: 'string', default: '3000' } },
});
const persons = Number(options.persons);
const calls = Number(options.calls);
const [HERE, THERE] = [facilityNumber('79013'), facilityNumber('01901')];
const say = (line: string) => process.stdout.write(`${line}\n`);
const doctor: Caller = {
  role: 'doctor',
  client: 'yba-clinic',
  subject: 'account/bench',
  name: 'bench',
  facility: '79013',
  practitioner: 'Practitioner/bench',
  scopes: ['user/*.cruds'],
};
const context: Context = { caller: doctor, requestId: 'bench' };

const server = await running();
const { sql, access } = server;
try {
  await fill();
  const open = await sql<{ patient: string }[]>`
    select patient from opening where subject = ${doctor.subject} order by patient limit 200`;
  const patients = open.map(({ patient }) => patient);
  const at = (n: number) => patients[n % patients.length]!;
  say(
    `world       ${persons} persons, as many openings and relationships, ${persons / 2} refusals of others`,
  );
  await measure('own rows', () =>
    access.decide(context, { action: 'read', types: ['Observation'], patients: [] }),
  );
  for (const _ of [1, 2]) {
    await measure('before, one', (n) => before(at(n)));
    await measure('one Patient', (n) =>
      access.decide(context, { action: 'read', types: ['Observation'], patients: [at(n)] }),
    );
  }
  await measure('before, all', () => beforeAll(), 200);
  await measure('all open', () => access.decide(context, { action: 'read', types: ['Observation'] }), 200);
  await sql`
    insert into directive (consent, person, effect, audience, facility, classes, types, since)
    select 'b', person, 'refuse', 'facility', ${HERE}, 16, '{Condition}', now() from patient_link where patient = any(${patients}::uuid[])`;
  await measure('with refusal', (n) =>
    access.decide(context, { action: 'read', types: ['Observation'], patients: [at(n)] }),
  );
} finally {
  await server.stop();
}

async function fill(): Promise<void> {
  await sql`
    insert into patient_link (patient, placement, person, facility)
    select gen_random_uuid(), person, person, ${THERE} from (select gen_random_uuid() as person from generate_series(1, ${persons})) p`;
  await sql`
    insert into opening (patient, person, subject, facility, purpose, words, until)
    select patient, person, case when row_number() over () <= 200 then ${doctor.subject} else 'account/' || row_number() over () % 500 end,
      ${HERE}, 'TREAT', '', now() + interval '1 day' from patient_link`;
  await sql`
    insert into care_relationship (patient, facility, kind, resource)
    select patient, ${THERE}, 'encounter', 'Encounter/' || patient from patient_link`;
  await sql`
    insert into directive (consent, person, effect, audience, subject, since)
    select 'a', person, 'refuse', 'person', 'account/other' || row_number() over () % 1000, now()
    from patient_link offset 200 limit ${persons / 2}`;
  await sql`analyze`;
}

/** The decision about one Patient as it was. */
function before(asked: string) {
  return sql`
    select linked.patient from patient_link linked
    where linked.person in (
      select mine.person
      from patient_link asked join patient_link mine on mine.person = asked.person
      where asked.patient = ${asked}
        and (exists (select from opening o
               where o.patient = mine.patient and o.facility = ${HERE} and o.subject = ${doctor.subject} and o.until > now())
          or exists (select from care_relationship c
               where c.patient = mine.patient and c.facility = ${HERE} and (c.until is null or c.until > now()))))`;
}

/** All that is open, as it was. */
function beforeAll() {
  return sql`
    select linked.patient from patient_link linked
    where linked.person in (
      select person from patient_link where patient in (
        select patient from opening where facility = ${HERE} and subject = ${doctor.subject} and until > now()
        union all
        select patient from care_relationship where facility = ${HERE} and (until is null or until > now())))`;
}

async function measure(name: string, call: (n: number) => Promise<unknown>, times = calls): Promise<void> {
  for (let n = 0; n < Math.min(200, times); n++) await call(n);
  const us: number[] = [];
  const cpu = process.cpuUsage();
  for (let n = 0; n < times; n++) {
    const started = performance.now();
    await call(n);
    us.push((performance.now() - started) * 1000);
  }
  const { user, system } = process.cpuUsage(cpu);
  us.sort((a, b) => a - b);
  const [p50, p95] = [us[Math.floor(times * 0.5)]!, us[Math.floor(times * 0.95)]!];
  say(
    `${name.padEnd(14)}p50 ${p50.toFixed(0)} µs, p95 ${p95.toFixed(0)} µs; processor of the server ${((user + system) / times).toFixed(0)} µs each`,
  );
}
