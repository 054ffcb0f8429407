// The promise: every access is in the log, and none more. A random run of reads of every kind, counted row by row.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { PERSON } from '@yba/vietnam';
import { Chance } from './fuzz/chance.ts';
import type { Shown } from './testing/fhir-client.ts';
import { twoHospitals, type TwoHospitals } from './testing/two-hospitals.ts';

const SEED = 7;
const REQUESTS = 500;
const IN_A_BATCH = 12;

/** Rows of the log as compared: `action outcome person`. */
type Rows = string[];
type Person = { patient: string; encounter: string; observation: string; person: string };

let world: TwoHospitals;
const persons: Person[] = [];
/** Person of each resource, by `Type/id`. */
const whose = new Map<string, string>();
/** Persons open to Chợ Rẫy’s doctor, who opens them one by one in the run. */
const opened = new Set<string>();
const chance = new Chance(SEED);

before(async () => {
  world = await twoHospitals([
    ['bm.doctor', 'doctor'],
    ['bm.receptionist', 'receptionist'],
    ['bm.privacy', 'privacy-officer'],
    ['bm.admin', 'admin'],
    ['cr.doctor', 'doctor'],
    ['ministry', 'ministry'],
  ]);
  for (let n = 0; n < 8; n++) await storePerson(n);
  await world.citizen(nationalId(0), 'citizen');
});
after(() => world.stop());

const nationalId = (n: number) => `00118501234${n}`;

async function storePerson(n: number): Promise<void> {
  const system = world.as('bm.system');
  const create = async (resource: { resourceType: string }) => {
    const answer = await system.send('POST', `/${resource.resourceType}`, resource);
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id!;
  };
  const patient = await create({
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: nationalId(n) }],
    name: [{ text: `Người ${n}` }],
    birthDate: '1985-03-02',
  } as never);
  const subject = { reference: `Patient/${patient}` };
  const encounter = await create({
    resourceType: 'Encounter',
    status: 'finished',
    class: { code: 'AMB' },
    subject,
  } as never);
  const observation = await create({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'GLU' },
    subject,
    encounter: { reference: `Encounter/${encounter}` },
  } as never);
  const [link] = await world.owner<
    { person: string }[]
  >`select person from patient_link where patient = ${patient}`;
  persons.push({ patient, encounter, observation, person: link!.person });
  for (const one of [`Patient/${patient}`, `Encounter/${encounter}`, `Observation/${observation}`])
    whose.set(one, link!.person);
}

const row = (action: string, outcome: string, person?: string) => `${action} ${outcome} ${person ?? '-'}`;
const rowsOf = (action: string, outcome: string, people: Iterable<string>): Rows => {
  const rows = [...new Set(people)].map((person) => row(action, outcome, person));
  return rows.length > 0 ? rows : [row(action, outcome)];
};

/** The persons an answer shows. */
function shownIn(body: Shown): string[] {
  return (body.entry ?? []).flatMap(({ resource }) => {
    const person = resource && whose.get(`${resource.resourceType}/${resource.id}`);
    return person ? [person] : [];
  });
}

/** Who may see nothing of a person of Bạch Mai, however it is asked for. */
const isStranger = (who: string, { person }: Person) =>
  (who === 'cr.doctor' && !opened.has(person)) || (who === 'citizen' && person !== persons[0]!.person);

/** What one request for something of a person should leave in the log, given its answer. */
type Kind = {
  path: (one: Person) => string;
  rows: (who: string, one: Person, status: number, body: Shown) => Rows;
};

const instance = (action: string, path: Kind['path']): Kind => ({
  path,
  rows: (_who, { person }, status) => [row(action, status === 200 ? 'success' : 'denied', person)],
});

const searching = (path: Kind['path'], named: boolean): Kind => ({
  path,
  rows(who, one, status, body) {
    const shown = shownIn(body);
    if (status === 403) return [row('search', 'denied', named ? one.person : undefined)];
    if (named && shown.length === 0 && isStranger(who, one)) return [row('search', 'denied', one.person)];
    return rowsOf('search', 'success', shown);
  },
});

/** Who is asked for by their number is told as by their id, but where the role may not ask at all. */
function byNumber(path: string, of: number): Kind {
  const told = searching(() => path, true);
  return {
    path: told.path,
    rows: (who, _one, status, body) =>
      status === 403 ? [row('search', 'denied')] : told.rows(who, persons[of]!, status, body),
  };
}

const absent = (type: string): Kind => ({
  path: () => `${type}/${randomUUID()}`,
  rows: () => [row('read', 'denied')],
});

const reads: readonly Kind[] = [
  instance('read', ({ patient }) => `Patient/${patient}`),
  instance('read', ({ observation }) => `Observation/${observation}`),
  instance('read', ({ encounter }) => `Encounter/${encounter}`),
  instance('history', ({ observation }) => `Observation/${observation}/_history`),
  searching(({ patient }) => `Observation?patient=Patient/${patient}`, true),
  searching(({ patient }) => `Observation?patient=${patient}&_include=Observation:patient`, true),
  searching(({ patient }) => `Encounter?subject=Patient/${patient}&_revinclude=Observation:encounter`, true),
  searching(({ patient }) => `Patient/${patient}/Observation`, true),
  searching(() => 'Observation?code:text=GLU&_count=3', false),
  byNumber(`Observation?patient.identifier=${PERSON}|${nationalId(3)}`, 3),
  byNumber(`Patient?identifier=${PERSON}|${nationalId(3)}`, 3),
  searching(() => 'Patient?birthdate=1985-03-02&_count=2', false),
  searching(() => 'Organization', false),
  absent('Observation'),
  absent('Patient'),
];

/** What is asked for by itself, not in a Bundle, or in one only as a read. */
const alone: readonly Kind[] = [
  ...reads,
  {
    path: ({ observation }) => `Observation/${observation}/_history/1`,
    rows: (_who, { person }, status) => [row('vread', status === 200 ? 'success' : 'denied', person)],
  },
  {
    path: ({ patient }) => `Patient/${patient}/$everything`,
    rows: (_who, { person }, status) => [row('export', status === 200 ? 'success' : 'denied', person)],
  },
  {
    path: ({ patient }) => `Observation/$lastn?patient=Patient/${patient}`,
    rows: searching(() => '', true).rows,
  },
  { path: () => 'Observation?no-such-parameter=1', rows: () => [] },
  { path: () => 'Observations', rows: () => [] },
  {
    path: () => 'AuditEvent?_count=2',
    rows: (who, _one, status) =>
      status === 403
        ? [row('read', 'denied')]
        : [row('search', 'success', who === 'citizen' ? persons[0]!.person : undefined)],
  },
  {
    path: ({ patient }) => `AuditEvent?patient=Patient/${patient}&_count=2`,
    rows: (who, one, status) =>
      status === 403
        ? [row('read', 'denied', one.person)]
        : [row('search', who === 'citizen' && one !== persons[0] ? 'denied' : 'success', one.person)],
  },
];

const everybody = [
  'bm.doctor',
  'bm.receptionist',
  'bm.privacy',
  'bm.admin',
  'bm.system',
  'cr.doctor',
  'ministry',
  'citizen',
];

/** Software finds AuditEvents of its own filing in the store: a search like any other. */
function expectedOf(kind: Kind, who: string, one: Person, status: number, body: Shown): Rows {
  const path = kind.path(one);
  if (who === 'bm.system' && path.startsWith('AuditEvent'))
    return status === 200 ? rowsOf('search', 'success', shownIn(body)) : [row('search', 'denied')];
  return kind.rows(who, one, status, body);
}

async function askAlone(expected: Map<string, Rows>): Promise<void> {
  const who = chance.pick(everybody);
  const one = chance.pick(persons);
  const kind = chance.pick(alone);
  const id = randomUUID();
  const path = kind.path(one);
  const { status, body, text } = await world.as(who).get(`/${path}`, { 'x-request-id': id });
  assert.ok(status < 500, `${who} ${path}: ${text}`);
  expected.set(`${id} ${who} ${path} ${status}`, expectedOf(kind, who, one, status, body));
}

async function askTogether(expected: Map<string, Rows>): Promise<void> {
  const who = chance.pick(everybody);
  const asked = Array.from({ length: IN_A_BATCH }, () => ({
    kind: chance.pick(reads),
    one: chance.pick(persons),
  }));
  const entry = asked.map(({ kind, one }) => ({ request: { method: 'GET', url: kind.path(one) } }));
  const id = randomUUID();
  const bundle = { resourceType: 'Bundle', type: 'batch', entry };
  const answer = await world.as(who).send('POST', '', bundle, { 'x-request-id': id });
  assert.equal(answer.status, 200, answer.text);
  const rows = answer.body.entry!.flatMap(({ response, resource }, n) => {
    const { kind, one } = asked[n]!;
    return kind.rows(who, one, Number.parseInt(response!.status, 10), resource ?? {});
  });
  expected.set(`${id} ${who} batch`, rows);
}

async function open(expected: Map<string, Rows>): Promise<void> {
  const who = chance.pick(['cr.doctor', 'bm.privacy', 'citizen']);
  const one = chance.pick(persons);
  const id = randomUUID();
  const body = {
    resourceType: 'Parameters',
    parameter: [{ name: 'purpose', valueCoding: { code: 'TREAT' } }],
  };
  const { status } = await world
    .as(who)
    .send('POST', `/Patient/${one.patient}/$open`, body, { 'x-request-id': id });
  if (status === 200) opened.add(one.person);
  expected.set(`${id} ${who} $open ${status}`, [
    row('open', status === 200 ? 'success' : 'denied', one.person),
  ]);
}

async function write(expected: Map<string, Rows>): Promise<void> {
  const who = chance.pick(['bm.system', 'bm.receptionist', 'cr.doctor', 'ministry', 'citizen']);
  const one = chance.pick(persons);
  const id = randomUUID();
  const body = {
    resourceType: 'Observation',
    id: one.observation,
    status: 'final',
    code: { text: 'GLU' },
    subject: { reference: `Patient/${one.patient}` },
    encounter: { reference: `Encounter/${one.encounter}` },
  };
  const { status } = await world
    .as(who)
    .send('PUT', `/Observation/${one.observation}`, body, { 'x-request-id': id });
  const outcome = status === 200 ? 'success' : 'denied';
  expected.set(`${id} ${who} PUT ${status}`, [row('update', outcome, one.person)]);
}

test('in a random run of reads of every kind the log holds exactly the accesses made: every one, none more', async () => {
  const [before] = await world.owner<{ n: number }[]>`select coalesce(max(id), 0)::int as n from access_log`;
  const expected = new Map<string, Rows>();
  for (let n = 0; n < REQUESTS; n++) {
    const draw = chance.next();
    if (draw < 0.3) await askTogether(expected);
    else if (draw < 0.34) await open(expected);
    else if (draw < 0.4) await write(expected);
    else await askAlone(expected);
  }
  const logged = await world.owner<{ request: string; rows: Rows }[]>`
    select request, array_agg(action || ' ' || outcome || ' ' || coalesce(person::text, '-')) as rows
    from access_log where id > ${before!.n} group by request`;
  const byRequest = new Map(logged.map(({ request, rows }) => [request, rows]));
  const wrong: string[] = [];
  let count = 0;
  for (const [what, rows] of expected) {
    const id = what.slice(0, 36);
    count += rows.length;
    const found = (byRequest.get(id) ?? []).toSorted();
    byRequest.delete(id);
    const differing = JSON.stringify(found) !== JSON.stringify(rows.toSorted());
    if (differing) wrong.push(`${what}: ${difference(rows, found)}`);
  }
  assert.deepEqual(wrong.slice(0, 10), []);
  assert.deepEqual([...byRequest], [], 'accesses nobody made');
  assert.ok(count > 2_000, `${count} accesses`);
  const [all] = await world.owner<{ rows: number }[]>`select count(*)::int as rows from access_log`;
  assert.equal((await world.server.platform.seal()).size, all!.rows, 'and all of them are in the tree');
});

function difference(expected: Rows, found: Rows): string {
  const left = [...found];
  const missing = expected.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return `missing [${missing.join(', ')}], more than made [${left.join(', ')}]`;
}
