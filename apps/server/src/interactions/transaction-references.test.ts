// What references of a transaction point at once it is carried out.
// Source: https://hl7.org/fhir/R4/http.html#trules
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer, Shown } from '../testing/fhir-client.ts';
import { aPatient, aResult, fault, MRN, resources, restClients, unused } from '../testing/rest-clients.ts';

const { client, created } = restClients();

describe('references of a transaction', () => {
  const uuid = (n: number) => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const post = (entry: object[], type = 'transaction') =>
    client.send('POST', '', { resourceType: 'Bundle', type, entry });

  test('points every reference at what its target became: rings, relative ones, versions, narrative, uris', async () => {
    const answer = await post([
      {
        fullUrl: uuid(1),
        resource: {
          resourceType: 'Organization',
          name: 'A',
          partOf: { reference: uuid(2) },
          text: {
            status: 'generated',
            div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${uuid(2)}">B</a></div>`,
          },
          extension: [{ url: 'http://example.org/see', valueUri: uuid(2) }],
        },
        request: { method: 'POST', url: 'Organization' },
      },
      {
        fullUrl: uuid(2),
        resource: { resourceType: 'Organization', name: 'B', partOf: { reference: uuid(1) } },
        request: { method: 'POST', url: 'Organization' },
      },
      {
        fullUrl: 'http://elsewhere.org/fhir/Organization/77',
        resource: { resourceType: 'Organization', name: 'C' },
        request: { method: 'POST', url: 'Organization' },
      },
      {
        fullUrl: 'http://elsewhere.org/fhir/Location/1',
        resource: {
          resourceType: 'Location',
          name: 'D',
          managingOrganization: { reference: 'Organization/77/_history/9' },
        },
        request: { method: 'POST', url: 'Location' },
      },
    ]);
    assert.equal(answer.status, 200, answer.text);
    const [a, b, c, d] = answer.body.entry!.map(({ response }) => response!.location!.split('/_history')[0]!);
    const first = await client.get(`/${a}`);
    assert.deepEqual(first.body['partOf'], { reference: b });
    assert.match(first.text, new RegExp(`href=\\\\"${b}\\\\"`));
    assert.match(first.text, new RegExp(`"valueUri":"${b}"`));
    assert.deepEqual((await client.get(`/${b}`)).body['partOf'], { reference: a });
    assert.deepEqual((await client.get(`/${d}`)).body['managingOrganization'], {
      reference: `${c}/_history/1`,
    });
  });

  test('a relative reference is read from the base of the entry it stands in: one id of two servers is two resources', async () => {
    const from = (base: string, type: string, resource: object) => ({
      fullUrl: `${base}/${type}/1`,
      resource,
      request: { method: 'POST', url: type },
    });
    const bases = ['http://one.example/fhir', 'http://two.example/fhir'];
    const patients = bases.map((base) => from(base, 'Patient', aPatient()));
    const results = bases.map((base) => from(base, 'Observation', aResult('1')));
    const ofAnotherServer = from('http://three.example/fhir', 'Observation', aResult('1'));
    const { fullUrl: _none, ...ofNoServer } = from('', 'Observation', aResult('1'));
    const subjectOf = async (entry?: { response?: { location?: string } }) => {
      const { body } = await client.get(`/${entry!.response!.location!.split('/_history')[0]}`);
      return (body['subject'] as { reference: string }).reference;
    };
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const sent = [results[0], patients[first], ofAnotherServer, patients[second], ofNoServer, results[1]];
      const answer = await post(sent as object[]);
      assert.equal(answer.status, 200, answer.text);
      const made = answer.body.entry!;
      const patientOf = (nth: number) =>
        made[sent.indexOf(patients[nth]!)]!.response!.location!.split('/_history')[0];
      assert.deepEqual(await Promise.all([made[0], made[5], made[2], made[4]].map(subjectOf)), [
        patientOf(0),
        patientOf(1),
        'Patient/1',
        'Patient/1',
      ]);
    }
  });

  test('conditional creates by one condition are one: the first creates or finds, the others find that', async () => {
    const value = unused();
    const doctor = (n: number) => ({
      fullUrl: uuid(n),
      resource: { resourceType: 'Practitioner', identifier: [{ system: MRN, value }] },
      request: { method: 'POST', url: 'Practitioner', ifNoneExist: `identifier=${MRN}|${value}` },
    });
    const location = { resourceType: 'Location', name: 'Khoa' };
    for (const [first, active] of [
      ['201 Created', true],
      ['200 OK', false], // another body: it is not the same submission
    ] as const) {
      const role = { resourceType: 'PractitionerRole', active, practitioner: { reference: uuid(2) } };
      const answer = await post([
        doctor(1),
        { resource: role, request: { method: 'POST', url: 'PractitionerRole' } },
        {
          resource: location,
          request: {
            method: 'POST',
            url: 'Location',
            ifNoneExist: `_has:PractitionerRole:location:practitioner=${uuid(2)}`,
          },
        },
        doctor(2),
        doctor(3),
        { request: { method: 'GET', url: `PractitionerRole?practitioner=${uuid(3)}&active=${active}` } },
      ]);
      assert.equal(answer.status, 200, answer.text);
      const [one, made, , two, three, found] = answer.body.entry!;
      assert.deepEqual(
        [one, two, three].map((each) => each!.response!.status),
        [first, '200 OK', '200 OK'],
      );
      const reference = one!.response!.location!.split('/_history')[0]!;
      for (const each of [two, three]) assert.equal(each!.response!.location, one!.response!.location);
      const [match, ...more] = resources({ body: found!.resource! } as Answer);
      assert.deepEqual([match!['practitioner'], more], [{ reference }, []]);
      assert.equal(`PractitionerRole/${match!.id}`, made!.response!.location!.split('/_history')[0]);
    }
  });

  test('a patch leaves what is stored pointing where it does, whatever another server calls by that id', async () => {
    const known = unused();
    const doctor = { resourceType: 'Practitioner', name: [{ text: 'Lan' }] };
    await client.send('PUT', `/Practitioner/${known}`, { ...doctor, id: known });
    const role = await created({
      resourceType: 'PractitionerRole',
      practitioner: { reference: `Practitioner/${known}` },
    });
    const at = 'http://elsewhere.org/fhir';
    for (const fullUrl of [undefined, `${at}/PractitionerRole/1`]) {
      const answer = await post([
        {
          fullUrl: `${at}/Practitioner/${known}`,
          resource: doctor,
          request: { method: 'POST', url: 'Practitioner' },
        },
        {
          ...(fullUrl ? { fullUrl } : {}),
          resource: {
            resourceType: 'Binary',
            contentType: 'application/json-patch+json',
            data: Buffer.from(
              JSON.stringify([
                { op: 'add', path: '/active', value: fullUrl !== undefined },
                { op: 'add', path: '/endpoint', value: [{ reference: uuid(1) }] },
              ]),
            ).toString('base64'),
          },
          request: { method: 'PATCH', url: `PractitionerRole/${role.id}` },
        },
        {
          fullUrl: uuid(1),
          resource: {
            resourceType: 'Endpoint',
            status: 'active',
            connectionType: { system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type', code: 'hl7-fhir-rest' }, // prettier-ignore
            payloadType: [{ text: 'x' }],
            address: 'https://x.example',
          },
          request: { method: 'POST', url: 'Endpoint' },
        },
      ]);
      assert.equal(answer.status, 200, answer.text);
      const { body } = await client.get(`/PractitionerRole/${role.id}`);
      assert.deepEqual(
        [body['practitioner'], body['endpoint']],
        [
          { reference: `Practitioner/${known}` },
          [{ reference: answer.body.entry![2]!.response!.location!.split('/_history')[0] }],
        ],
      );
    }
  });

  test('attachments and links follow an entry that they name by its address', async () => {
    const at = 'http://elsewhere.org/fhir';
    const known = { ...aPatient(), id: unused() };
    const answer = await post([
      {
        fullUrl: `${at}/Binary/9`,
        resource: { resourceType: 'Binary', contentType: 'text/plain', data: 'YQ==' },
        request: { method: 'POST', url: 'Binary' },
      },
      { fullUrl: `${at}/Patient/9`, resource: known, request: { method: 'PUT', url: `Patient/${known.id}` } },
      {
        fullUrl: `${at}/DocumentReference/1`,
        resource: {
          resourceType: 'DocumentReference',
          status: 'current',
          masterIdentifier: { system: `${at}/Binary/9`, value: `${at}/Binary/9` },
          text: {
            status: 'generated',
            div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${at}/Patient/9">x</a><a href="Binary/9">y</a></div>`,
          },
          content: [`${at}/Binary/9`, 'Binary/9', `${at}/Binary/8`].map((url) => ({ attachment: { url } })),
        },
        request: { method: 'POST', url: 'DocumentReference' },
      },
    ]);
    assert.equal(answer.status, 200, answer.text);
    const [binary, , document] = answer.body.entry!.map(
      ({ response }) => response!.location!.split('/_history')[0],
    );
    const { body } = await client.get(`/${document}`);
    assert.deepEqual(
      (body['content'] as { attachment: { url: string } }[]).map(({ attachment }) => attachment.url),
      [binary, binary, `${at}/Binary/8`],
    );
    assert.deepEqual((body['text'] as { div: string }).div.match(/href="[^"]*/g), [
      `href="Patient/${known.id}`,
      `href="${binary}`,
    ]);
    assert.deepEqual(body['masterIdentifier'], { system: `${at}/Binary/9`, value: `${at}/Binary/9` });
  });

  test('a relative reference follows what a condition found or made, by conditional create and update alike', async () => {
    const known = unused();
    const { id } = await created(aPatient({ identifier: [{ system: MRN, value: known }] }));
    for (const value of [known, unused()])
      for (const [nth, request] of [
        { method: 'PUT', url: `Patient?identifier=${MRN}|${value}` },
        { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${MRN}|${value}` },
      ].entries()) {
        const answer = await post([
          {
            fullUrl: 'http://elsewhere.org/fhir/Patient/theirs',
            resource: aPatient({ identifier: [{ system: MRN, value }] }),
            request,
          },
          {
            fullUrl: 'http://elsewhere.org/fhir/Observation/1',
            resource: aResult('theirs', { note: [{ text: `${value} ${nth}` }] }),
            request: { method: 'POST', url: 'Observation' },
          },
        ]);
        assert.equal(answer.status, 200, answer.text);
        const [patient, result] = answer.body.entry!.map(
          ({ response }) => response!.location!.split('/_history')[0]!,
        );
        assert.deepEqual((await client.get(`/${result}`)).body['subject'], { reference: patient });
        if (value === known) assert.equal(patient, `Patient/${id}`);
      }
  });

  test('entries of a batch do not refer to each other, and the one that does is told that those of a transaction may', async () => {
    const entry = [
      { fullUrl: uuid(1), resource: aPatient(), request: { method: 'POST', url: 'Patient' } },
      {
        resource: { ...aResult('x'), subject: { reference: uuid(1) } },
        request: { method: 'POST', url: 'Observation' },
      },
    ];
    const { body } = await client.send('POST', '', { resourceType: 'Bundle', type: 'batch', entry });
    const [first, second] = body.entry!.map(({ response }) => response!);
    assert.equal(first!.status, '201 Created');
    const [issue] = second!.outcome!.issue!;
    assert.match(issue!.diagnostics!, /entries of a transaction may refer to each other/);
    assert.deepEqual(issue!.expression, ['Bundle.entry[1].resource.subject.reference']);
  });

  test('conditional references become literal; one without exactly one match fails all of it, each named', async () => {
    const value = unused();
    const { id } = await created({
      resourceType: 'Organization',
      identifier: [{ system: 'http://example.org/org', value }],
      name: 'Khoa',
    });
    const location = (who: string) => ({
      resource: {
        resourceType: 'Location',
        name: 'x',
        managingOrganization: { reference: `Organization?identifier=http://example.org/org|${who}` },
      },
      request: { method: 'POST', url: 'Location' },
    });
    const good = await post([location(value)]);
    const made = await client.get(`/${good.body.entry![0]!.response!.location!.split('/_history')[0]}`);
    assert.deepEqual(made.body['managingOrganization'], { reference: `Organization/${id}` });
    const bad = await post([location('nobody-1'), location(value), location('nobody-2')]);
    assert.equal(bad.status, 422);
    assert.deepEqual(
      bad.body.issue!.map(({ expression }) => expression![0]),
      [0, 2].map((n) => `Bundle.entry[${n}].resource.managingOrganization.reference`),
    );
  });

  test('conditional references are resolved last: they meet what the same transaction writes, and not what it deletes', async () => {
    const system = 'http://example.org/org';
    const [made, changed, gone, twice, moved] = [unused(), unused(), unused(), unused(), unused()];
    const organization = (value: string, over: object = {}) => ({
      resourceType: 'Organization',
      identifier: [{ system, value }],
      name: `Khoa ${value}`,
      ...over,
    });
    const before = await created(organization(changed));
    const leaving = await created(organization(gone));
    const moving = await created(organization(moved));
    await created(organization(twice));
    const create = (resource: object, more: object = {}) => ({
      ...more,
      resource,
      request: { method: 'POST', url: (resource as Shown).resourceType },
    });
    const location = (condition: string) =>
      create({
        resourceType: 'Location',
        name: 'x',
        managingOrganization: { reference: `Organization?${condition}` },
      });
    const put = ({ id }: Shown, resource: object) => ({
      resource: { ...resource, id },
      request: { method: 'PUT', url: `Organization/${id}` },
    });
    const answer = await post([
      location(`identifier=${system}|${made}`),
      location(`name:exact=Khoa%20${made}&active=true`),
      create(organization(made, { active: true })),
      location(`identifier=${system}|${changed}`),
      put(before, organization(changed, { active: false })),
    ]);
    assert.equal(answer.status, 200, answer.text);
    const [first, second, written, third] = answer.body.entry!.map(
      ({ response }) => response!.location!.split('/_history')[0]!,
    );
    for (const [one, target] of [
      [first, written],
      [second, written],
      [third, `Organization/${before.id}`],
    ])
      // prettier-ignore
      assert.deepEqual((await client.get(`/${one}`)).body['managingOrganization'], { reference: target });
    const remove = { request: { method: 'DELETE', url: `Organization/${leaving.id}` } };
    for (const [code, ...entries] of [
      ['422 not-found', location(`identifier=${system}|${gone}`), remove],
      ['422 not-found', location(`identifier=${system}|${moved}`), put(moving, organization(unused()))],
      ['412 multiple-matches', location(`identifier=${system}|${twice}`), create(organization(twice))],
    ] as const) {
      const refused = await post([...entries]);
      assert.equal(fault(refused).join(' '), code, refused.text);
      assert.equal(
        refused.body.issue![0]!.expression![0],
        'Bundle.entry[0].resource.managingOrganization.reference',
      );
    }
    assert.equal((await client.get(`/Organization/${leaving.id}`)).status, 200);
  });

  test('a conditional update by an identifier that another entry has is refused, whichever comes first, and nothing is written', async () => {
    const system = 'http://example.org/org';
    const organization = (...values: string[]) => ({
      resourceType: 'Organization',
      identifier: values.map((value) => ({ system, value })),
      name: 'x',
    });
    const create = (resource: object) => ({ resource, request: { method: 'POST', url: 'Organization' } });
    const put = (value: string, resource: object) => ({
      resource,
      request: { method: 'PUT', url: `Organization?identifier=${system}|${value}` },
    });
    const [one, other, stored] = [unused(), unused(), unused()];
    await created(organization(stored));
    for (const [entry, at] of [
      [[create(organization(one)), put(one, organization(one))], 1],
      [[put(one, organization(one)), create(organization(other, one))], 0],
      [[put(one, organization(one, other)), put(other, organization(one, other))], 0],
      [[put(stored, organization(stored)), create(organization(stored))], 0],
    ] as const) {
      const refused = await post([...entry]);
      assert.deepEqual(
        [...fault(refused), refused.body.issue?.[0]?.expression],
        [400, 'invalid', [`Bundle.entry[${at}].resource`]],
        refused.text,
      );
    }
    const count = async (value: string) =>
      (await client.get(`/Organization?identifier=${system}|${value}&_summary=count`)).body.total;
    assert.deepEqual([await count(one), await count(stored)], [0, 1]);
    const both = await post([
      put(one, organization(one)),
      put(stored, organization(stored)),
      create(organization(other)),
    ]);
    assert.deepEqual(
      both.body.entry?.map(({ response }) => response?.status),
      ['201 Created', '200 OK', '201 Created'],
      both.text,
    );
  });

  test('of several that meet a conditional reference those that the transaction deletes do not hide the others', async () => {
    const system = 'http://example.org/org';
    const value = unused();
    const organization = { resourceType: 'Organization', identifier: [{ system, value }], name: value };
    const ids: string[] = [];
    for (let count = 0; count < 4; count++) ids.push((await created(organization)).id!);
    const deleting = (some: readonly string[]) =>
      post([
        {
          resource: {
            resourceType: 'Location',
            name: 'x',
            managingOrganization: { reference: `Organization?name:exact=${value}` },
          },
          request: { method: 'POST', url: 'Location' },
        },
        ...some.map((id) => ({ request: { method: 'DELETE', url: `Organization/${id}` } })),
      ]);
    for (const some of [ids.slice(0, 1), ids.slice(-1), ids.slice(0, 2), ids.slice(-2)])
      assert.equal(fault(await deleting(some)).join(' '), '412 multiple-matches');
    const answer = await deleting([ids[0]!, ids[1]!, ids[3]!]);
    assert.equal(answer.status, 200, answer.text);
    const { body } = await client.get(`/${answer.body.entry![0]!.response!.location!.split('/_history')[0]}`);
    assert.deepEqual(body['managingOrganization'], { reference: `Organization/${ids[2]}` });
  });

  test('a Patient that the same transaction creates is met by a conditional reference, and its chart holds the result', async () => {
    const value = unused();
    const answer = await post([
      {
        resource: { ...aResult('x'), subject: { reference: `Patient?identifier=${MRN}|${value}` } },
        request: { method: 'POST', url: 'Observation' },
      },
      {
        resource: aPatient({ identifier: [{ system: MRN, value }] }),
        request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${MRN}|${value}` },
      },
    ]);
    assert.equal(answer.status, 200, answer.text);
    const [, patient] = answer.body.entry!.map(({ response }) => response!.location!.split('/')[1]!);
    assert.equal((await client.get(`/Observation?patient=${patient}`)).body.total, 1);
  });
});
