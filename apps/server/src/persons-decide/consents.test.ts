// How a decision is written, and what a citizen may not write: it stands in the log of whom it was about.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fhirClient } from '../testing/fhir-client.ts';
import { aFamily, papers, value, ALL } from './testing/family.ts';

describe('persons decide by a Consent', () => {
  const family = aFamily('bm.identity', 'mother', 'other', 'child', 'level 1');
  const { callers, ids, as, send, seen, consent } = family;

  test('a decision in a Bundle, by PATCH or by DELETE is refused with the way that there is', async () => {
    const entry = [
      { resource: consent({ type: 'deny' }), request: { method: 'POST', url: 'Consent' } },
    ] as object[];
    const bundle = (type: string) => send('mother', '/', { resourceType: 'Bundle', type, entry });
    const told = /written by itself: POST Consent, and PUT Consent\/<id> with status inactive/;
    const transaction = await bundle('transaction');
    assert.equal(transaction.status, 403);
    assert.match(transaction.text, told);
    assert.match((await bundle('batch')).text, told);
    const removed = await as('mother').send('DELETE', '/Consent/one', undefined);
    assert.equal(removed.status, 403);
    assert.match(removed.text, told);
    assert.doesNotMatch((await as('mother').send('DELETE', '/Observation/one', undefined)).text, told);
  });

  test('an id that comes with a new decision is not taken: nobody’s Consent is overwritten by it', async () => {
    const of = (who: string) => consent({ type: 'permit' }, ids[who], { status: 'inactive' });
    const theirs = await send('other', '/Consent', of('other'));
    assert.equal(theirs.status, 201, theirs.text);
    const made = await send('mother', '/Consent', { ...of('mother'), id: theirs.body.id });
    assert.equal(made.status, 201, made.text);
    assert.notEqual(made.body.id, theirs.body.id);
    const still = await as('other').get(`/Consent/${theirs.body.id}`);
    assert.equal(still.body.meta?.versionId, '1', still.text);
    assert.match(still.text, new RegExp(`Patient/${ids.other}`));
  });

  test('a citizen changes decisions of their own alone: no hospital’s document, no papers of a guardian, nothing in a hospital’s name', async () => {
    const paper = consent({ type: 'deny' }, ids.child, { sourceAttachment: { title: 'Giấy đã ký' } });
    const filed = await send('bm.system', '/Consent', paper);
    const guardian = await send('bm.identity', `/Patient/${ids.child}/$guardian`, papers());
    assert.equal(guardian.status, 200, guardian.text);
    const [named] = guardian.body.parameter as unknown as { valueReference: { reference: string } }[];
    const recorded = named!.valueReference.reference.replace('Consent/', '');
    for (const id of [filed.body.id, recorded]) {
      for (const status of ['active', 'inactive']) {
        const changed = { ...consent({ type: 'deny' }, ids.child), id, status };
        const answer = await as('child').send('PUT', `/Consent/${id}`, changed);
        assert.equal(answer.status, 422, answer.text);
        assert.match(answer.text, /not changed from the book/);
      }
    }
    const kept = await as('bm.system').get(`/Consent/${filed.body.id}`);
    assert.equal(kept.status, 200);
    assert.match(kept.text, /Giấy đã ký/);
    assert.deepEqual(await seen('mother', 'child'), ALL, 'who answers for the child still does');
    const forged = consent({ type: 'deny' }, ids.child, {
      meta: { source: 'https://yba.vn/fhir/facility/01013' },
    });
    const own = await send('child', '/Consent', forged);
    assert.equal(own.status, 201, own.text);
    assert.equal(own.body.meta?.['source'], undefined);
    const ended = { ...forged, id: own.body.id, status: 'inactive' };
    assert.equal((await as('child').send('PUT', `/Consent/${own.body.id}`, ended)).status, 200);
  });

  test('whoever tries to decide about somebody else, or writes into a chart that is closed, stands in that one’s log', async () => {
    callers.set(
      'elsewhere',
      fhirClient(family.server.url, await family.server.facilityToken('79946', 'Bệnh viện số 46')),
    );
    const tries: [who: string, path: string, body: object | undefined, status: number, target: string][] = [
      ['other', '/Consent', consent({ type: 'deny' }), 404, `Patient/${ids.mother}/Consent`],
      ['other', `/Patient/${ids.mother}/$health-links`, undefined, 404, `Patient/${ids.mother}/$health-link`],
      [
        'elsewhere',
        '/Observation',
        {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { reference: `Patient/${ids.mother}` },
        },
        422,
        'Observation',
      ],
    ];
    const denials = () => family.server.pools.owner<{ target: string }[]>`
      select target from access_log where outcome = 'denied'
        and person = (select person from patient_link where patient = ${ids.mother!} or client_id = ${ids.mother!})
        and target = any(${tries.map(([, , , , target]) => target)}) order by target`;
    const before = (await denials()).length;
    for (const [who, path, body, status] of tries) {
      const answer = body ? await send(who, path, body) : await as(who).get(path);
      assert.equal(answer.status, status, answer.text);
    }
    for (let n = 0; n < 100 && (await denials()).length < before + tries.length; n++)
      await new Promise((go) => setTimeout(go, 50));
    assert.equal((await denials()).length, before + tries.length);
  });

  test('a VNeID account of level 1 sees who it is and its appointments, decides nothing, and is told of level 2', async () => {
    assert.equal((await as('level 1').get(`/Patient/${ids.first}`)).status, 200);
    assert.equal((await as('level 1').get(`/Appointment?patient=Patient/${ids.first}`)).status, 200);
    const refused = await as('level 1').get(`/Observation?patient=Patient/${ids.first}`);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /VNeID account of level 1 may not read Observation.*Level 2/);
    const decision = await send('level 1', '/Consent', consent({ type: 'deny' }, ids.first));
    assert.equal(decision.status, 403);
    assert.match(decision.text, /level 2/);
    assert.equal((await as('level 1').get(`/Patient/${ids.first}/$everything`)).status, 403);
    const why = await as('level 1').get(`/Patient/${ids.first}/$why`);
    assert.equal(value(why.body, 'copies'), false);
    assert.match(String(value(why.body, 'en')), /level 1 sees a part of it/);
    assert.doesNotMatch(String(value(why.body, 'en')), /You see your whole record/);
  });
});
