import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Resource, validate } from '@yba/fhir';
import { readDossier, readEnvelope } from '@yba/vietnam/dossier';
import {
  aDossier,
  anEnvelope,
  type DossierOptions,
  type Fields,
  type MadeDossier,
} from '@yba/vietnam/testing';
import { coveragesOf } from './coverage.ts';
import { mergePatient, patientOf } from './patient.ts';
import { resourcesOf } from './resources-of.ts';
import { ucumOf } from './units.ts';
import { visitOf } from './visit.ts';

const errors = (resource: Resource) => validate(resource).filter(({ severity }) => severity === 'error');

const every = Array.from({ length: 15 }, (_, at) => `XML${at + 1}`);

async function mapped(
  made: MadeDossier,
): Promise<{ patient: Resource; all: Resource[]; of: (type: string) => Resource[] }> {
  const { dossiers } = await readEnvelope([Buffer.from(anEnvelope([made]))]);
  const dossier = await readDossier(dossiers[0]!);
  assert.ok(dossier.summary, JSON.stringify(dossier.quarantine));
  const visit = visitOf(dossier, '01013', 'Patient/p', (key) => `urn:key:${encodeURIComponent(key)}`);
  const patient = patientOf(dossier.summary, '01013');
  const all = [...coveragesOf(visit), ...resourcesOf(visit, dossier, undefined)].map(
    ({ resource }) => resource,
  );
  return { patient, all, of: (type) => all.filter(({ resourceType }) => resourceType === type) };
}

function changed(table: string, change: Fields, options: DossierOptions = {}): MadeDossier {
  const made = aDossier(options);
  made.tables[table]![0] = { ...made.tables[table]![0]!, ...change };
  return made;
}

test('maps dossiers of every kind to valid resources', async () => {
  const kinds: Fields[] = ['01', '03', '04', '12', '14', '16'].map((kind) => ({ MA_LOAI_KCB: kind }));
  const more: Fields[] = [
    { SO_CCCD: '012345678', GIOI_TINH: '3', NGAY_SINH: '195000000000' },
    {
      SO_CCCD: 'B1234567',
      MA_NOI_DI: '92114',
      MA_NOI_DEN: '79024',
      MA_LOAI_RV: '2',
      GIAY_CHUYEN_TUYEN: '12/CT',
    },
    { SO_CCCD: '', MA_THE_BHYT: '', MA_DKBD: '', DIEN_THOAI: '', KET_QUA_DTRI: '5', SO_NGAY_DTRI: '3' },
    {
      MA_BENH_YHCT: 'U62.392.4;U55.001',
      MA_BENH_KT: 'E11.9;I10;I10',
      MA_KHOA: 'K02;K19',
      MA_DOITUONG_KCB: '2',
    },
    { NGAY_SINH: '202609100415', NGAY_RA: '202609141200', MA_TAI_NAN: '3', HO_TEN: 'An' },
  ];
  for (const [seed, summary] of [...kinds, ...more].entries()) {
    const { patient, all } = await mapped(aDossier({ seed, summary, tables: every }));
    for (const resource of [patient, ...all])
      assert.deepEqual(errors(resource), [], JSON.stringify(resource));
  }
});

test('tells the Patient of XML1 with numbers, partial birth date and address codes', async () => {
  const summary = {
    MA_BN: 'BN1',
    HO_TEN: 'TRẦN THỊ HOÀ',
    SO_CCCD: '001155000123',
    NGAY_SINH: '195500000000',
    GIOI_TINH: '2',
    MA_THE_BHYT: 'GD4010123456789',
    MATINH_CU_TRU: '01',
    MAXA_CU_TRU: '00004',
  };
  const { patient, of } = await mapped(aDossier({ summary }));
  assert.deepEqual(
    (patient.identifier as { system: string; value: string }[]).map(({ system, value }) => [system, value]),
    [
      ['https://yba.vn/fhir/sid/mrn/01013', 'BN1'],
      ['https://yba.vn/fhir/sid/cccd', '001155000123'],
      ['https://yba.vn/fhir/sid/bhyt', '0123456789'],
    ],
  );
  assert.equal(patient.birthDate, '1955');
  assert.equal(patient.gender, 'female');
  const [address] = patient.address as { city: string; state: string }[];
  assert.deepEqual([address!.city, address!.state], ['Phường Ba Đình', 'Thành phố Hà Nội']);
  const [coverage] = of('Coverage');
  assert.equal(coverage!.subscriberId, '0123456789');
});

test('keeps the hour of birth of a newborn only', async () => {
  const born = { NGAY_SINH: '202609100415' };
  const newborn = (await mapped(aDossier({ summary: born }))).patient;
  assert.match(JSON.stringify(newborn._birthDate), /2026-09-10T04:15:00\+07:00/);
  const grown = (await mapped(aDossier({ summary: { NGAY_SINH: '198009100415' } }))).patient;
  assert.equal(grown._birthDate, undefined);
});

test('reads an address before July 2025 by the older list', async () => {
  const summary = { MATINH_CU_TRU: '24', NGAY_VAO: '202505010800', NGAY_RA: '202505010900' };
  const { patient } = await mapped(aDossier({ summary }));
  const [address] = patient.address as { state: string; extension: { valueCoding: { version: string } }[] }[];
  assert.equal(address!.state, 'Tỉnh Bắc Giang');
  assert.equal(address!.extension[0]!.valueCoding.version, '2024');
});

test('makes a quantity only of a number with a unit it knows', async () => {
  const cases: [string, string, unknown][] = [
    ['5.60', 'mmol/L', { value: '5.60', code: 'mmol/L' }],
    ['5,6', 'mmol/l', { value: '5.6', code: 'mmol/L' }],
    ['< 0.5', 'ng/mL', { value: '0.5', code: 'ng/mL', comparator: '<' }],
    ['7.1', 'G/L', { value: '7.1', code: '10*9/L' }],
    ['1,234', 'mmol/L', '1,234 mmol/L'],
    ['12', 'con', '12 con'],
    ['1.02', '', '1.02'],
    ['Âm tính', '', 'Âm tính'],
  ];
  for (const [value, unit, expected] of cases) {
    const { of } = await mapped(changed('XML4', { GIA_TRI: value, DON_VI_DO: unit }));
    const [result] = of('Observation') as {
      valueString?: string;
      valueQuantity?: { value: object; code: string; comparator?: string };
    }[];
    const quantity = result!.valueQuantity;
    const told = quantity
      ? {
          value: JSON.stringify(quantity.value),
          code: quantity.code,
          ...(quantity.comparator ? { comparator: quantity.comparator } : {}),
        }
      : result!.valueString;
    assert.deepEqual(told, expected, value);
  }
  assert.equal(ucumOf('μmol/L'), 'umol/L');
});

test('tells a late result as not there yet, and a description as words', async () => {
  const late = await mapped(changed('XML4', { GIA_TRI: '', NGAY_KQ: '' }));
  assert.equal(late.of('Observation')[0]!.status, 'registered');
  assert.ok(late.of('Observation')[0]!.dataAbsentReason);
  const read = await mapped(
    changed('XML4', { GIA_TRI: '', MO_TA: 'Hai phổi sáng', KET_LUAN: 'Bình thường' }),
  );
  assert.equal(read.of('Observation')[0]!.valueString, 'Bình thường');
});

test('makes a Procedure of a service and a SupplyDelivery of a supply', async () => {
  const { of } = await mapped(aDossier({ rows: { XML3: 6 } }));
  assert.equal(of('Procedure').length, 5);
  assert.equal(of('SupplyDelivery').length, 1);
  const stopped = await mapped(changed('XML3', { MA_DICH_VU: '03.0001.0001_TB' }));
  assert.equal(stopped.of('Procedure')[0]!.status, 'stopped');
  const reversed = await mapped(changed('XML3', { NGAY_TH_YL: '202609141200', NGAY_KQ: '202609141100' }));
  assert.ok(reversed.of('Procedure')[0]!.performedDateTime);
});

test('labels HIV and tuberculosis where the visit tells them, and nothing else', async () => {
  const labels = (resource: Resource | undefined) =>
    ((resource?.meta?.security ?? []) as { code: string }[]).map(({ code }) => code);
  const document = (all: Resource[], table: string) =>
    all.find(({ type }) =>
      (type as { coding?: { code: string }[] } | undefined)?.coding?.some(({ code }) => code === table),
    );
  const { of } = await mapped(aDossier({ tables: every }));
  assert.deepEqual(labels(document(of('DocumentReference'), 'XML6')), ['HIV']);
  assert.deepEqual(labels(document(of('DocumentReference'), 'XML15')), ['tuberculosis']);
  assert.deepEqual(labels(document(of('DocumentReference'), 'XML1')), ['HIV']);
  assert.deepEqual(labels(document(of('DocumentReference'), 'XML7')), []);
  const plain = await mapped(aDossier());
  assert.ok(plain.all.every((resource) => labels(resource).length === 0));
  const coded = await mapped(aDossier({ summary: { MA_BENH_KT: 'B20.7' } }));
  assert.deepEqual(coded.of('Condition').map(labels), [[], ['HIV']]);
  assert.deepEqual(labels(document(coded.of('DocumentReference'), 'XML1')), ['HIV']);
});

test('keeps every table as it was sent', async () => {
  const made = aDossier({ tables: every });
  const { of } = await mapped(made);
  const files = of('DocumentReference').flatMap(
    ({ content }) => content as { attachment: { data: string; title: string } }[],
  );
  assert.equal(files.length, 15);
  for (const { attachment } of files) {
    const xml = Buffer.from(attachment.data, 'base64').toString();
    const [table] = attachment.title.split(' ');
    for (const row of made.tables[table!]!)
      for (const name of Object.keys(row)) assert.ok(xml.includes(`<${name}>`));
  }
});

test('merges what a dossier says into a Patient without losing what others said', () => {
  const stored = {
    resourceType: 'Patient',
    id: 'x',
    meta: { versionId: '3' },
    identifier: [
      { system: 'https://yba.vn/fhir/sid/mrn/01013', value: 'BN1' },
      { system: 'https://yba.vn/fhir/sid/cccd', value: '001155000123' },
    ],
    contact: [{ name: { text: 'Con' } }],
    birthDate: '1955',
  };
  const said = {
    resourceType: 'Patient',
    identifier: [{ system: 'https://yba.vn/fhir/sid/mrn/01013', value: 'BN1' }],
    birthDate: '1955-03',
  };
  const merged = mergePatient(stored, said);
  assert.equal((merged.identifier as unknown[]).length, 2);
  assert.deepEqual([merged.id, merged.birthDate, merged.meta], ['x', '1955-03', undefined]);
  assert.ok(merged.contact);
});
