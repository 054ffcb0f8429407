// IHE mCSD: what a Care Services Selective Consumer asks (ITI-90) and an Update Consumer follows (ITI-91).
// Source: https://profiles.ihe.net/ITI/mCSD/ITI-90.html, https://profiles.ihe.net/ITI/mCSD/ITI-91.html
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Resource } from '@yba/fhir';
import { contextOf } from '@yba/repository/testing';
import { FACILITY, LICENCE } from '@yba/vietnam';
import { aFacility, asPlatform, aWorld, type World } from './testing.ts';

let world: World;
const ids: Record<string, string> = {};
const concept = (code: string) => [
  { coding: [{ system: 'https://yba.vn/fhir/CodeSystem/test-role', code }] },
];

before(async () => {
  world = await aWorld();
  const create = async (name: string, resource: Resource) => {
    ids[name] =
      `${resource.resourceType}/${(await world.repository.create(asPlatform('test'), resource)).id}`;
  };
  const to = (name: string) => ({ reference: ids[name]! });
  await create('hospital', {
    ...aFacility('27001', 'Bệnh viện Đa khoa Bắc Ninh', { before: '27', after: '09190' }),
    type: concept('facility'),
  });
  await create('station', {
    ...aFacility('27105', 'Trạm Y tế phường Võ Cường', { before: '27', after: '09190' }),
    partOf: to('hospital'),
  });
  await create('endpoint', {
    resourceType: 'Endpoint', status: 'active', name: 'FHIR', payloadType: concept('any'),
    identifier: [{ system: FACILITY, value: '27001' }], address: 'https://his.example.vn/fhir',
    connectionType: { system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type', code: 'hl7-fhir-rest' },
    managingOrganization: to('hospital'),
  }); // prettier-ignore
  await create('site', {
    resourceType: 'Location', status: 'active', name: 'Cơ sở 1', identifier: [{ system: FACILITY, value: '27001' }],
    type: concept('site'), managingOrganization: to('hospital'), position: { longitude: 106.07, latitude: 21.18 },
  }); // prettier-ignore
  await create('ward', {
    resourceType: 'Location',
    status: 'active',
    name: 'Khoa Khám bệnh',
    partOf: to('site'),
  });
  await create('service', {
    resourceType: 'HealthcareService', active: true, name: 'Khám nội', identifier: [{ system: FACILITY, value: '27001-K03' }],
    type: concept('internal'), providedBy: to('hospital'), location: [to('site')],
  }); // prettier-ignore
  await create('doctor', {
    resourceType: 'Practitioner', active: true, identifier: [{ system: LICENCE, value: '000420/BN-GPHN' }],
    name: [{ family: 'Nguyễn', given: ['Thị', 'Mận'], text: 'Nguyễn Thị Mận' }],
  }); // prettier-ignore
  await create('role', {
    resourceType: 'PractitionerRole', active: true, practitioner: to('doctor'), organization: to('station'),
    location: [to('site')], healthcareService: [to('service')], code: concept('doctor'), specialty: concept('K03'),
  }); // prettier-ignore
  await create('affiliation', {
    resourceType: 'OrganizationAffiliation', active: true, identifier: [{ system: FACILITY, value: '27001-27105' }],
    organization: to('hospital'), participatingOrganization: to('station'), code: concept('member'),
    period: { start: '2025-07-01' },
  }); // prettier-ignore
});
after(() => world.close());

const idOf = (name: string) => ids[name]!.split('/')[1]!;

/** Each search that ITI-90 wants, with the one resource it is to find; {name} stands for an id. */
const SEARCHES: readonly (readonly [query: string, finds: string])[] = [
  [`Organization?identifier=${FACILITY}|27105`, 'station'],
  ['Organization?active=true&name:contains=Võ Cường', 'station'],
  ['Organization?name:exact=Bệnh viện Đa khoa Bắc Ninh', 'hospital'],
  ['Organization?name=benh vien', 'hospital'],
  ['Organization?partof=Organization/{hospital}', 'station'],
  ['Organization?type=facility', 'hospital'],
  ['Location?name:contains=khám', 'ward'],
  ['Location?partof=Location/{site}', 'ward'],
  ['Location?organization=Organization/{hospital}&status=active&type=site', 'site'],
  ['Location?near=21.18|106.07|2|km', 'site'],
  ['Practitioner?active=true&name=man', 'doctor'],
  ['Practitioner?name:exact=Nguyễn&given=thị', 'doctor'],
  [`Practitioner?identifier=${LICENCE}|000420/BN-GPHN`, 'doctor'],
  ['Practitioner?family=nguyen&given:contains=ậ', 'doctor'],
  ['PractitionerRole?active=true&organization=Organization/{station}', 'role'],
  ['PractitionerRole?practitioner=Practitioner/{doctor}&location=Location/{site}', 'role'],
  ['PractitionerRole?role=doctor&service=HealthcareService/{service}&specialty=K03', 'role'],
  ['HealthcareService?active=true&organization=Organization/{hospital}&service-type=internal', 'service'],
  ['HealthcareService?location=Location/{site}&name:contains=nội', 'service'],
  [`HealthcareService?identifier=${FACILITY}|27001-K03`, 'service'],
  ['OrganizationAffiliation?primary-organization=Organization/{hospital}&role=member', 'affiliation'],
  [
    'OrganizationAffiliation?participating-organization=Organization/{station}&date=ge2026-01-01',
    'affiliation',
  ],
  [`OrganizationAffiliation?active=true&identifier=${FACILITY}|27001-27105`, 'affiliation'],
  [`Endpoint?identifier=${FACILITY}|27001&status=active`, 'endpoint'],
  ['Endpoint?organization=Organization/{hospital}', 'endpoint'],
  ['Organization?_id={station}&_lastUpdated=gt2020-01-01', 'station'],
];

const filled = (query: string) => query.replace(/\{(\w+)\}/g, (_, name: string) => idOf(name));

async function search(query: string) {
  const [type, asked] = filled(query).split('?') as [string, string];
  const { entries } = await world.repository.search(contextOf('01901'), type, new URLSearchParams(asked), {
    handling: 'strict',
  });
  return entries.map(({ text, mode }) => ({ ...(JSON.parse(text!) as Resource), mode }));
}

test(`a consumer finds by each of the ${SEARCHES.length} searches of ITI-90`, async () => {
  for (const [query, finds] of SEARCHES) {
    const found = await search(query);
    assert.deepEqual(
      found.map(({ id }) => id),
      [idOf(finds)],
      query,
    );
  }
});

test('what a search found brings along what mCSD lets it ask for', async () => {
  const types = async (query: string) => (await search(query)).map(({ resourceType }) => resourceType).sort();
  assert.deepEqual(
    await types(
      'PractitionerRole?active=true&_include=PractitionerRole:practitioner&_include=PractitionerRole:organization',
    ),
    ['Organization', 'Practitioner', 'PractitionerRole'],
  );
  assert.deepEqual(await types('Organization?_id={hospital}&_revinclude=Location:organization&_revinclude=OrganizationAffiliation:primary-organization'), [
    'Location', 'Organization', 'OrganizationAffiliation',
  ]); // prettier-ignore
});

test('an update consumer follows each type since an instant, changes and deletions alike', async () => {
  const { repository } = world;
  const history = async (type: string, since?: string) =>
    (
      await repository.history(
        contextOf('01901'),
        type,
        undefined,
        new URLSearchParams(since ? { _since: since } : {}),
      )
    ).entries;
  for (const type of [
    'Organization',
    'Location',
    'Practitioner',
    'PractitionerRole',
    'HealthcareService',
    'OrganizationAffiliation',
    'Endpoint',
  ])
    assert.ok((await history(type)).length > 0, type);
  const last = (JSON.parse((await history('Location'))[0]!.text!) as { meta: { lastUpdated: string } }).meta
    .lastUpdated;
  const since = new Date(Date.parse(last) + 1).toISOString();
  assert.deepEqual(await history('Location', since), []);
  await repository.delete(asPlatform('test'), 'Location', idOf('ward'));
  const news = await history('Location', since);
  assert.deepEqual(
    news.map(({ request }) => request?.method),
    ['DELETE'],
  );
});
