// Received, then filed: messages through the operations, on a real database.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Issue, OutcomeError, type Resource, validate } from '@yba/fhir';
import { contextOf, type TestRepository, testRepository } from '@yba/repository/testing';
import { maLk, mrn } from '@yba/vietnam';
import { aDossier, anEnvelope } from '@yba/vietnam/testing';
import { createExchange } from '../index.ts';
import { deskOf } from '../testing/desk.ts';
import { aPerson, aVisit, FACILITY, idOf, message } from '../testing/messages.ts';
import type { MessageRunner } from './runner.ts';

const context = contextOf(FACILITY);
let store: TestRepository;
let exchange: ReturnType<typeof createExchange>;
let runner: MessageRunner;

before(async () => {
  store = await testRepository();
  exchange = createExchange(deskOf(store));
  runner = exchange.run((error) => {
    throw error;
  });
});
after(async () => {
  await runner.stop();
  await store.close();
});

type Told = {
  id: string;
  state: string;
  code: string;
  disposition?: string;
  focus: string[];
  issues: Issue[];
};

async function call(code: string, body: Resource, by = context) {
  const { handle } = exchange.capability.operations!.find((one) => one.code === code)!;
  return handle({ context: by, query: new URLSearchParams(), headers: {}, body });
}

const send = (message: Resource, by = context) => call('process-message', message, by);

/** What is told of these ids once everything due is settled. */
async function told(ids: readonly string[], by = context): Promise<Told[]> {
  await runner.idle();
  const { resource } = await call(
    'message-status',
    {
      resourceType: 'Parameters',
      parameter: ids.map((valueString) => ({ name: 'identifier', valueString })),
    },
    by,
  );
  return read(resource as Resource);
}

function read(bundle: Resource): Told[] {
  assert.deepEqual(validate(bundle), []);
  const entries = (bundle.entry ?? []) as { fullUrl: string; resource: Record<string, never> }[];
  return entries.flatMap(({ resource }) => {
    if (resource['resourceType'] !== 'MessageHeader') return [];
    const {
      response,
      extension,
      focus = [],
    } = resource as unknown as {
      response: { identifier: string; code: string; details?: { reference: string } };
      extension: { url: string; valueCode?: string }[];
      focus?: { reference: string }[];
    };
    const code = (name: string) => extension.find(({ url }) => url.endsWith(name))?.valueCode;
    const outcome = entries.find(({ fullUrl }) => fullUrl === response.details?.reference)?.resource;
    return [
      {
        id: response.identifier,
        state: code('message-state')!,
        code: response.code,
        ...(code('message-disposition') ? { disposition: code('message-disposition')! } : {}),
        focus: focus.map(({ reference }) => reference),
        issues: (outcome?.['issue'] ?? []) as Issue[],
      },
    ];
  });
}

const one = async (id: string) => (await told([id]))[0]!;

async function stored(reference: string): Promise<Resource> {
  return (await store.repository.current([reference])).get(reference)!;
}

async function observations(patient: string): Promise<Resource[]> {
  const params = new URLSearchParams({ patient });
  const { entries } = await store.repository.search(context, 'Observation', params, { handling: 'strict' });
  return entries.filter(({ mode }) => mode === 'match').map(({ text }) => JSON.parse(text!) as Resource);
}

const rejectsWith = (code: string, place: RegExp) => (error: unknown) =>
  error instanceof OutcomeError && error.code === code && place.test(error.issues[0]?.expression?.[0] ?? '');

test('a visit is received, then filed with links, and a repeat of its id is answered as the first', async () => {
  const visit = aVisit({ visit: 'V-1' });
  const answer = await send(visit);
  assert.equal(answer.status, 202);
  assert.equal(
    answer.headers!['content-location'],
    `http://localhost/fhir/$message-status?identifier=${idOf(visit)}`,
  );
  const [told1] = await told([idOf(visit)]);
  assert.deepEqual([told1!.state, told1!.code, told1!.disposition], ['filed', 'ok', 'created']);
  assert.deepEqual(
    told1!.focus.map((each) => each.split('/')[0]),
    ['Patient', 'Encounter'],
  );
  assert.equal((await stored(told1!.focus[1]!)).status, 'finished');
  assert.equal((await send(visit)).status, 202);
  assert.equal((await one(idOf(visit))).disposition, 'created');
  await assert.rejects(
    send(aVisit({ visit: 'V-1', glucose: 9 }, idOf(visit))),
    rejectsWith('business-rule', /Bundle\.identifier/),
  );
});

test('the same content under a new id is a duplicate, though going back to what was before is a correction', async () => {
  const patient = aPerson();
  const send3 = async (glucose: number) => {
    const visit = aVisit({ patient, visit: 'V-2', glucose });
    await send(visit);
    return one(idOf(visit));
  };
  const first = await send3(5);
  assert.equal(first.disposition, 'created');
  assert.deepEqual(await send3(5).then(({ disposition, focus }) => [disposition, focus]), [
    'duplicate',
    first.focus,
  ]);
  assert.equal((await send3(6)).disposition, 'replaced');
  assert.equal((await send3(5)).disposition, 'replaced');
  const results = await observations(first.focus[0]!);
  const [standing] = results.filter(({ status }) => status === 'final');
  assert.equal(results.filter(({ status }) => status === 'final').length, 1);
  assert.equal((standing!.valueQuantity as { value: number }).value, 5);
});

test('what a correction leaves out is entered in error, and what it repeats stays as it was', async () => {
  const patient = aPerson();
  const note = {
    resourceType: 'Condition',
    identifier: [{ system: 'https://his.example/dx', value: 'dx-3' }],
    code: { text: 'Đái tháo đường' },
  };
  const whole = aVisit({ patient, visit: 'V-3', more: [note] });
  await send(whole);
  const [person] = (await one(idOf(whole))).focus;
  const [result] = await observations(person!);
  const less = aVisit({ patient, visit: 'V-3' });
  await send(less);
  assert.equal((await one(idOf(less))).disposition, 'replaced');
  const { entries } = await store.repository.search(
    context,
    'Condition',
    new URLSearchParams({ patient: person! }),
    {
      handling: 'strict',
    },
  );
  const condition = JSON.parse(entries[0]!.text!) as { verificationStatus: { coding: { code: string }[] } };
  assert.equal(condition.verificationStatus.coding[0]!.code, 'entered-in-error');
  assert.equal((await stored(`Observation/${result!.id}`)).meta!.versionId, '1');
});

test('relative references are read from the base of their entry, those to what a correction repeats too', async () => {
  const patient = aPerson();
  const visit = (conclusion: string) => {
    const { entry } = aVisit({ patient, visit: 'V-30' }) as unknown as { entry: { resource: object }[] };
    const [, who, when, result] = entry.map(({ resource }) => resource);
    const about = { subject: { reference: 'Patient/1' }, encounter: { reference: 'Encounter/1' } };
    const report = {
      resourceType: 'DiagnosticReport',
      identifier: [{ system: 'https://his.example/report', value: 'rp-30' }],
      status: 'final',
      code: { text: 'Sinh hóa' },
      result: [{ reference: 'Observation/7' }],
      conclusion,
      ...about,
    };
    const resources = {
      'Patient/1': who,
      'Encounter/1': { ...when, subject: about.subject },
      'Observation/7': { ...result, ...about },
      'DiagnosticReport/2': report,
    };
    return message(
      'visit',
      Object.entries(resources).map(([name, resource]) => ({
        fullUrl: `http://his.example/fhir/${name}`,
        resource,
      })),
    );
  };
  for (const conclusion of ['Bình thường', 'Cao']) {
    const sent = visit(conclusion);
    await send(sent);
    const { state, focus, issues } = await one(idOf(sent));
    assert.equal(state, 'filed', JSON.stringify(issues));
    const report = await stored(focus.find((reference) => reference.startsWith('DiagnosticReport/'))!);
    const [observation] = await observations(focus.find((reference) => reference.startsWith('Patient/'))!);
    assert.deepEqual(
      [report.conclusion, report.result],
      [conclusion, [{ reference: `Observation/${observation!.id}` }]],
    );
    assert.equal(observation!.meta!.versionId, '1');
  }
});

test('a correction that names another patient takes the visit from the first', async () => {
  const [wrong, right] = [aPerson(), aPerson()];
  const first = aVisit({ patient: wrong, visit: 'V-4' });
  const second = aVisit({ patient: right, visit: 'V-4' });
  await send(first);
  await send(second);
  const [before4, after4] = await told([idOf(first), idOf(second)]);
  assert.deepEqual([before4!.state, after4!.state], ['filed', 'filed'], JSON.stringify(after4));
  assert.ok((await observations(before4!.focus[0]!)).every(({ status }) => status === 'entered-in-error'));
  assert.deepEqual(
    (await observations(after4!.focus[0]!)).map(({ status }) => status),
    ['final'],
  );
});

test(
  'what was put off or taken up while the clock was ahead is filed once it is right',
  { timeout: 30_000 },
  async () => {
    await runner.stop();
    const [putOff, takenUp] = [aVisit({ visit: 'V-ahead-1' }), aVisit({ visit: 'V-ahead-2' })];
    await send(putOff);
    await store.pools.owner`update message_queue set due = now() + interval '1 year'`;
    await send(takenUp);
    await store.pools.owner`update message_queue set leased = now() + interval '1 year' where due <= now()`;
    runner = exchange.run((error) => {
      throw error;
    });
    const states = (await told([idOf(putOff), idOf(takenUp)])).map(({ state }) => state);
    assert.deepEqual(states, ['filed', 'filed']);
  },
);

test('a refused message says where, by which rule and how to mend it, in both languages, and holds nobody back', async () => {
  const patient = aPerson();
  const bad = aVisit({ patient, visit: 'V-5', more: [{ resourceType: 'Observation', code: { text: 'x' } }] });
  const good = aVisit({ patient, visit: 'V-6' });
  await send(bad);
  await send(good);
  const [refused, filed] = await told([idOf(bad), idOf(good)]);
  assert.deepEqual([refused!.state, refused!.code, filed!.state], ['refused', 'fatal-error', 'filed']);
  const [issue] = refused!.issues;
  assert.equal(issue!.expression![0], 'Bundle.entry[4].resource.status');
  assert.match(issue!.diagnostics!, /Thiếu phần tử bắt buộc.*status/);
});

test('a retraction withdraws all that was filed with what it names, and the visit can be filed again', async () => {
  const patient = aPerson();
  const visit = aVisit({ patient, visit: 'V-7' });
  await send(visit);
  const [person, encounter] = (await one(idOf(visit))).focus;
  const retraction = message('retraction', [{ resource: patient }], {
    header: {
      focus: [{ type: 'Encounter', identifier: { system: maLk(FACILITY), value: 'V-7' } }],
      reason: { text: 'nhầm người' },
    },
  });
  await send(retraction);
  const withdrawn = await one(idOf(retraction));
  assert.deepEqual(
    [withdrawn.state, withdrawn.disposition],
    ['filed', 'withdrawn'],
    JSON.stringify(withdrawn),
  );
  assert.equal((await stored(encounter!)).status, 'entered-in-error');
  assert.deepEqual(
    (await observations(person!)).map(({ status }) => status),
    ['entered-in-error'],
  );
  const again = aVisit({ patient, visit: 'V-7' });
  await send(again);
  assert.deepEqual((await one(idOf(again))).disposition, 'replaced');
  assert.deepEqual(
    (await observations(person!)).map(({ status }) => status),
    ['final'],
  );

  const unknown = message('retraction', [{ resource: patient }], {
    header: { focus: [{ type: 'MessageHeader', identifier: { value: 'never-sent' } }] },
  });
  await send(unknown);
  const none = await one(idOf(unknown));
  assert.deepEqual([none.state, none.issues[0]!.expression], ['refused', ['MessageHeader.focus[0]']]);
});

test('a message is withdrawn as a whole by its id, and an Encounter entered in error says so itself', async () => {
  const patient = aPerson();
  const visit = aVisit({ patient, visit: 'V-8' });
  await send(visit);
  const [person] = (await one(idOf(visit))).focus;
  const whole = message('retraction', [{ resource: patient }], {
    header: { focus: [{ type: 'MessageHeader', identifier: { value: idOf(visit) } }] },
  });
  await send(whole);
  assert.equal((await one(idOf(whole))).disposition, 'withdrawn');
  assert.deepEqual(
    (await observations(person!)).map(({ status }) => status),
    ['entered-in-error'],
  );
  const other = aVisit({ patient, visit: 'V-9' });
  await send(other);
  const cancelled = aVisit({ patient, visit: 'V-9', glucose: 8, encounter: { status: 'entered-in-error' } });
  await send(cancelled);
  assert.equal((await one(idOf(cancelled))).disposition, 'withdrawn');
  assert.ok((await observations(person!)).every(({ status }) => status === 'entered-in-error'));
});

test('a dossier in a message is filed as $submit-xml files it, once, and withdrawn by its visit', async () => {
  const made = aDossier({ seed: 911, rows: { XML2: 2, XML3: 1, XML4: 1 } });
  const carrying = () =>
    message('dossier-xml', [
      {
        resource: {
          resourceType: 'Binary',
          contentType: 'application/xml',
          data: Buffer.from(anEnvelope([made])).toString('base64'),
        },
      },
    ]);
  const first = carrying();
  await send(first);
  const filed = await one(idOf(first));
  assert.deepEqual([filed.state, filed.disposition], ['filed', 'created'], JSON.stringify(filed.issues));
  const second = carrying();
  await send(second);
  assert.equal((await one(idOf(second))).disposition, 'duplicate');
  const retraction = message(
    'retraction',
    [{ resource: { ...aPerson(), identifier: [{ system: mrn(FACILITY), value: 'x' }] } }],
    {
      header: { focus: [{ type: 'Encounter', identifier: { system: maLk(FACILITY), value: made.maLk } }] },
    },
  );
  await send(retraction);
  assert.equal((await one(idOf(retraction))).disposition, 'withdrawn');
  assert.equal((await stored(filed.focus[1]!)).status, 'entered-in-error');
  const third = carrying();
  await send(third);
  assert.equal((await one(idOf(third))).state, 'filed');

  const torn = message('dossier-xml', [
    {
      resource: {
        resourceType: 'Binary',
        contentType: 'application/xml',
        data: Buffer.from('<a>').toString('base64'),
      },
    },
  ]);
  await send(torn);
  const refused = await one(idOf(torn));
  assert.equal(refused.state, 'refused');
  assert.match(refused.issues[0]!.diagnostics!, /GIAMDINHHS/);
});

test('results outside a visit leave the Patient as it is', async () => {
  const patient = aPerson();
  const visit = aVisit({ patient, visit: 'V-10' });
  await send(visit);
  const [person] = (await one(idOf(visit))).focus;
  const who = `urn:uuid:${randomUUID()}`;
  const record = message('record', [
    { fullUrl: who, resource: { resourceType: 'Patient', identifier: [patient.identifier[0]] } },
    {
      resource: {
        resourceType: 'DiagnosticReport',
        identifier: [{ system: 'https://lis.example', value: 'R-1' }],
        status: 'final',
        code: { text: 'Công thức máu' },
        subject: { reference: who },
      },
    },
  ]);
  await send(record);
  const filed = await one(idOf(record));
  assert.deepEqual([filed.state, filed.focus[0]], ['filed', person], JSON.stringify(filed));
  assert.equal((await stored(person!)).meta!.versionId, '1');
});

test('what is no message is refused at once, with the element, and its id is not used up', async () => {
  const visit = aVisit({ visit: 'V-11' });
  const without = (change: (bundle: Resource) => void) => {
    const changed = structuredClone(visit);
    change(changed);
    return send(changed);
  };
  const entries = (bundle: Resource) => bundle.entry as { resource: Record<string, unknown> }[];
  await assert.rejects(
    without((b) => (b.type = 'batch')),
    rejectsWith('value', /Bundle\.type/),
  );
  await assert.rejects(
    without((b) => (b.identifier = { value: 'một hai' })),
    rejectsWith('value', /Bundle\.identifier/),
  );
  await assert.rejects(
    without((b) => entries(b).shift()),
    rejectsWith('structure', /entry\[0\]/),
  );
  await assert.rejects(
    without((b) => (entries(b)[0]!.resource['eventCoding'] = { code: 'visit' })),
    rejectsWith('code-invalid', /eventCoding/),
  );
  await assert.rejects(
    without((b) => (entries(b)[1]!.resource['identifier'] = [])),
    rejectsWith('required', /Patient/),
  );
  assert.equal((await send(visit)).status, 202);
});

test('only the software of a facility sends, and asks about its own alone', async () => {
  const visit = aVisit({ visit: 'V-12' });
  for (const role of ['doctor', 'admin', 'ministry', 'citizen'] as const)
    await assert.rejects(
      send(visit, contextOf(FACILITY, { role })),
      (error) => error instanceof OutcomeError && error.code === 'forbidden',
    );
  await send(visit);
  await runner.idle();
  const { resource } = await call(
    'message-status',
    { resourceType: 'Parameters', parameter: [{ name: 'identifier', valueString: idOf(visit) }] },
    contextOf('79013'),
  );
  const [entry] = (resource as { entry: { resource: Resource }[] }).entry;
  assert.equal(entry!.resource.resourceType, 'OperationOutcome');
  assert.equal((entry!.resource.issue as Issue[])[0]!.code, 'not-found');
});

test('what was settled since a cursor is told in order and nothing twice', async () => {
  const { resource } = await call('message-status', { resourceType: 'Parameters' });
  let next = new URL((resource as { link: { url: string }[] }).link[0]!.url).searchParams.get('since')!;
  const visits = [aVisit({ visit: 'V-13' }), aVisit({ visit: 'V-14' }), aVisit({ visit: 'V-15' })];
  for (const visit of visits) await send(visit);
  await runner.idle();
  const own = visits.map(idOf);
  const seen: string[] = [];
  // what other transactions of the cluster hide for a moment, of earlier tests too, comes with a later page
  for (const until = Date.now() + 20_000; !own.every((id) => seen.includes(id)) && Date.now() < until;) {
    const page = (
      await call('message-status', {
        resourceType: 'Parameters',
        parameter: [
          { name: 'since', valueString: next },
          { name: '_count', valueInteger: 2 },
        ],
      })
    ).resource as Resource;
    seen.push(...read(page).map(({ id }) => id));
    next = new URL((page.link as { url: string }[])[0]!.url).searchParams.get('since')!;
  }
  assert.equal(new Set(seen).size, seen.length);
  assert.deepEqual(seen.filter((id) => own.includes(id)).toSorted(), own.toSorted());
});

test('many messages about one patient are filed in the order of receipt, by two runners', async () => {
  const second = exchange.run((error) => {
    throw error;
  });
  try {
    const patient = aPerson();
    const visits = Array.from({ length: 12 }, (_, at) => aVisit({ patient, visit: 'V-16', glucose: at + 1 }));
    for (const visit of visits) await send(visit);
    const all = await told(visits.map(idOf));
    assert.ok(
      all.every(({ state }) => state === 'filed'),
      JSON.stringify(all),
    );
    const [standing, more] = (await observations(all[0]!.focus[0]!)).filter(
      ({ status }) => status === 'final',
    );
    assert.equal(more, undefined);
    assert.equal((standing!.valueQuantity as { value: number }).value, 12);
  } finally {
    await second.stop();
  }
});

const aLook = (patient: object, over: object = {}, id?: string) =>
  message(
    'audit-event',
    [
      { fullUrl: 'urn:uuid:9a6f0f2e-3c55-4a1e-9a57-2d3f1c0b0001', resource: patient },
      {
        resource: {
          resourceType: 'AuditEvent',
          id: 'look-1',
          type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
          action: 'R',
          recorded: '2026-11-20T08:05:00+07:00',
          purposeOfEvent: [{ coding: [{ code: 'ETREAT' }], text: 'mất mạng' }],
          agent: [{ name: 'BS Lê Minh Khôi', requestor: true }],
          source: { observer: { display: 'Trạm biên' } },
          ...over,
        },
      },
    ],
    id === undefined ? {} : { id },
  );

test('a look made at a hospital’s own copy becomes one row of the person’s log, whatever it is sent again as', async () => {
  const patient = aPerson();
  const late = aLook(patient);
  await send(late);
  const [unknown] = await told([idOf(late)]);
  assert.equal(unknown!.state, 'refused');
  assert.equal(unknown!.issues[0]!.code, 'not-found');
  await send(aVisit({ patient, visit: 'V-LOOK' }));
  const again = aLook(patient);
  const twice = aLook(patient);
  for (const one of [again, twice]) await send(one);
  const [first, second] = await told([again, twice].map(idOf));
  assert.deepEqual([first!.state, first!.disposition], ['filed', 'created']);
  assert.deepEqual([second!.state, second!.disposition], ['filed', 'duplicate']);
  const rows = store.events.filter(({ detail }) => detail?.['via'] === 'edge-twin');
  assert.equal(rows.length, 1);
  assert.deepEqual(
    [
      rows[0]!.caller.name,
      rows[0]!.reason,
      rows[0]!.purpose,
      rows[0]!.detail!['occurred'],
      rows[0]!.persons.length,
    ],
    ['BS Lê Minh Khôi', 'mất mạng', 'ETREAT', '2026-11-20T01:05:00.000Z', 1],
  );
  const list = aLook(patient, { id: 'look-4', subtype: [{ code: 'search' }] });
  await send(list);
  assert.equal((await told([idOf(list)]))[0]!.disposition, 'created');
  const named = store.events.find(({ detail }) => detail?.['message'] === idOf(list));
  assert.deepEqual([named!.action, named!.target, named!.persons], ['search', 'Patient', rows[0]!.persons]);
  const broken = aLook(patient, { id: 'look-2', recorded: 'hôm qua' });
  const nameless = aLook(patient, { id: 'look-3', agent: [{ requestor: true }] });
  for (const one of [broken, nameless]) await send(one);
  const faults = await told([broken, nameless].map(idOf));
  assert.deepEqual(
    faults.map(({ state, issues }) => [state, issues[0]!.expression?.[0]]),
    [
      ['refused', 'Bundle.entry[2].resource.recorded'],
      ['refused', 'Bundle.entry[2].resource'],
    ],
  );
});
