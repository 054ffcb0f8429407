/**
 * How long it takes to say who somebody is in a registry of a million persons: `Patient/$match` by number and by what
 * a desk is told, slips included. Most registrations are put into the index past the API; those asked for are whole
 * Patients, stored through it. Client, matcher and database are on this machine together; HTTP and the access log
 * are left out.
 *
 *   npm run bench -- match [--persons 1000000] [--ask 1000]
 */
import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { createClientRegistry, indexKeys, recordLinks, resolvePersons } from '@yba/client-registry';
import type { Resource } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { contextOf, testRepository } from '@yba/repository/testing';
import { humanName, INSURANCE, PERSON } from '@yba/vietnam';
import { linkageRecords } from './linkage/generate.ts';
import type { LinkageRecord } from './linkage/generate.ts';
import { TUNING_SEEDS } from './linkage/rates.ts';

const { values: options } = parseArgs({
  options: { persons: { type: 'string', default: '1000000' }, ask: { type: 'string', default: '1000' } },
});
const persons = Number(options.persons);
const asked = Number(options.ask);
const BATCH = 2_000;
const print = (line: string) => process.stdout.write(`${line}\n`);

/** What a desk tells when there is no card. */
const without = { personNumber: undefined, oldNumber: undefined, insurance: undefined };

const store = await testRepository({ persons: { resolve: resolvePersons, linked: recordLinks } });
try {
  const { pools, repository, ports } = store;
  const match = createClientRegistry({
    fhirBase: 'http://localhost/fhir',
    sql: pools.owner,
    repository,
    decide: ports.decide,
    audit: ports.audit,
  }).operations!.find(({ code }) => code === 'match')!;
  print(`machine    ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);

  const { questions, loaded } = await load();
  await pools.owner.unsafe('vacuum analyze registration, patient_link, person_identifier');
  const [size] = await pools.owner<{ index: string; table: string }[]>`
    select pg_size_pretty(pg_relation_size('registration_keys')) as index, pg_size_pretty(pg_table_size('registration')) as table`;
  print(`index      ${loaded} registrations, one a person: ${size!.table}, its keys ${size!.index}`);

  const ask = (resource: Resource) =>
    match.handle({
      context: contextOf('01013'),
      query: new URLSearchParams(),
      headers: {},
      body: { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }] },
    });
  const told = questions.map(({ record }) => patientOf({ ...record, ...without }));
  for (const question of told.slice(0, 50)) await ask(question);
  await measure('by what is told', told, 1, ask);
  await measure('by what is told', told, 4, ask);
  const numbered = questions.flatMap(({ stored: { personNumber } }) =>
    personNumber?.length === 12 ? [patientOf({ name: '', personNumber })] : [],
  );
  await measure('by number', [...numbered, ...numbered, ...numbered], 16, ask);
} finally {
  await store.close();
}

type Question = { stored: LinkageRecord; record: LinkageRecord };

/** One registration of each person goes into the registry; another one of some persons is what is asked later. */
async function load(): Promise<{ questions: Question[]; loaded: number }> {
  const questions: Question[] = [];
  let batch: LinkageRecord[] = [];
  let [last, loaded] = [-1, 0];
  let before: LinkageRecord | undefined;
  for (const record of linkageRecords(TUNING_SEEDS[0], persons * 3)) {
    if (loaded >= persons) break;
    if (record.person === last) {
      // every so-manieth person that is registered twice is stored whole, and asked for as told the second time
      if (
        before &&
        record.birthDate &&
        questions.length < asked &&
        loaded % Math.max(1, Math.floor(persons / asked / 3)) === 0
      ) {
        questions.push({ stored: before, record });
        batch.pop();
        before = undefined;
      }
      continue;
    }
    last = record.person;
    if (batch.length >= BATCH) {
      await insert(store.pools.owner, batch);
      batch = [];
    }
    before = record;
    batch.push(record);
    loaded++;
  }
  await insert(store.pools.owner, batch);
  for (const { stored } of questions)
    await store.repository.create(contextOf('27001'), patientOf(stored)).catch(() => undefined); // a date no calendar has
  return { questions, loaded };
}

async function insert(sql: Sql, records: readonly LinkageRecord[]): Promise<void> {
  const rows = records.map((record) => {
    const person = randomUUID();
    const { name, birthDate, sex, personNumber, oldNumber, insurance, phone, address, mother } = record;
    const said = { name, birthDate, sex, personNumber, oldNumber, insurance, phone, address, mother };
    const known = JSON.parse(JSON.stringify(said));
    return {
      person,
      patient: randomUUID(),
      personNumber,
      said: JSON.stringify(said),
      keys: indexKeys(known),
    };
  });
  const column = <T>(pick: (row: (typeof rows)[number]) => T) => rows.map(pick);
  await sql.begin(async (tx) => {
    await tx`
      insert into registration (patient, base, keys, said)
      select patient, base, string_to_array(keys, ' ')::int[], said::jsonb
      from unnest(${column(({ patient }) => patient)}::uuid[], ${column(({ person }) => person)}::uuid[],
        ${column(({ keys }) => keys.join(' '))}::text[], ${column(({ said }) => said)}::text[]) as row (patient, base, keys, said)`;
    await tx`
      insert into patient_link (patient, placement, person, facility)
      select patient, person, person, 1 from unnest(${column(({ patient }) => patient)}::uuid[], ${column(({ person }) => person)}::uuid[]) as row (patient, person)`;
    await tx`
      insert into person_identifier (system, value, person, facility)
      select ${PERSON}, value, person, 1
      from unnest(${column(({ personNumber }) => personNumber ?? null)}::text[], ${column(({ person }) => person)}::uuid[]) as row (value, person)
      where length(value) = 12
      on conflict do nothing`;
  });
}

type Told = { [key in keyof LinkageRecord]?: LinkageRecord[key] | undefined };

function patientOf({
  name,
  birthDate,
  sex,
  personNumber,
  insurance,
  phone,
  address,
  mother,
}: Told): Resource {
  return {
    resourceType: 'Patient',
    ...(name ? { name: [humanName(name)] } : {}),
    ...(birthDate ? { birthDate } : {}),
    ...(sex ? { gender: sex } : {}),
    identifier: [
      ...(personNumber ? [{ system: PERSON, value: personNumber }] : []),
      ...(insurance ? [{ system: INSURANCE, value: insurance }] : []),
    ],
    ...(phone ? { telecom: [{ system: 'phone', value: phone }] } : {}),
    ...(address
      ? { address: [{ line: [address.line], city: address.commune, state: address.province }] }
      : {}),
    ...(mother
      ? { contact: [{ relationship: [{ coding: [{ code: 'MTH' }] }], name: { text: mother } }] }
      : {}),
  };
}

async function measure(
  name: string,
  questions: readonly Resource[],
  atOnce: number,
  ask: (question: Resource) => Promise<unknown>,
): Promise<void> {
  const latenciesMs: number[] = [];
  let [next, answered] = [0, 0];
  const from = performance.now();
  const processor = process.cpuUsage();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < questions.length) {
        const question = questions[next++]!;
        const began = performance.now();
        const { resource } = (await ask(question)) as { resource: { total: number } };
        latenciesMs.push(performance.now() - began);
        if (resource.total > 0) answered++;
      }
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(processor);
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * share)]!.toFixed(1);
  print(
    `${name}, ${atOnce} at once: ${Math.round(questions.length / seconds)}/s, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms; ${answered} of ${questions.length} found somebody; ${((user + system) / 1000 / questions.length).toFixed(2)} ms of this process each`,
  );
}
