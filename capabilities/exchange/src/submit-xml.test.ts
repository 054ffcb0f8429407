import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { OutcomeError, type Resource, validate } from '@yba/fhir';
import { contextOf, type TestRepository, testRepository } from '@yba/repository/testing';
import { aDossier, anEnvelope, type EnvelopeOptions, type MadeDossier } from '@yba/vietnam/testing';
import { createExchange } from './index.ts';
import { deskOf } from './testing/desk.ts';

type Part = {
  name: string;
  valueString?: string;
  valueCode?: string;
  valueReference?: { reference: string };
  resource?: { issue: Issue[] };
};
type Issue = { severity: string; code: string; diagnostics: string; expression?: string[] };
type Answer = { maLK?: string; status: string; patient?: string; encounter?: string; issues: Issue[] };

let store: TestRepository;
let exchange: ReturnType<typeof createExchange>;
const context = contextOf('01013');
const every = Array.from({ length: 15 }, (_, at) => `XML${at + 1}`);

before(async () => {
  store = await testRepository();
  exchange = createExchange(deskOf(store));
});
after(() => store.close());

async function call(
  code: string,
  over: object = {},
): Promise<{ parameter?: { name: string; part: Part[] }[] }> {
  const operation = exchange.capability.operations!.find((one) => one.code === code)!;
  const request = { context, query: new URLSearchParams(), headers: {}, ...over };
  const { resource } = await operation.handle(request);
  assert.deepEqual(validate(resource as Resource), []);
  return resource as { parameter?: { name: string; part: Part[] }[] };
}

async function submitText(text: string | Buffer, over: object = {}): Promise<Answer[]> {
  const { parameter = [] } = await call('submit-xml', {
    stream: Readable.from([Buffer.from(text)]),
    ...over,
  });
  return parameter
    .filter(({ name }) => name === 'dossier')
    .map(({ part }) => {
      const get = (name: string) => part.find((one) => one.name === name);
      return {
        ...(get('maLK') ? { maLK: get('maLK')!.valueString! } : {}),
        status: get('status')!.valueCode!,
        ...(get('patient') ? { patient: get('patient')!.valueReference!.reference } : {}),
        ...(get('encounter') ? { encounter: get('encounter')!.valueReference!.reference } : {}),
        issues: get('outcome')!.resource!.issue,
      };
    });
}

const submit = (made: MadeDossier[], options: EnvelopeOptions = {}, over: object = {}) =>
  submitText(anEnvelope(made, options), over);

async function find(type: string, query: string, by = context): Promise<Resource[]> {
  const { entries } = await store.repository.search(by, type, new URLSearchParams(query), {
    handling: 'strict',
  });
  return entries.filter(({ mode }) => mode === 'match').map(({ text }) => JSON.parse(text!) as Resource);
}

async function read(reference: string, by = context): Promise<Resource> {
  const [type, id] = reference.split('/') as [string, string];
  return JSON.parse((await store.repository.read(by, type, id)).text) as Resource;
}

async function quarantined(
  maLk: string,
): Promise<{ source: string; row_number: number; field: string; rule: string; raw: unknown }[]> {
  return store.pools.owner`
    select source, row_number, field, rule, raw from quarantine where ma_lk = ${maLk} and settled is null order by id`;
}

const rejectsWith = (code: string) => (error: unknown) =>
  error instanceof OutcomeError && error.code === code;

test('stores a dossier as Patient, Encounter and what hangs on it', async () => {
  const made = aDossier({ seed: 101, tables: every, rows: { XML2: 2, XML3: 5, XML4: 3 } });
  const [answer] = await submit([made]);
  assert.equal(answer!.status, 'stored', JSON.stringify(answer));
  assert.equal(answer!.maLK, made.maLk);
  const patient = await read(answer!.patient!);
  assert.equal(
    (patient.name as { text: string }[])[0]!.text.toLocaleUpperCase('vi'),
    made.tables.XML1![0]!.HO_TEN,
  );
  const encounter = await read(answer!.encounter!);
  assert.equal((encounter.period as { start: string }).start, '2026-09-14T08:00:00+07:00');
  const about = `patient=${answer!.patient}`;
  assert.equal((await find('MedicationRequest', about)).length, 2);
  assert.equal((await find('Procedure', about)).length, 4);
  assert.equal((await find('SupplyDelivery', about)).length, 1);
  assert.equal((await find('Observation', about)).length, 3);
  assert.equal((await find('DocumentReference', about)).length, 12);
  assert.equal((await find('Coverage', about)).length, 1);
  assert.match(answer!.issues[0]!.diagnostics, /read (\d+) = stored \1 \+ quarantined 0/);
});

test('answers duplicate for the same content, however it is encoded', async () => {
  const made = aDossier({ seed: 102 });
  const [first] = await submit([made]);
  for (const habit of [{}, { cdata: true, bom: true }, { form: 'NFD' as const, lineLength: 64 }]) {
    const [again] = await submit([made], habit);
    assert.deepEqual(
      [again!.status, again!.patient, again!.encounter],
      ['duplicate', first!.patient, first!.encounter],
    );
    assert.ok(again!.issues.some(({ code }) => code === 'duplicate'));
  }
  assert.equal((await read(first!.encounter!)).meta!.versionId, '1');
});

test('replaces a dossier of other content: new versions, vanished rows entered in error', async () => {
  const made = aDossier({ seed: 103, rows: { XML2: 3 } });
  const [first] = await submit([made]);
  const [gone, changed] = made.tables.XML2!.splice(0, 2);
  made.tables.XML2!.unshift({ ...changed!, STT: '1', LIEU_DUNG: 'nửa viên/lần' });
  made.tables.XML1![0]!.MA_BENH_KT = 'Z00.0';
  const [second] = await submit([made]);
  assert.deepEqual(
    [second!.status, second!.patient, second!.encounter],
    ['replaced', first!.patient, first!.encounter],
  );
  assert.equal((await read(first!.encounter!)).meta!.versionId, '2');
  const medicines = await find('MedicationRequest', `patient=${first!.patient}`);
  assert.equal(medicines.length, 3);
  const nameOf = (resource: Resource) =>
    (resource.medicationCodeableConcept as { coding: { display: string }[] }).coding[0]!.display;
  const wrong = medicines.filter(({ status }) => status === 'entered-in-error');
  assert.deepEqual(wrong.map(nameOf), [gone!.TEN_THUOC]);
  const better = medicines.find((one) => nameOf(one) === changed!.TEN_THUOC)!;
  assert.deepEqual(
    [better.meta!.versionId, (better.dosageInstruction as { text: string }[])[0]!.text],
    ['2', 'nửa viên/lần'],
  );
  assert.equal((await submit([made]))[0]!.status, 'duplicate');
});

test('goes back to earlier content as a replacement, not as a duplicate', async () => {
  const made = aDossier({ seed: 104 });
  const text = anEnvelope([made]);
  await submitText(text);
  made.tables.XML1![0]!.GHI_CHU = 'Uống nhiều nước';
  assert.equal((await submit([made]))[0]!.status, 'replaced');
  assert.equal((await submitText(text))[0]!.status, 'replaced');
  assert.equal((await submitText(text))[0]!.status, 'duplicate');
});

test('stores a good visit beside bad rows, which are quarantined with their reason until they are mended', async () => {
  const made = aDossier({ seed: 105, rows: { XML2: 3, XML4: 4 } });
  const good = structuredClone(made);
  made.tables.XML2![1]!.NGAY_YL = '202613990800';
  made.tables.XML4![3]!.TEN_CHI_SO = '';
  const [answer] = await submit([made]);
  assert.equal(answer!.status, 'stored');
  assert.equal((await find('MedicationRequest', `patient=${answer!.patient}`)).length, 2);
  assert.equal((await find('Observation', `patient=${answer!.patient}`)).length, 3);
  assert.deepEqual(
    answer!.issues.filter(({ severity }) => severity === 'error').map(({ expression }) => expression![0]),
    ['XML2[2].NGAY_YL', 'XML4[4].TEN_CHI_SO'],
  );
  const kept = await quarantined(made.maLk);
  assert.deepEqual(
    kept.map(({ source, row_number, field, rule }) => [source, row_number, field, rule]),
    [
      ['XML2', 2, 'NGAY_YL', 'date'],
      ['XML4', 4, 'TEN_CHI_SO', 'required'],
    ],
  );
  assert.deepEqual(kept[0]!.raw, made.tables.XML2![1]);
  assert.equal((await submit([good]))[0]!.status, 'replaced');
  assert.equal((await quarantined(made.maLk)).length, 0);
  assert.equal((await find('MedicationRequest', `patient=${answer!.patient}`)).length, 3);
});

test('sets a row aside that the store refuses, and stores the rest', async () => {
  const made = aDossier({ seed: 140, rows: { XML2: 3 } });
  const refusing = createExchange(
    deskOf(store, { repository: refusingMedicine(made.tables.XML2![1]!.TEN_THUOC!) }),
  );
  const { handle } = refusing.capability.operations![0]!;
  const stream = Readable.from([Buffer.from(anEnvelope([made]))]);
  await handle({ context, query: new URLSearchParams(), headers: {}, stream });
  const kept = await quarantined(made.maLk);
  assert.deepEqual(
    kept.map(({ source, rule }) => [source, rule]),
    [['XML2', 'mapping']],
  );
  const [again] = await submit([made]);
  assert.equal(again!.status, 'duplicate');
  assert.equal((await find('MedicationRequest', `patient=${again!.patient}`)).length, 2);
});

test('leaves nothing of a dossier when the server dies before the commit, and files it when it is sent again', async () => {
  const made = aDossier({ seed: 142 });
  const dying: TestRepository['repository'] = {
    ...store.repository,
    transaction: (by, bundle, options, within) =>
      store.repository.transaction(by, bundle, options, {
        ...within,
        async after(transaction, written) {
          await within?.after?.(transaction, written);
          throw new Error('killed');
        },
      }),
  };
  const { handle } = createExchange(deskOf(store, { repository: dying })).capability.operations![0]!;
  const stream = Readable.from([Buffer.from(anEnvelope([made]))]);
  await assert.rejects(handle({ context, query: new URLSearchParams(), headers: {}, stream }));
  const key = encodeURIComponent(`https://yba.vn/fhir/sid/ma-lk/01013|${made.maLk}`);
  assert.equal((await find('Encounter', `identifier=${key}`)).length, 0);
  assert.equal((await submit([made]))[0]!.status, 'stored');
  assert.equal((await find('Encounter', `identifier=${key}`)).length, 1);
});

/** The store, handed one medicine in a shape it must refuse. */
function refusingMedicine(name: string): TestRepository['repository'] {
  const spoiled = (bundle: Resource) => ({
    ...bundle,
    entry: (bundle.entry as { resource: Resource }[]).map((entry) =>
      entry.resource.resourceType === 'MedicationRequest' && JSON.stringify(entry.resource).includes(name)
        ? { ...entry, resource: { ...entry.resource, status: 'not a status' } }
        : entry,
    ),
  });
  return {
    ...store.repository,
    transaction: (by, bundle, ...rest) => store.repository.transaction(by, spoiled(bundle), ...rest),
  };
}

test('keeps a table file that is no text', async () => {
  const made = aDossier({ seed: 141 });
  const text = anEnvelope([made]);
  const file = /XML4<\/LOAIHOSO><NOIDUNGFILE>([^<]+)/.exec(text)![1]!;
  const [answer] = await submitText(text.replace(file, Buffer.from('<a>\0</a>').toString('base64')));
  assert.equal(answer!.status, 'stored');
  assert.deepEqual(
    (await quarantined(made.maLk)).map(({ source, rule }) => [source, rule]),
    [['XML4', 'root']],
  );
});

test('quarantines a dossier whose XML1 cannot be used, once', async () => {
  const made = aDossier({ seed: 106 });
  made.tables.XML1![0]!.HO_TEN = '';
  for (let time = 0; time < 2; time++) {
    const [answer] = await submit([made]);
    assert.deepEqual([answer!.status, answer!.maLK, answer!.patient], ['quarantined', made.maLk, undefined]);
    assert.ok(answer!.issues.some(({ expression }) => expression?.[0] === 'XML1[1].HO_TEN'));
  }
  const rows = Object.values(made.tables).reduce((sum, table) => sum + table.length, 0);
  assert.equal((await quarantined(made.maLk)).length, rows);
  assert.equal(
    (
      await find(
        'Encounter',
        `identifier=${encodeURIComponent(`https://yba.vn/fhir/sid/ma-lk/01013|${made.maLk}`)}`,
      )
    ).length,
    0,
  );
});

test('files every dossier of a file on its own', async () => {
  const made = [107, 108, 109, 110, 111].map((seed) => aDossier({ seed }));
  made[2]!.tables.XML1![0]!.NGAY_RA = 'hôm qua';
  const answers = await submit(made);
  assert.deepEqual(
    answers.map(({ maLK }) => maLK),
    made.map(({ maLk }) => maLk),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['stored', 'stored', 'quarantined', 'stored', 'stored'],
  );
});

test('takes two versions of one visit in a file in their order', async () => {
  const made = [1, 2, 3].map((n) => aDossier({ seed: 143, maLk: 'TWICE', summary: { GHI_CHU: `lần ${n}` } }));
  const answers = await submit(made);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['stored', 'replaced', 'replaced'],
  );
  assert.equal((await submit([made[2]!]))[0]!.status, 'duplicate');
});

test('keeps one Patient and one Coverage for the visits of one patient number', async () => {
  const summary = { ...aDossier({ seed: 112 }).tables.XML1![0]! };
  const visit = (maLk: string, day: string) =>
    aDossier({ seed: 112, maLk, day, summary: { MA_BN: summary.MA_BN!, SO_CCCD: summary.SO_CCCD! } });
  const answers = await submit([visit('V1', '20260901'), visit('V2', '20260910')]);
  const [third] = await submit([visit('V3', '20260920')]);
  assert.equal(new Set([...answers, third!].map(({ patient }) => patient)).size, 1);
  assert.equal(new Set([...answers, third!].map(({ encounter }) => encounter)).size, 3);
  assert.equal((await find('Coverage', `patient=${third!.patient}`)).length, 1);
  assert.equal((await read(third!.patient!)).meta!.versionId, '1');
});

test('keeps the number an identity officer entered when the visit is sent again without it', async () => {
  const made = aDossier({ seed: 113, summary: { SO_CCCD: '' } });
  const [first] = await submit([made]);
  const patient = await read(first!.patient!);
  (patient.identifier as object[]).push({ system: 'https://yba.vn/fhir/sid/cccd', value: '001085000113' });
  await store.repository.update(context, patient);
  made.tables.XML1![0]!.DIEN_THOAI = '0900000000';
  assert.equal((await submit([made]))[0]!.status, 'replaced');
  const after = await read(first!.patient!);
  assert.ok(JSON.stringify(after.identifier).includes('001085000113'));
  assert.ok(JSON.stringify(after.telecom).includes('0900000000'));
});

test('moves a visit filed under the wrong patient number to the right one', async () => {
  const made = aDossier({ seed: 114 });
  const [wrong] = await submit([made]);
  const other = aDossier({ seed: 115, maLk: made.maLk });
  const [right] = await submit([other]);
  assert.equal(right!.status, 'replaced');
  assert.notEqual(right!.patient, wrong!.patient);
  assert.notEqual(right!.encounter, wrong!.encounter);
  assert.equal((await read(wrong!.encounter!)).status, 'entered-in-error');
  const left = await find('MedicationRequest', `patient=${wrong!.patient}`);
  assert.ok(left.length > 0 && left.every(({ status }) => status === 'entered-in-error'));
});

test('applies a dossier once when it arrives many times at the same moment', async () => {
  const made = aDossier({ seed: 116 });
  const answers = (await Promise.all(Array.from({ length: 6 }, () => submit([made])))).flat();
  assert.equal(answers.filter(({ status }) => status === 'stored').length, 1);
  assert.equal(answers.filter(({ status }) => status === 'duplicate').length, 5);
  assert.equal((await find('Encounter', `patient=${answers[0]!.patient}`)).length, 1);
});

test('adds a second patient number to the Patient that holds the same person number and is the same person', async () => {
  const first = aDossier({ seed: 130, maLk: 'S1' });
  const second = aDossier({ seed: 130, maLk: 'S2', summary: { MA_BN: 'SECOND' } });
  const [one] = await submit([first]);
  const [two] = await submit([second]);
  assert.equal(two!.patient, one!.patient);
  const numbers = JSON.stringify((await read(one!.patient!)).identifier);
  assert.ok(numbers.includes('SECOND') && numbers.includes(first.tables.XML1![0]!.MA_BN!));
  const [third] = await submit([aDossier({ seed: 130, maLk: 'S3' })]);
  assert.equal(third!.patient, one!.patient);
});

test('never files a newborn under its mother though it carries her number', async () => {
  const mother = aDossier({ seed: 131, maLk: 'M1' });
  const { SO_CCCD, MA_THE_BHYT } = mother.tables.XML1![0]!;
  const child = aDossier({
    seed: 132,
    maLk: 'M2',
    summary: { HO_TEN: 'CON BÀ', NGAY_SINH: '202609140415', SO_CCCD: SO_CCCD!, MA_THE_BHYT: MA_THE_BHYT! },
  });
  const [one] = await submit([mother]);
  const [two] = await submit([child]);
  assert.equal(two!.status, 'stored');
  assert.notEqual(two!.patient, one!.patient);
  assert.ok(!JSON.stringify((await read(two!.patient!)).identifier).includes(SO_CCCD!));
  assert.deepEqual(
    (await quarantined('M2')).map(({ field, rule }) => [field, rule]),
    [
      ['SO_CCCD', 'person-number'],
      ['MA_THE_BHYT', 'person-number'],
    ],
  );
});

test('takes a visit that came as FHIR before as its next version', async () => {
  const made = aDossier({ seed: 133 });
  const { MA_BN } = made.tables.XML1![0]!;
  const patient = await store.repository.create(context, {
    resourceType: 'Patient',
    identifier: [{ system: 'https://yba.vn/fhir/sid/mrn/01013', value: MA_BN }],
  });
  const encounter = await store.repository.create(context, {
    resourceType: 'Encounter',
    identifier: [{ system: 'https://yba.vn/fhir/sid/ma-lk/01013', value: made.maLk }],
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: { reference: `Patient/${patient.id}` },
  });
  const [answer] = await submit([made]);
  assert.deepEqual(
    [answer!.status, answer!.patient, answer!.encounter],
    ['stored', `Patient/${patient.id}`, `Encounter/${encounter.id}`],
  );
});

test('refuses what is another facility’s', async () => {
  const made = aDossier({ seed: 117, facility: '79024' });
  await assert.rejects(submit([made]), rejectsWith('forbidden'));
  const [inside] = await submit([made], { facility: '01013' });
  assert.equal(inside!.status, 'quarantined');
  assert.ok(
    inside!.issues.some(
      ({ code, expression }) => code === 'forbidden' && expression?.[0] === 'XML1[1].MA_CSKCB',
    ),
  );
  await assert.rejects(
    submit([aDossier({ seed: 118 })], { facility: '8934567890123' }),
    rejectsWith('forbidden'),
  );
  const { facility: _, ...citizen } = context.caller;
  await assert.rejects(
    submit([made], {}, { context: { ...context, caller: { ...citizen, role: 'citizen' } } }),
    rejectsWith('forbidden'),
  );
});

test('answers invalid for an envelope that cannot be read, and stores nothing of it', async () => {
  const made = [aDossier({ seed: 119 }), aDossier({ seed: 120 })];
  const text = anEnvelope(made);
  for (const broken of [
    text.slice(0, -200),
    text.replace('<GIAMDINHHS', '<!DOCTYPE x><GIAMDINHHS'),
    'xin chào',
    '<a/>',
  ])
    await assert.rejects(submitText(broken), rejectsWith('invalid'));
  const [known] = await store.pools
    .owner`select count(*)::int as n from dossier where ma_lk = any(${made.map(({ maLk }) => maLk)})`;
  assert.equal(known!.n, 0);
});

test('hides attachments on HIV and tuberculosis from another facility the person is open to', async () => {
  const made = aDossier({ seed: 121, tables: ['XML1', 'XML2', 'XML6', 'XML7', 'XML15'] });
  const [answer] = await submit([made]);
  const other = contextOf('92114');
  await store.open('92114', answer!.patient!.split('/')[1]!);
  const shown = (resources: Resource[]) =>
    resources
      .flatMap(({ type }) => (type as { coding: { code: string }[] }).coding.map(({ code }) => code))
      .sort();
  assert.deepEqual(shown(await find('DocumentReference', `patient=${answer!.patient}`)), [
    'XML1',
    'XML15',
    'XML2',
    'XML6',
    'XML7',
  ]);
  assert.deepEqual(shown(await find('DocumentReference', `patient=${answer!.patient}`, other)), ['XML7']);
  assert.equal((await find('MedicationRequest', `patient=${answer!.patient}`, other)).length, 3);
});

test('lists the quarantine of the own facility only, page by page', async () => {
  const made = aDossier({ seed: 122, facility: '27001', rows: { XML2: 3 } });
  for (const row of made.tables.XML2!) row.SO_LUONG = 'nhiều';
  made.tables.XML2![0]!.SO_LUONG = 'nhiều😀'.repeat(1_000);
  const own = contextOf('27001');
  await store.pools.owner`select setval('quarantine_id_seq', 999998)`; // numbers that gain a digit
  await submit([made], {}, { context: own });
  const first = await call('quarantine', { context: own, query: new URLSearchParams({ _count: '2' }) });
  const items = first.parameter!.filter(({ name }) => name === 'item');
  assert.equal(items.length, 2);
  const part = Object.fromEntries(items[0]!.part.map((one) => [one.name, one.valueString]));
  assert.deepEqual(
    [part.maLK, part.table, part.field, part.rule, part.value],
    [made.maLk, 'XML2', 'SO_LUONG', 'number', 'nhiều'],
  );
  const next = first.parameter!.find(({ name }) => name === 'next') as unknown as { valueUri: string };
  const second = await call('quarantine', {
    context: own,
    query: new URLSearchParams(next.valueUri.split('?')[1]),
  });
  const [last, ...more] = second.parameter!.filter(({ name }) => name === 'item');
  assert.equal(more.length, 0);
  const value = last!.part.find(({ name }) => name === 'value')!.valueString;
  assert.equal(value, `${'nhiều😀'.repeat(166)}nhiề…`, 'the beginning of a long value');
  assert.deepEqual((await call('quarantine', { context: contextOf('24001') })).parameter, undefined);
  await assert.rejects(
    call('quarantine', { context: contextOf('27001', { role: 'doctor' }) }),
    rejectsWith('forbidden'),
  );
});
