// Operations on a record: $everything, $meta, $validate, $lastn.
// Source: https://hl7.org/fhir/R4/operations.html
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { maLk } from '@yba/vietnam';
import type { Answer, Shown } from '../testing/fhir-client.ts';
import { aPatient, aResult, fault, resources, restClients, unused } from '../testing/rest-clients.ts';

const { client, other, created, linkOf, nextOf } = restClients();

describe('$everything', () => {
  let patient: string;
  let encounter: string;
  before(async () => {
    patient = (await created(aPatient())).id!;
    encounter = (
      await created({
        resourceType: 'Encounter',
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
        subject: { reference: `Patient/${patient}` },
        period: { start: '2020-02-03T07:00:00+07:00' },
        identifier: [{ system: maLk('01901'), value: unused() }],
      })
    ).id!;
    for (const year of [2020, 2021, 2022, 2023])
      await created(
        aResult(patient, {
          effectiveDateTime: `${year}-05-06`,
          ...(year === 2020 ? { encounter: { reference: `Encounter/${encounter}` } } : {}),
        }),
      );
  });

  test('answers the whole chart, the Patient first', async () => {
    const answer = await client.get(`/Patient/${patient}/$everything`);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(
      resources(answer).map(({ resourceType }) => resourceType),
      ['Patient', 'Observation', 'Observation', 'Observation', 'Observation', 'Encounter'],
    );
  });

  test('start and end find a stay that began before them and lasts into them, on every page', async () => {
    const { id: person } = await created(aPatient());
    const stay = (start: string, end?: string) =>
      created({
        resourceType: 'Encounter',
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
        subject: { reference: `Patient/${person}` },
        period: { start, ...(end ? { end } : {}) },
      });
    const [long, over, open, after] = [
      await stay('2024-01-01', '2024-01-31'),
      await stay('2024-01-02', '2024-01-10'),
      await stay('2023-05-01'),
      await stay('2024-01-20', '2024-01-20'),
    ];
    const asked: [query: string, found: (string | undefined)[]][] = [
      ['start=2024-01-15', [after.id, long.id, open.id]],
      ['start=2024-01-15&end=2024-01-16', [long.id, open.id]],
      ['start=2024-01-10&end=2024-01-10', [over.id, long.id, open.id]],
      ['start=2024-02', [open.id]],
      ['end=2023-12', [open.id]],
    ];
    for (const [query, found] of asked) {
      for (const count of ['', '&_count=1', '&_count=2']) {
        const seen: (string | undefined)[] = [];
        let page: string | undefined = `/Patient/${person}/$everything?_type=Encounter&${query}${count}`;
        while (page) {
          const answer = await client.get(page);
          seen.push(...resources(answer).map(({ id }) => id));
          page = nextOf(answer);
        }
        assert.deepEqual(seen, found, query + count);
      }
    }
  });

  test('narrows by _type, start, end and _since, and pages with _count', async () => {
    const count = async (query: string) =>
      resources(await client.get(`/Patient/${patient}/$everything?${query}`)).length;
    assert.equal(await count('_type=Observation'), 4);
    assert.equal(await count('_type=Observation&start=2021&end=2022'), 2);
    assert.equal(await count('_type=Observation&end=2020-05-05'), 0);
    assert.equal(await count('_type=Observation&_since=2099-01-01T00:00:00Z'), 0);
    assert.equal(await count('_since=2099-01-01T00:00:00Z'), 0);
    assert.equal(await count('_type=Encounter&_type=Observation,Patient'), 6);
    const seen: string[] = [];
    for (let page: string | undefined = `/Patient/${patient}/$everything?_count=2`; page;) {
      const answer = await client.get(page);
      seen.push(...resources(answer).map(({ id }) => id!));
      page = nextOf(answer);
    }
    assert.deepEqual([seen.length, new Set(seen).size], [6, 6]);
  });

  test('in pages each resource comes once, the directory’s entries too, and no page has more than was asked for', async () => {
    const doctors = [await created({ resourceType: 'Practitioner', name: [{ text: 'Một' }] }), await created({ resourceType: 'Practitioner', name: [{ text: 'Hai' }] })]; // prettier-ignore
    const [first, second] = doctors.map(({ id }) => `Practitioner/${id}`);
    const { id } = await created(aPatient({ generalPractitioner: [{ reference: first }] }));
    for (const performer of [first, second, first, second, second])
      await created(aResult(id!, { performer: [{ reference: performer }] }));
    const whole = resources(await client.get(`/Patient/${id}/$everything`))
      .concat(resources(await client.get(`/Patient/${id}/$everything`), 'include'))
      .map((one) => `${one.resourceType}/${one.id}`);
    assert.equal(whole.length, 8);
    for (const count of [1, 2, 3, 7]) {
      const seen: string[] = [];
      for (let page: string | undefined = `/Patient/${id}/$everything?_count=${count}`; page;) {
        const answer = await client.get(page);
        assert.ok(resources(answer).length <= count, `${resources(answer).length} on a page of ${count}`);
        seen.push(
          ...[...resources(answer), ...resources(answer, 'include')].map(
            (one) => `${one.resourceType}/${one.id}`,
          ),
        );
        page = nextOf(answer);
      }
      assert.deepEqual(seen.toSorted(), whole.toSorted(), `pages of ${count}`);
    }
  });

  test('what the chart refers to beside it comes along: a device, a version of a doctor, and nobody else’s chart', async () => {
    const device = await created({ resourceType: 'Device', manufacturer: 'Acme' });
    const { id: stranger } = await created(aPatient());
    const pump = await created({ resourceType: 'Device', patient: { reference: `Patient/${stranger}` } });
    const doctor = await created({ resourceType: 'Practitioner', name: [{ text: 'Lan' }] });
    const { id } = await created(aPatient());
    const own = await created({ resourceType: 'Device', patient: { reference: `Patient/${id}` } });
    for (const { id: used } of [device, pump, own])
      await created(
        aResult(id!, {
          device: { reference: `Device/${used}` },
          performer: [{ reference: `Practitioner/${doctor.id}/_history/1` }],
        }),
      );
    const shown = (answer: Answer, mode: string) =>
      resources(answer, mode)
        .map((one) => `${one.resourceType}/${one.id}`)
        .filter((name) => !name.startsWith('Observation/'))
        .sort();
    const answer = await client.get(`/Patient/${id}/$everything`);
    assert.deepEqual(
      shown(answer, 'include'),
      [`Device/${device.id}`, `Device/${own.id}`, `Practitioner/${doctor.id}`].sort(),
    );
    const paged = await client.get(`/Patient/${id}/$everything?_count=50`);
    assert.deepEqual(shown(paged, 'include'), shown(answer, 'include'));
  });

  test('_type chooses among the directory’s entries too, in the address or posted, each list by itself', async () => {
    const doctor = await created({ resourceType: 'Practitioner', name: [{ text: 'Trần Lan' }] });
    const { id } = await created(
      aPatient({ generalPractitioner: [{ reference: `Practitioner/${doctor.id}` }] }),
    );
    await created(aResult(id!));
    const types = ({ body }: Answer) => body.entry!.map(({ resource }) => resource!.resourceType).sort();
    const path = `/Patient/${id}/$everything`;
    for (const page of ['', '&_count=50']) {
      const asked = async (query: string) => types(await client.get(`${path}?${query}${page}`));
      assert.deepEqual(await asked('_type=Observation,Patient'), ['Observation', 'Patient']);
      assert.deepEqual(await asked('_type=Patient&_type=Practitioner'), ['Patient', 'Practitioner']);
    }
    const posted = await client.send('POST', path, {
      resourceType: 'Parameters',
      parameter: ['Observation', 'Practitioner'].map((valueCode) => ({ name: '_type', valueCode })),
    });
    assert.deepEqual(types(posted), ['Observation'], posted.text);
  });

  test('of an Encounter: what belongs to that visit', async () => {
    const answer = await client.get(`/Encounter/${encounter}/$everything`);
    assert.deepEqual(
      resources(answer).map(({ resourceType }) => resourceType),
      ['Encounter', 'Observation'],
    );
  });

  test('of an Encounter: the Patient and what else of the chart the visit refers to come along, each once, and nobody else’s', async () => {
    const id = `vis-${unused()}`;
    assert.equal((await client.send('PUT', `/Patient/${id}`, aPatient({ id }))).status, 201);
    const { id: stranger } = await created(aPatient());
    const subject = { reference: `Patient/${id}` };
    const illness = await created({ resourceType: 'Condition', subject, code: { text: 'mạn tính' } });
    const before = await created(aResult(id));
    const foreign = await created(aResult(stranger!));
    const pump = await created({ resourceType: 'Device', patient: subject });
    const visit = await created({
      resourceType: 'Encounter',
      status: 'finished',
      class: { code: 'AMB' },
      subject,
      diagnosis: [{ condition: { reference: `Condition/${illness.id}` } }],
    });
    const inVisit = { encounter: { reference: `Encounter/${visit.id}` } };
    const glucose = await created(aResult(id, inVisit));
    const panel = await created(
      aResult(id, {
        ...inVisit,
        device: { reference: `Device/${pump.id}` },
        hasMember: [glucose, before, foreign].map((one) => ({ reference: `Observation/${one.id}` })),
      }),
    );
    const name = (one: Shown) => `${one.resourceType}/${one.id}`;
    const [own, along] = [[visit, glucose, panel].map(name), [illness, before, pump].map(name)];
    const asked = async (query: string) => {
      const shown = { match: [] as string[], include: [] as string[] };
      for (let page: string | undefined = `/Encounter/${visit.id}/$everything${query}`; page;) {
        const answer = await client.get(page);
        assert.equal(answer.status, 200, answer.text);
        shown.match.push(...resources(answer).map(name));
        shown.include.push(...resources(answer, 'include').map(name));
        page = nextOf(answer);
      }
      return [shown.match.toSorted(), shown.include.toSorted()];
    };
    for (const query of ['', '?_count=1', '?_count=50'])
      assert.deepEqual(await asked(query), [own.toSorted(), [`Patient/${id}`, ...along].toSorted()], query);
    assert.deepEqual(await asked('?_type=Encounter,Patient'), [[name(visit)], [`Patient/${id}`]]);
    assert.deepEqual(await asked('?_type=Observation'), [own.slice(1).toSorted(), [name(before)]]);
    assert.deepEqual(await asked('?_since=2099-01-01T00:00:00Z'), [[], []]);
  });

  test('refuses what it does not know; nobody else’s chart is there', async () => {
    for (const query of ['colour=red', '_type=Pizza', 'start=never', '_count=0', '_page=x'])
      assert.equal((await client.get(`/Patient/${patient}/$everything?${query}`)).status, 400, query);
    assert.equal((await other.get(`/Patient/${patient}/$everything`)).status, 404);
    assert.equal((await client.get('/Patient/nobody/$everything')).status, 404);
    const { id: gone } = await created(aPatient());
    assert.equal((await client.send('DELETE', `/Patient/${gone}`, undefined)).status, 204);
    assert.deepEqual(fault(await client.get(`/Patient/${gone}/$everything`)), [410, 'deleted']);
    assert.equal((await other.get(`/Patient/${gone}/$everything`)).status, 404);
  });
});

describe('operations', () => {
  const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });

  test('a body that holds no parameters is refused, not passed over', async () => {
    const { id } = await created(aPatient());
    for (const path of [
      `/Patient/${id}/$everything`,
      `/Patient/${id}/$meta-add`,
      '/Observation/$lastn?patient=1',
    ])
      assert.deepEqual(fault(await client.send('POST', path, aPatient())), [400, 'invalid'], path);
    const resource = { name: 'resource', resource: aPatient() };
    const twice = await client.send('POST', '/Patient/$validate', parameters(resource, resource));
    assert.deepEqual(fault(twice), [400, 'invalid']);
  });

  test('$validate judges what is sent or stored, and writes nothing', async () => {
    const good = await client.send('POST', '/Patient/$validate', aPatient());
    assert.deepEqual([good.status, good.body.issue![0]!.severity], [200, 'information']);
    const bad = await client.send(
      'POST',
      '/Patient/$validate',
      parameters(
        { name: 'resource', resource: aPatient({ birthDate: 'never' }) },
        { name: 'mode', valueCode: 'create' },
      ),
    );
    assert.deepEqual(
      [bad.status, bad.body.issue![0]!.severity, bad.body.issue![0]!.expression],
      [200, 'error', ['Patient.birthDate']],
    );
    const { id } = await created(aPatient());
    assert.equal((await client.get(`/Patient/${id}/$validate`)).body.resourceType, 'OperationOutcome');
    for (const [path, body] of [
      ['/Patient/$validate', { resourceType: 'Observation' }],
      ['/Patient/$validate?mode=x', aPatient()],
      ['/Patient/$validate?profile=http://nobody.org/x', aPatient()],
      ['/Patient/$validate', undefined],
    ] as const) {
      const answer = await client.send('POST', path, body);
      assert.ok(answer.status >= 400 && answer.status < 500, `${path} ${answer.text}`);
    }
  });

  test('$meta answers it, $meta-add and $meta-delete change it in a new version', async () => {
    const { id } = await created(aPatient());
    const tag = parameters({
      name: 'meta',
      valueMeta: { tag: [{ system: 'http://example.org', code: 'reviewed' }] },
    });
    const metaOf = ({ body }: Answer) =>
      (body.parameter![0] as unknown as { valueMeta: { versionId: string; tag?: object[] } }).valueMeta;
    assert.equal(metaOf(await client.get(`/Patient/${id}/$meta`)).versionId, '1');
    const added = metaOf(await client.send('POST', `/Patient/${id}/$meta-add`, tag));
    assert.deepEqual([added.versionId, added.tag?.length], ['2', 1]);
    assert.equal((await client.get(`/Patient?_tag=http://example.org|reviewed&_id=${id}`)).body.total, 1);
    assert.equal(metaOf(await client.send('POST', `/Patient/${id}/$meta-delete`, tag)).tag, undefined);
    assert.equal((await other.send('POST', `/Patient/${id}/$meta-add`, tag)).status >= 400, true);
  });

  test('$lastn answers the newest of each kind', async () => {
    const { id } = await created(aPatient());
    const result = (code: string, day: number) =>
      created(
        aResult(id!, {
          code: { coding: [{ system: 'http://loinc.org', code }] },
          effectiveDateTime: `2026-10-0${day}`,
        }),
      );
    for (const day of [1, 3, 2]) for (const code of ['718-7', '2345-7']) await result(code, day);
    const days = async (query: string) => {
      const answer = await client.get(`/Observation/$lastn?patient=Patient/${id}&${query}`);
      assert.equal(answer.status, 200, answer.text);
      return resources(answer).map(({ effectiveDateTime }) => effectiveDateTime);
    };
    assert.deepEqual(await days(''), ['2026-10-03', '2026-10-03']);
    assert.deepEqual(await days('max=2&code=http://loinc.org|718-7'), ['2026-10-03', '2026-10-02']);
    // what a search of Observations takes narrows it too; one without any time is not the newest
    await created(aResult(id!, { code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] }, effectiveDateTime: undefined })); // prettier-ignore
    assert.deepEqual(await days('code=718-7'), ['2026-10-03']);
    assert.deepEqual(await days('code=718-7&max=4'), ['2026-10-03', '2026-10-02', '2026-10-01', undefined]);
    assert.deepEqual(await days('date=lt2026-10-03&code=718-7'), ['2026-10-02']);
    assert.deepEqual(await days('status:not=final'), []);
    assert.deepEqual(await days('code:not=718-7'), ['2026-10-03']);
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueString: `Patient/${id}` },
        { name: 'date', valueString: 'lt2026-10-02' },
        { name: 'max', valueInteger: 1 },
      ],
    };
    const posted = await client.send('POST', '/Observation/$lastn', body);
    assert.deepEqual(
      resources(posted).map(({ effectiveDateTime }) => effectiveDateTime),
      ['2026-10-01', '2026-10-01'],
    );
    assert.match(linkOf(posted, 'self')!, /date=lt2026-10-02&max=1$/);
    for (const query of ['_sort=date', '_count=1', '_include=Observation:colour', 'colour=red'])
      assert.equal((await client.get(`/Observation/$lastn?patient=${id}&${query}`)).status, 400, query);
    assert.equal((await client.get('/Observation/$lastn')).status, 400);
    assert.equal((await client.get(`/Observation/$lastn?patient=${id}&max=none`)).status, 400);
  });

  test('$lastn shows beside the newest what belongs to them, once, and to no others', async () => {
    const { id } = await created(aPatient());
    const code = (of: string) => ({ coding: [{ system: 'http://loinc.org', code: of }] });
    const specimen = async () => (await created({ resourceType: 'Specimen' })).id!;
    const result = async (of: string, day: number) => {
      const taken = await specimen();
      const more = { specimen: { reference: `Specimen/${taken}` }, effectiveDateTime: `2026-10-0${day}` };
      return { id: (await created(aResult(id!, { code: code(of), ...more }))).id!, taken };
    };
    await result('718-7', 1);
    const newest = [await result('718-7', 2), await result('2345-7', 3)];
    const report = await created({
      resourceType: 'DiagnosticReport',
      status: 'final',
      code: { text: 'r' },
      subject: { reference: `Patient/${id}` },
      result: [{ reference: `Observation/${newest[0]!.id}` }],
    });
    const asked =
      '_include=Observation:specimen&_include=Observation:subject&_revinclude=DiagnosticReport:result';
    const answer = await client.get(`/Observation/$lastn?patient=${id}&${asked}`);
    const names = (mode: string) =>
      resources(answer, mode)
        .map((one) => `${one.resourceType}/${one.id}`)
        .toSorted();
    assert.deepEqual([answer.status, answer.body.total], [200, 2], answer.text);
    assert.deepEqual(names('match'), newest.map((one) => `Observation/${one.id}`).toSorted());
    assert.deepEqual(
      names('include'),
      [
        `DiagnosticReport/${report.id}`,
        `Patient/${id}`,
        ...newest.map(({ taken }) => `Specimen/${taken}`),
      ].toSorted(),
    );
    const none = `/Observation/$lastn?patient=${id}&code=none`;
    assert.equal((await client.get(`${none}&_include=Observation:subject`)).status, 200);
    assert.equal((await client.get(`${none}&_include=Observation:colour`)).status, 400);
  });
});
