// Time tells too: to ask for what is not open costs the database as many statements as to ask for what nobody has.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { testDatabase, type TestDatabase } from '@yba/postgres/testing';
import { PERSON } from '@yba/vietnam';
import { countedDatabase, type CountedDatabase } from '../testing/counted-database.ts';
import { fhirClient, type FhirClient } from '../testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from '../testing/platform.ts';
import { staffToken } from '../testing/sign-in.ts';

const HOME = ['01901', 'Bệnh viện Bạch Mai'] as const;
const OTHER = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };
const NUMBER = '001185012345';

let database: TestDatabase;
let counted: CountedDatabase;
let server: TestPlatform;
let callers: [string, FhirClient][];
let patient: string;
let observation: string;
let encounter: string;

before(async () => {
  database = await testDatabase();
  counted = await countedDatabase(database.url);
  server = await startPlatform({ databaseUrl: counted.url });
  const home = fhirClient(server.url, await server.facilityToken(...HOME));
  const create = async (resource: { resourceType: string }) =>
    (await home.send('POST', `/${resource.resourceType}`, resource as never)).body.id!;
  patient = await create({
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: NUMBER }],
    name: [{ text: 'Nguyễn Thị Bích Hoa' }],
  } as never);
  const subject = { reference: `Patient/${patient}` };
  observation = await create({
    resourceType: 'Observation',
    status: 'final',
    subject,
    code: { text: 'x' },
  } as never);
  encounter = await create({
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject,
  } as never);
  const account = { username: 'doctor', password: 'mot mat khau that dai', name: 'Bác sĩ' };
  await server.platform.access.createAccount({ ...account, role: 'doctor', ...OTHER });
  callers = [
    [
      'another hospital’s software',
      fhirClient(server.url, await server.facilityToken(OTHER.facility, OTHER.facilityName)),
    ],
    [
      'another hospital’s doctor',
      fhirClient(server.url, await staffToken(server.url, account.username, account.password)),
    ],
  ];
});
after(async () => {
  await server.stop();
  counted.stop();
  await database.drop();
});

/** So often each is asked at most: the fewest statements are the request’s own, what is beside them the background’s. */
const TIMES_MOST = 8;

/** Ways to ask, by the id of a Patient and of an Observation, or by a person's number. */
const WAYS: ((ids: { patient: string; observation: string; encounter: string; number: string }) => string)[] =
  [
    ({ patient: id }) => `/Patient/${id}`,
    ({ patient: id }) => `/Patient/${id}/_history`,
    ({ patient: id }) => `/Patient/${id}/_history/1`,
    ({ patient: id }) => `/Patient/${id}/$everything`,
    ({ patient: id }) => `/Patient?_id=${id}`,
    ({ patient: id }) => `/Patient?_id=${id}&_summary=count`,
    ({ patient: id }) => `/Observation?patient=Patient/${id}`,
    ({ patient: id }) => `/Observation?subject=Patient/${id}&_total=accurate&_include=Observation:patient`,
    ({ patient: id }) => `/Patient/${id}/Observation`,
    ({ observation: id }) => `/Observation/${id}`,
    ({ observation: id }) => `/Observation/${id}/_history/1`,
    ({ observation: id }) => `/Observation?_id=${id}`,
    ({ encounter: id }) => `/Observation?encounter=Encounter/${id}`,
    ({ encounter: id }) => `/Observation?encounter:Encounter._id=${id}`,
    ({ encounter: id }) => `/Encounter/${id}/Observation`,
    ({ patient: id }) => `/Observation?performer=Patient/${id}`,
    ({ patient: id }) => `/Observation?subject:Patient._id=${id}`,
    ({ number }) => `/Patient?identifier=${PERSON}|${number}`,
    ({ number }) => `/Observation?patient.identifier=${PERSON}|${number}`,
    ({ number }) => `/Patient?identifier=${PERSON}|${number}&_summary=count`,
  ];

test('what is not open costs as many statements as what does not exist, and is answered with the same headers', async () => {
  const told: string[] = [];
  for (const [who, caller] of callers) {
    for (const way of WAYS) {
      const nobody = () => ({
        patient: randomUUID(),
        observation: randomUUID(),
        encounter: randomUUID(),
        number: '001185099999',
      });
      const ask = async (path: string) => {
        const before = counted.statements();
        const { status, headers } = await caller.get(path);
        const names = [...headers.keys()].filter((name) => name !== 'content-length').sort();
        return { told: `${status} ${names.join()}`, statements: counted.statements() - before };
      };
      type Asked = Awaited<ReturnType<typeof ask>>;
      const fewer = (one: Asked | undefined, other: Asked) =>
        one && one.statements <= other.statements ? one : other;
      let [absent, denied]: [Asked?, Asked?] = [];
      for (let n = 0; n < TIMES_MOST; n++) {
        absent = fewer(absent, await ask(way(nobody())));
        denied = fewer(denied, await ask(way({ patient, observation, encounter, number: NUMBER })));
        if (n > 0 && absent.statements === denied.statements) break;
      }
      const path = way({
        patient: '<patient>',
        observation: '<observation>',
        encounter: '<encounter>',
        number: '<number>',
      });
      if (JSON.stringify(absent) !== JSON.stringify(denied))
        told.push(
          `${who}: ${path}: ${denied!.statements} but ${absent!.statements}, ${denied!.told} but ${absent!.told}`,
        );
    }
  }
  assert.deepEqual(told, []);
  assert.ok(counted.statements() > 100, 'the statements were counted');
});
