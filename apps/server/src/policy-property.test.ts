// What each kind of request shows equals a plain evaluation of the policy, in random worlds: facilities, sensitive
// rows, openings, relationships, refusals, shares, delegations.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OutcomeError, type Caller, type Context, type Resource, type Role } from '@yba/fhir';
import { facilityNumber, SENSITIVITY, type Repository, type Sensitivity } from '@yba/repository';
import { mrn, PERSON } from '@yba/vietnam';
import { startPlatform, type TestPlatform } from './testing/platform.ts';

const SEED = Number(process.env.YBA_SEED ?? 20261128);
const ROUNDS = Number(process.env.YBA_ROUNDS ?? 6);

const FACILITIES = ['01901', '79901', '48901'] as const;
const TYPES = ['Observation', 'Condition'] as const;
const LABELS: readonly (readonly Sensitivity[])[] = [
  [],
  [],
  ['hiv'],
  ['tuberculosis'],
  ['mental-health'],
  ['genetic'],
  ['vip'],
  ['restricted'],
  ['hiv', 'mental-health'],
];
const PERSONS = 5;

/** A small generator with a seed, so that a world that fails can be made again. */
function chances(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    is: (share: number) => next() < share,
    of: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!,
    some: <T>(list: readonly T[], share: number) => list.filter(() => next() < share),
  };
}

type Row = {
  id: string;
  type: string;
  person: number;
  facility: string;
  labels: readonly Sensitivity[];
  code: string;
  /** Found through one of the person's Patients, which must be seen too. */
  through?: boolean;
};
type Staff = Caller & { role: 'doctor' | 'nurse' | 'system'; facility: string };
type Opening = {
  person: number;
  caller: Staff;
  purpose: string;
  reason: boolean;
  share?: Refusal | undefined;
  over: boolean;
};
type Care = {
  person: number;
  facility: string;
  kind: 'encounter' | 'appointment' | 'referral' | 'care-team';
  member: string;
  over: boolean;
};
type Refusal = {
  person: number;
  audience: 'everyone' | 'facility' | 'department' | 'person' | 'code' | 'citizen';
  facility?: string;
  department?: string;
  subject?: string;
  delegate?: number;
  guardianOf?: number;
  types: string[];
  classes: Sensitivity[];
  over: boolean;
};
type World = { openings: Opening[]; cares: Care[]; said: Refusal[]; onDuty: string[] };

let server: TestPlatform;
let store: Repository;
const rows: Row[] = [];
/** Public and row id of each Patient of each person. */
const patients: { id: string; row: string; facility: string; person: number }[] = [];
const keys: string[] = [];

const staff = (role: Staff['role'], name: string, facility: string, department?: string): Staff => ({
  role,
  client: role === 'system' ? name : 'yba-clinic',
  subject: role === 'system' ? `client/${name}` : `account/${name}`,
  name,
  facility,
  ...(role === 'system' ? {} : { practitioner: `Practitioner/${name}` }),
  ...(department ? { department } : {}),
  scopes: ['user/*.cruds', 'system/*.cruds'],
});
const STAFF: readonly Staff[] = [
  staff('doctor', 'lan', '01901', 'noi'),
  staff('nurse', 'hoa', '01901', 'ngoai'),
  staff('doctor', 'minh', '79901', 'noi'),
  staff('doctor', 'tuan', '79901', 'ngoai'),
  staff('system', 'his', '48901'),
];
const context = (caller: Caller): Context => ({ caller, requestId: 'property' });

before(async () => {
  server = await startPlatform();
  store = server.platform.repository;
  const chance = chances(SEED);
  const create = async (facility: string, resource: Resource) =>
    (await store.create(context(staff('system', `loader-${facility}`, facility)), resource)).id;
  for (let person = 0; person < PERSONS; person++) {
    const number = `00118500000${person}`;
    const homes = [FACILITIES[person % 3]!, ...(person % 2 ? [FACILITIES[(person + 1) % 3]!] : [])];
    for (const facility of homes) {
      const id = await create(facility, {
        resourceType: 'Patient',
        identifier: [
          { system: PERSON, value: number },
          { system: mrn(facility), value: `BN${person}` },
        ],
        birthDate: '1985-03-02',
      });
      const link = await store.patient(id);
      keys[person] = link!.person;
      patients.push({ id, row: link!.patient, facility, person });
      for (const [n, labels] of LABELS.entries()) {
        const type = TYPES[(n + person) % 2]!;
        const code = chance.of(['a', 'b']);
        const security = labels.map((label) => ({
          system: 'https://yba.vn/fhir/CodeSystem/sensitivity',
          code: label,
        }));
        const made = await create(facility, {
          resourceType: type,
          ...(type === 'Observation' ? { status: 'final' } : {}),
          subject: { reference: `Patient/${id}` },
          code: { coding: [{ system: 'http://x', code }] },
          ...(labels.length > 0 ? { meta: { security } } : {}),
        });
        rows.push({ id: made, type, person, facility, labels, code });
      }
    }
  }
});
after(() => server.stop());

function randomWorld(seed: number): World {
  const { is, of, some } = chances(seed);
  const person = () => of([...keys.keys()]);
  const said = Array.from({ length: 4 }, (): Refusal => {
    const audience = of(['everyone', 'facility', 'department', 'person', 'code', 'citizen'] as const);
    const whom = of(STAFF);
    const about = person();
    return {
      person: about,
      audience,
      ...(audience === 'facility' || audience === 'department' ? { facility: whom.facility } : {}),
      ...(audience === 'department' ? { department: whom.department ?? 'noi' } : {}),
      ...(audience === 'person' ? { subject: of([whom.subject, whom.practitioner ?? whom.subject]) } : {}),
      ...(audience === 'citizen' ? { delegate: (about + 1) % PERSONS } : {}),
      ...(audience === 'citizen' && is(0.5) ? { guardianOf: of([3, 10, 16, 19]) } : {}),
      types: is(0.4) ? [of(TYPES)] : [],
      classes: is(0.4) ? some(['hiv', 'mental-health', 'vip'] as const, 0.5) : [],
      over: is(0.15),
    };
  });
  const openings = Array.from({ length: 5 }, (): Opening => {
    const shares = said.filter(({ audience }) => audience === 'code');
    const share = shares.length > 0 && is(0.4) ? of(shares) : undefined;
    const purpose = share ? 'PATRQT' : of(['TREAT', 'ETREAT', 'COC']);
    return {
      person: share ? share.person : person(),
      caller: of(STAFF),
      purpose,
      reason: purpose === 'ETREAT' || is(0.5),
      share,
      over: is(0.15),
    };
  });
  const cares = Array.from({ length: 3 }, (): Care => {
    const whom = of(STAFF);
    const kind = of(['encounter', 'appointment', 'referral', 'care-team'] as const);
    return {
      person: person(),
      facility: whom.facility,
      kind,
      member: kind === 'care-team' ? (whom.practitioner ?? 'Practitioner/x') : '',
      over: is(0.15),
    };
  });
  return { openings, cares, said, onDuty: some(['lan', 'minh', 'hoa'], 0.5) };
}

/** Puts the world into the database, and waits until the server has heard of it. */
async function make(world: World): Promise<void> {
  const { owner } = server.pools;
  const patientOf = (person: number) => patients.find((one) => one.person === person)!.row;
  await owner.begin(async (db) => {
    await db`delete from opening`;
    await db`delete from care_relationship`;
    await db`delete from duty`;
    await db`delete from directive`;
    const ids = new Map<Refusal, number>();
    for (const one of world.said) {
      const [row] = await db<{ id: number }[]>`
        insert into directive (consent, person, effect, audience, facility, department, subject, delegate, relation, born, code, types,
          classes, copies, since, until)
        values ('c', ${keys[one.person]!}, ${one.audience === 'code' ? 'share' : one.audience === 'citizen' ? 'delegate' : 'refuse'},
          ${one.audience}, ${one.facility ? facilityNumber(one.facility) : null}, ${one.department ?? null}, ${one.subject ?? null},
          ${one.delegate === undefined ? null : keys[one.delegate]!},
          ${one.delegate === undefined ? null : one.guardianOf ? 'guardian' : 'given'},
          (now() at time zone 'Asia/Ho_Chi_Minh')::date - make_interval(years => ${one.guardianOf ?? 0}),
          ${one.audience === 'code' ? Buffer.from(`${ids.size}`) : null}, ${one.types},
          ${one.classes.reduce((bits, name) => bits | SENSITIVITY[name], 0)}, false, now() - interval '1 hour',
          ${one.over ? db`now() - interval '1 second'` : db`null`})
        returning id::int as id`;
      ids.set(one, row!.id);
    }
    for (const one of world.openings)
      await db`
        insert into opening (patient, person, subject, facility, purpose, reason, words, until, share)
        values (${patientOf(one.person)}, ${keys[one.person]!}, ${one.caller.subject}, ${facilityNumber(one.caller.facility)},
          ${one.purpose}, ${one.reason ? 'một lý do' : null}, '', now() + ${one.over ? '-1 second' : '1 hour'}::interval,
          ${one.share ? ids.get(one.share)! : null})`;
    for (const [n, one] of world.cares.entries())
      await db`
        insert into care_relationship (patient, facility, kind, resource, until, member)
        values (${patientOf(one.person)}, ${facilityNumber(one.facility)}, ${one.kind}, ${`r${n}`},
          ${one.over ? db`now() - interval '1 second'` : db`null`}, ${one.member})`;
    for (const name of world.onDuty)
      await db`
        insert into duty (resource, practitioner, facility, since, until)
        select ${name}, ${`Practitioner/${name}`}, ${facilityNumber(STAFF.find((one) => one.name === name)!.facility)},
          now() - interval '1 hour', now() + interval '1 hour'`;
  });
  // told on the same connection, in order: what the policy listens to has arrived before
  await new Promise<void>((heard) => {
    void owner.listen('heard', () => heard()).then(() => owner.notify('heard', ''));
  });
}

/** The policy in plain words, for one row and one caller. */
function sees(
  world: World,
  caller: Caller,
  row: Pick<Row, 'person' | 'facility' | 'labels' | 'type'>,
): boolean {
  const said = world.said.filter((one) => one.person === row.person && !one.over);
  if (caller.role === 'citizen') {
    if (caller.person === keys[row.person]) return true;
    return (
      said.some((one) => {
        if (one.audience !== 'citizen' || keys[one.delegate!] !== caller.person) return false;
        if (one.guardianOf !== undefined && one.guardianOf >= 18) return false;
        return true;
      }) && delegateSees(world, caller, row)
    );
  }
  const me = caller as Staff;
  const openings = world.openings.filter(
    (one) =>
      one.person === row.person &&
      !one.over &&
      one.caller.subject === me.subject &&
      one.caller.facility === me.facility &&
      (one.share === undefined || !one.share.over),
  );
  const plain = openings.filter(({ share }) => !share);
  const emergency = plain.some(({ purpose }) => purpose === 'ETREAT' && me.role !== ('receptionist' as Role));
  const shares = openings.flatMap(({ share }) => share ?? []);
  const cares = world.cares.filter(
    (one) =>
      one.person === row.person &&
      !one.over &&
      one.facility === me.facility &&
      (one.kind !== 'care-team' || (me.role !== 'system' && one.member === me.practitioner)),
  );
  const refusals = said.filter((one) => {
    if (one.audience === 'person') return one.subject === me.subject || one.subject === me.practitioner;
    if (emergency || shares.length > 0) return false;
    if (one.audience === 'everyone') return true;
    if (one.audience === 'facility') return one.facility === me.facility;
    if (one.audience !== 'department' || one.facility !== me.facility) return false;
    return one.department === me.department || me.role === 'system';
  });
  const covers = ({ types, classes }: Refusal) =>
    (types.length === 0 && classes.length === 0) ||
    types.includes(row.type) ||
    classes.some((name) => row.labels.includes(name));
  if (row.facility === me.facility)
    return !refusals.some(
      (one) =>
        (one.audience === 'person' || (one.audience === 'department' && one.department === me.department)) &&
        covers(one),
    );
  if (refusals.some(covers) || openings.length + cares.length === 0) return false;
  const onlyShared = plain.length + cares.length === 0 && shares.every(({ types }) => types.length > 0);
  if (onlyShared && row.type !== 'Patient' && !shares.some(({ types }) => types.includes(row.type)))
    return false;
  if (row.labels.length === 0) return true;
  if (me.role === 'system') return false;
  const onDuty = world.onDuty.includes(me.name) && cares.some(({ kind }) => kind === 'encounter');
  const careTeam = cares.some(({ kind }) => kind === 'care-team');
  const reasoned = plain.some(({ reason, purpose }) => reason && purpose !== 'ETREAT');
  const hasPlainOpening = plain.some(({ purpose }) => purpose !== 'ETREAT');
  const shown = (name: Sensitivity): boolean => {
    if (shares.some(({ classes }) => classes.includes(name))) return true;
    if (name === 'restricted') return false;
    if (careTeam) return true;
    if (name === 'genetic') return false;
    if (emergency) return true;
    if (name === 'tuberculosis') return onDuty;
    return name === 'vip' && hasPlainOpening && reasoned;
  };
  return row.labels.every(shown);
}

/** The persons somebody said or did something about, and one more: the others are alike. */
function concerned({ openings, cares, said }: World, more: number): number[] {
  return [...new Set([...openings, ...cares, ...said].map(({ person }) => person).slice(0, 2)), more].filter(
    (person, at, all) => all.indexOf(person) === at,
  );
}

function delegateSees(world: World, caller: Caller, row: Pick<Row, 'person' | 'labels' | 'type'>): boolean {
  const given = world.said.filter(
    (one) =>
      one.person === row.person &&
      !one.over &&
      one.audience === 'citizen' &&
      keys[one.delegate!] === caller.person &&
      (one.guardianOf === undefined || one.guardianOf < 18),
  );
  const allTypes = given.some(({ types }) => types.length === 0);
  if (!allTypes && row.type !== 'Patient' && !given.some(({ types }) => types.includes(row.type)))
    return false;
  return row.labels.every((name) =>
    given.some((one) =>
      one.guardianOf === undefined ? one.classes.includes(name) : !(one.guardianOf >= 15 && name === 'hiv'),
    ),
  );
}

/** Asks in every way, and answers the ids each way showed; ways that name nobody show a citizen their own alone. */
async function ask(
  caller: Caller,
  persons: readonly number[],
): Promise<[way: string, shown: Set<string>, rows: readonly Row[]][]> {
  const answers: [string, Set<string>, readonly Row[]][] = [];
  const quiet = <T>(attempt: Promise<T>, otherwise: T): Promise<T> =>
    attempt.catch((error: unknown) => {
      assert.ok(
        error instanceof OutcomeError && ['not-found', 'forbidden'].includes(error.code),
        String(error),
      );
      return otherwise;
    });
  const idsIn = (texts: readonly (string | undefined)[]) =>
    new Set(texts.flatMap((text) => /"id":"([^"]+)"/.exec(text ?? '')?.[1] ?? []));
  const search = async (type: string, query: string) => {
    const page = await quiet(
      store.search(context(caller), type, new URLSearchParams(`${query}&_count=1000`), {
        handling: 'strict',
      }),
      { kind: 'searchset', entries: [], self: '' },
    );
    return idsIn(page.entries.map(({ text }) => text));
  };
  const count = async (type: string, query: string) =>
    (
      await quiet(
        store.search(context(caller), type, new URLSearchParams(`${query}&_summary=count`), {
          handling: 'strict',
        }),
        { kind: 'searchset', entries: [], self: '', total: 0 },
      )
    ).total;
  const single = async (attempt: (row: Row) => Promise<unknown>) => {
    const shown = new Set<string>();
    await Promise.all(
      rows.map(async (row) => {
        if (
          await quiet(
            attempt(row).then(() => true),
            false,
          )
        )
          shown.add(row.id);
      }),
    );
    return shown;
  };
  answers.push(['read', await single((row) => store.read(context(caller), row.type, row.id)), rows]);
  const one = rows.filter((_, n) => n % 4 === 0);
  const few = async (attempt: (row: Row) => Promise<unknown>) => {
    const shown = await Promise.all(
      one.map(async (row) =>
        quiet(
          attempt(row).then(() => row.id),
          '',
        ),
      ),
    );
    return new Set(shown);
  };
  answers.push(['vread', await few((row) => store.vread(context(caller), row.type, row.id, '1')), one]);
  answers.push([
    'history of one',
    await few((row) => store.history(context(caller), row.type, row.id, new URLSearchParams())),
    one,
  ]);
  for (const type of TYPES) {
    const ofType = rows.filter((row) => row.type === type);
    for (const person of persons) {
      const mine = ofType.filter((row) => row.person === person);
      const [first] = patients.filter((patient) => patient.person === person);
      const named = `patient=Patient/${first!.id}`;
      answers.push([`${type} of ${person}`, await search(type, named), mine]);
      answers.push([
        `${type} of ${person} by code`,
        await search(type, `${named}&code=a`),
        mine.filter(({ code }) => code === 'a'),
      ]);
      const shown = await search(type, named);
      assert.equal(await count(type, named), shown.size, `${caller.name}: count of ${type} of ${person}`);
    }
    if (caller.role === 'citizen') continue;
    answers.push([`every ${type}`, await search(type, '_lastUpdated=gt2000'), ofType]);
    const all = answers.at(-1)![1].size;
    assert.equal(await count(type, '_lastUpdated=gt2000'), all, `${caller.name}: count of every ${type}`);
    answers.push([
      `${type} through a chain`,
      await search(type, 'subject:Patient.birthdate=1985-03-02'),
      ofType.map((row) => ({ ...row, through: true })),
    ]);
    const history = await store.history(context(caller), type, undefined, new URLSearchParams('_count=1000'));
    answers.push([`history of ${type}`, idsIn(history.entries.map(({ text }) => text)), ofType]);
  }
  for (const person of persons) {
    const mine = rows.filter((row) => row.person === person);
    const [first] = patients.filter((patient) => patient.person === person);
    const everything = await quiet(
      store.everything(context(caller), 'Patient', first!.id, new URLSearchParams('_count=1000')),
      { kind: 'searchset', entries: [], self: '' },
    );
    // the chart is that of a Patient: who does not see the Patient named has no chart
    const isPatientSeen = await quiet(
      store.read(context(caller), 'Patient', first!.id).then(() => true),
      false,
    );
    if (
      isPatientSeen &&
      caller.role !== 'nurse' &&
      (caller.role !== 'citizen' || caller.person === keys[person])
    )
      answers.push([`$everything of ${person}`, idsIn(everything.entries.map(({ text }) => text)), mine]);
    else assert.equal(everything.entries.length, 0, `${caller.name}: $everything of ${person}`);
    const revincluded = await search('Patient', `_id=${first!.id}&_revinclude=Observation:subject`);
    if (isPatientSeen)
      answers.push([
        `_revinclude of ${person}`,
        revincluded,
        mine.filter(({ type, facility }) => type === 'Observation' && facility === first!.facility),
      ]);
    const has = await search('Patient', `_id=${first!.id}&_has:Observation:patient:code=a`);
    if (!isPatientSeen) assert.equal(has.size + revincluded.size, 0, `${caller.name}: _has of ${person}`);
  }
  return answers;
}

test(`${ROUNDS} random worlds: every kind of request shows what the policy says in plain words`, async () => {
  const citizens = keys.map((person, n): Caller => ({
    role: 'citizen',
    client: 'yba-book',
    subject: `account/citizen${n}`,
    name: `citizen ${n}`,
    person,
    scopes: ['patient/*.rs'],
  }));
  let seen = 0;
  let kept = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const world = randomWorld(SEED + round);
    await make(world);
    const chance = chances(SEED + round);
    for (const caller of [chance.of(STAFF), chance.of(STAFF), chance.of(citizens)]) {
      for (const [way, shown, asked] of await ask(caller, concerned(world, chance.of([...keys.keys()])))) {
        for (const row of asked) {
          const throughPatient = patients.some(
            ({ person, facility }) =>
              person === row.person && sees(world, caller, { person, facility, type: 'Patient', labels: [] }),
          );
          const expected = sees(world, caller, row) && (!row.through || throughPatient);
          assert.equal(
            shown.has(row.id),
            expected,
            `seed ${SEED + round}: ${caller.name} (${caller.role}) ${way}: ${JSON.stringify(row)} in ${JSON.stringify(world)}`,
          );
          if (expected) seen++;
          else kept++;
        }
      }
    }
  }
  assert.ok(seen > 1000 && kept > 1000, `${seen} rows shown, ${kept} kept back`);
});
