import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { validate } from '@yba/fhir';
import { mrn, parseInsuranceCard, parsePersonNumber } from '@yba/vietnam';
import { commune, province, successorOf } from '@yba/vietnam/data';
import {
  diagnoses,
  drugs,
  facilities,
  nation,
  type Person,
  storyPersons,
  tests,
  type Visit,
} from './index.ts';
import { ageAt, date } from './time.ts';

const now = Date.parse('2026-11-24T10:30:00+07:00');
const size = 500;
const ours = nation({ persons: size, seed: 1, now });
const visits = [...ours.visits()];

type Entry = {
  fullUrl: string;
  resource: Record<string, unknown> & { resourceType: string };
  request: { method: string; url: string; ifNoneExist?: string };
};
const entriesOf = (visit: Visit) => visit.bundle.entry as Entry[];

const security = (resource: Entry['resource']): unknown[] =>
  (resource['meta'] as { security?: unknown[] } | undefined)?.security ?? [];

const digest = (of: Iterable<unknown>) => {
  const hash = createHash('sha256');
  for (const each of of) hash.update(JSON.stringify(each));
  return hash.digest('hex');
};

test('gives the same bytes for the same seed, and others for another', () => {
  const some = (seed: number) => digest(nation({ persons: 60, seed, now }).visits());
  assert.equal(some(1), some(1));
  assert.notEqual(some(1), some(2));
});

test('keeps person n the same in a nation of any size', () => {
  const last = (persons: number) =>
    [...nation({ persons, seed: 1, now }).visits(40)].filter((visit) => visit.person === 41);
  assert.equal(digest(last(42)), digest(last(300)));
});

test('makes about 2,300 visits of 15 resources for 500 persons, some of them today', () => {
  const resources = visits.reduce((sum, visit) => sum + entriesOf(visit).length, 0);
  assert.ok(visits.length > 2000 && visits.length < 2700, `${visits.length} visits`);
  assert.ok(resources < 36_000, `${resources} resources`);
  const today = visits.filter((visit) => date(visit.at) === date(now));
  assert.ok(today.length >= 10, `${today.length} today`);
  assert.ok(new Set(today.map((visit) => visit.facility)).size >= 5);
  assert.ok(visits.every((visit) => visit.at <= now));
});

test('reports nothing that has not happened yet, but appointments', () => {
  const times = /"(?:effectiveDateTime|issued|authoredOn|recordedDate|date|created|timestamp)":"([^"]+)"/g;
  for (const visit of visits) {
    for (const [text, at] of JSON.stringify(visit.bundle).matchAll(times))
      if (at!.includes('T'))
        assert.ok(
          Date.parse(at!) <= now + 60_000 * 11,
          `${text} of visit at ${new Date(visit.at).toISOString()}`,
        );
  }
});

test('sends the visits of a person in order of time, each under its own key', () => {
  const keys = new Set(visits.map((visit) => JSON.stringify(visit.bundle.identifier)));
  assert.equal(keys.size, visits.length);
  for (const [n, visit] of visits.entries()) {
    const before = visits[n - 1];
    if (before?.person === visit.person) assert.ok(before.at < visit.at);
  }
});

test('resolves every urn of a bundle inside it, and names its Patient by the facility’s own number', () => {
  for (const visit of visits) {
    const entries = entriesOf(visit);
    const urls = new Set(entries.map((entry) => entry.fullUrl));
    assert.equal(urls.size, entries.length);
    const text = JSON.stringify(entries.map((entry) => entry.resource));
    for (const [urn] of text.matchAll(/urn:uuid:[0-9a-f-]+/g)) assert.ok(urls.has(urn), urn);
    const patient = entries[0]!;
    assert.equal(patient.resource.resourceType, 'Patient');
    assert.ok(patient.request.ifNoneExist?.startsWith(`identifier=${mrn(visit.facility)}|`));
  }
});

test('makes nothing but valid resources', () => {
  const registries = [ours.organizations, ours.locations, ours.practitioners, ours.practitionerRoles].flat();
  for (const resource of registries) assert.deepEqual(validate(resource), []);
  for (const visit of visits) {
    for (const { resource } of entriesOf(visit)) {
      const issues = validate(resource).filter(({ severity }) => severity === 'error');
      assert.deepEqual(issues, [], JSON.stringify(resource));
    }
  }
});

test('gives every facility its own patient number to each person', () => {
  const numbers = new Map<string, number>();
  for (const visit of visits) {
    const key = entriesOf(visit)[0]!.request.ifNoneExist!;
    assert.equal(numbers.get(key) ?? visit.person, visit.person);
    numbers.set(key, visit.person);
  }
});

test('makes person numbers and insurance cards that agree with sex, birth and group', () => {
  const numbers = new Set<string>();
  for (const person of ours.persons()) {
    if (person.personNumber) {
      const read = parsePersonNumber(person.personNumber, {
        gender: person.sex,
        birthDate: person.birthDate,
      });
      assert.ok(read.valid && read.warnings.length === 0 && read.province, person.personNumber);
      assert.ok(person.personNumber.slice(6).startsWith('000'));
      numbers.add(person.personNumber);
    }
    if (person.insurance) {
      const card = parseInsuranceCard(person.insurance.card);
      assert.ok(card.valid && card.payer && successorOf(card.province!), person.insurance.card);
      const age = ageAt(person.birthDate, now);
      assert.equal(card.group === 'TE', age < 6, `${person.insurance.card} at ${age}`);
      if (card.group === 'HS') assert.ok(age < 18);
      if (card.group === 'HT') assert.ok(age >= 56);
    }
    assert.equal(commune(person.home.commune.code)?.province, person.home.province.code);
    if (person.phone) assert.match(person.phone, /^0900/);
  }
  const unnumbered = size - numbers.size;
  assert.ok(unnumbered >= 8 && unnumbered <= 30, `${unnumbered} without a number`);
});

test('names people as often as they are named so in the country', () => {
  const counts = new Map<string, number>();
  let total = 0;
  for (const person of nation({ persons: 8000, seed: 5, now }).persons()) {
    if (person.nationality || person.unnumbered === 'unknown') continue;
    counts.set(person.name.family, (counts.get(person.name.family) ?? 0) + 1);
    total++;
  }
  const share = (...names: string[]) => names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0) / total;
  assert.ok(share('Nguyễn') > 0.29 && share('Nguyễn') < 0.38, `${share('Nguyễn')}`);
  assert.ok(share('Trần') > 0.09 && share('Trần') < 0.13);
  assert.ok(share('Lê') > 0.08 && share('Lê') < 0.11);
  assert.ok(share('Phạm') > 0.05 && share('Phạm') < 0.085);
  assert.ok(share('Hoàng', 'Huỳnh') > 0.04 && share('Hoàng', 'Huỳnh') < 0.07);
});

test('gives children the family name of a parent and the mother as contact', () => {
  const people: Person[] = [...ours.persons()];
  for (const person of people) {
    if (person.contact?.relation !== 'MTH') continue;
    const parents = people.slice(Math.max(0, person.index - 4), person.index + 4);
    assert.ok(parents.some((parent) => parent.name.family === person.name.family && parent !== person));
  }
});

test('knows some elders by their year of birth alone, and allergies of one person in eight', () => {
  const people = [...nation({ persons: 4000, seed: 3, now }).persons()];
  const elders = people.filter((person) => ageAt(person.birthDate, now) >= 71);
  const yearOnly = elders.filter((person) => person.birthDate.length === 4).length / elders.length;
  assert.ok(yearOnly > 0.05 && yearOnly < 0.2, `${yearOnly}`);
  const allergic =
    people.filter((person) => person.allergies && person.allergies.length > 0).length / people.length;
  assert.ok(allergic > 0.09 && allergic < 0.15, `${allergic}`);
});

test('ships codes with names of our own: no title of ICD, LOINC or SNOMED', () => {
  assert.ok(diagnoses.size + tests.size <= 150, `${diagnoses.size + tests.size} codes`);
  assert.ok(drugs.size >= 45);
  const text = JSON.stringify([...diagnoses.values(), ...tests.values()]);
  assert.doesNotMatch(
    text,
    /unspecified|không xác định|not elsewhere|\[Mass\/volume\]|in Serum|\(disorder\)/i,
  );
  assert.doesNotMatch(
    JSON.stringify(visits.slice(0, 300).map((visit) => visit.bundle)),
    /loinc\.org|hl7\.org\/fhir\/sid\/icd/,
  );
});

test('places each facility in a commune of today and in the province its code remembers', () => {
  for (const facility of facilities) {
    assert.match(facility.code, /^\d{2}[0-9A-Z]{3}$/);
    assert.equal(commune(facility.commune)?.province, successorOf(facility.oldProvince)?.code, facility.name);
    assert.ok(province(commune(facility.commune)!.province));
  }
});

test('lets one facility fall silent and leaves one unconnected', () => {
  const silent = facilities.find((facility) => facility.silentDays !== undefined)!;
  const last = Math.max(...visits.filter((visit) => visit.facility === silent.code).map((visit) => visit.at));
  assert.ok(now - last > silent.silentDays! * 86_400_000);
  const unconnected = facilities.filter((facility) => !facility.connected).map((facility) => facility.code);
  assert.equal(unconnected.length, 1);
  assert.ok(!visits.some((visit) => unconnected.includes(visit.facility)));
});

test('labels the visits for a sensitive illness, but never an allergy', () => {
  const labelled = visits.filter((visit) =>
    entriesOf(visit).some(({ resource }) => security(resource).length > 0),
  );
  assert.ok(labelled.length > 10);
  for (const { resource } of labelled.flatMap(entriesOf)) {
    const open = ['Patient', 'Coverage', 'AllergyIntolerance'].includes(resource.resourceType);
    assert.equal(security(resource).length, open ? 0 : 1, resource.resourceType);
  }
});

test('tells a story of four facilities: sugar falls, potassium rises, and today is not over', () => {
  const [hero] = storyPersons;
  const hers = visits.filter((visit) => visit.person === hero);
  assert.ok(new Set(hers.map((visit) => visit.facility)).size >= 4);
  const series = hers.flatMap((visit) =>
    entriesOf(visit)
      .map((entry) => entry.resource)
      .filter(
        (resource) =>
          resource.resourceType === 'Observation' && JSON.stringify(resource['code']).includes('"HBA1C"'),
      )
      .map((resource) => Number((resource['valueQuantity'] as { value: number }).value)),
  );
  assert.deepEqual(series.slice(-4), [8.4, 7.9, 7.6, 7.2]);
  const last = entriesOf(hers[hers.length - 1]!).map((entry) => entry.resource);
  assert.equal(last.find((resource) => resource.resourceType === 'Encounter')!['status'], 'in-progress');
  assert.ok(
    last.some((resource) => resource.resourceType === 'Appointment' && resource['status'] === 'booked'),
  );
});

test('streams a large nation person by person', () => {
  const large = nation({ persons: 100_000, seed: 1, now });
  let count = 0;
  for (const visit of large.visits(99_900)) {
    count++;
    assert.ok(visit.person >= 99_900 && visit.person < 100_000);
  }
  assert.ok(count > 200);
});
