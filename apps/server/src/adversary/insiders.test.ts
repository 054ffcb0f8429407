// Who had a right, or makes one for themselves: relationships of one's own making, rights that have ended under an open
// stream, links and codes after their end, passkeys after the last day.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deactivateClient } from '@yba/access';
import { authorizationRequest, browser } from '@yba/access/testing';
import { ACT_CODE, FACILITY, mrn, PERSON } from '@yba/vietnam';
import { fhirClient, type FhirClient } from '../testing/fhir-client.ts';
import { citizenToken, staffToken } from '../testing/sign-in.ts';
import { enterByPasskey, heldPasskey } from './passkey.ts';
import { NAME, NUMBER, OTHER, PASSWORD, VICTIM, startWorld, type World } from './world.ts';

let world: World;
before(async () => void (world = await startWorld()));
after(() => world.stop());

/** Waits until something holds; fails after ten seconds. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await sleep(50);
  }
  assert.fail(`never: ${what}`);
}

/** A member of staff with a Practitioner of their own. */
async function staff(role: 'doctor' | 'nurse', place = OTHER) {
  const software = fhirClient(world.url, await world.systemToken(place));
  const made = await software.send('POST', '/Practitioner', {
    resourceType: 'Practitioner',
    name: [{ text: role }],
  });
  const practitioner = `Practitioner/${made.body.id}`;
  const username = `${role}.${randomUUID().slice(0, 8)}`;
  const account = { username, password: PASSWORD, role, name: role, ...place, practitioner };
  const subject = await world.server.platform.access.createAccount(account);
  const token = await staffToken(world.url, username, PASSWORD);
  return { practitioner, username, subject, token, ...fhirClient(world.url, token) };
}

/** A Patient of this caller's facility with the victim's number, as anybody at a desk could write. */
async function ownPatient(caller: FhirClient): Promise<string> {
  const answer = await caller.send('POST', '/Patient', {
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: NUMBER }],
    name: [{ text: NAME }],
    birthDate: '1985-03-02',
    gender: 'female',
  } as never);
  assert.equal(answer.status, 201, answer.text);
  return `Patient/${answer.body.id}`;
}

const opening = {
  resourceType: 'Parameters',
  parameter: [{ name: 'purpose', valueCoding: { code: 'TREAT' } }],
};

const appointmentFor = (patient: string) => ({
  resourceType: 'Appointment',
  status: 'booked',
  start: new Date(Date.now() + 3_600_000).toISOString(),
  end: new Date(Date.now() + 7_200_000).toISOString(),
  participant: [{ actor: { reference: patient }, status: 'accepted' }],
});

describe('a curious member of staff whose patient has an open visit', () => {
  test('is let in by that visit to nobody whose number she wrote into the Patient; a colleague is, by what she wrote', async () => {
    const software = fhirClient(world.url, await world.systemToken(OTHER));
    const { Observation, Patient } = world.victim;
    const identifier = { system: PERSON, value: NUMBER };
    for (const how of ['PUT', 'PATCH'] as const) {
      const curious = await staff('doctor');
      const made = await software.send('POST', '/Patient', {
        resourceType: 'Patient',
        identifier: [{ system: mrn(OTHER.facility), value: `another-${how}` }],
        name: [{ text: 'Người Khác' }],
      } as never);
      const patient = `Patient/${made.body.id}`;
      const visit = {
        resourceType: 'Encounter',
        status: 'in-progress',
        class: { system: ACT_CODE, code: 'AMB' },
        subject: { reference: patient },
      };
      const visited = await software.send('POST', '/Encounter', visit as never);
      const id = visited.body.id!;
      const inForce = async () => {
        const rows = await world.owner`
          select from care_relationship where resource = ${`Encounter/${id}`} and until is null`;
        return rows.length === 1;
      };
      await until('the visit is known', inForce);
      const written =
        how === 'PUT'
          ? await curious.send('PUT', `/${patient}`, {
              resourceType: 'Patient',
              id: made.body.id,
              identifier: [identifier],
            } as never)
          : await curious.send(
              'PATCH',
              `/${patient}`,
              [{ op: 'add', path: '/identifier/-', value: identifier }] as never,
              { 'content-type': 'application/json-patch+json' },
            );
      assert.equal(written.status, 200, written.text);
      assert.equal((await curious.get(`/Observation/${Observation}`)).status, 404, how);
      assert.equal((await curious.get(`/Observation?patient=Patient/${Patient}`)).body.entry, undefined, how);
      const colleague = await staff('doctor');
      assert.equal((await colleague.get(`/Observation/${Observation}`)).status, 200, 'of another’s making');
      await software.send('PUT', `/Encounter/${id}`, { ...visit, id, status: 'finished' } as never);
      await until('the visit is over', async () => !(await inForce()));
      const taken = { resourceType: 'Patient', id: made.body.id, name: [{ text: 'Người Khác' }] };
      assert.equal((await software.send('PUT', `/${patient}`, taken as never)).status, 200);
    }
  });
});

describe('a curious doctor who opened the record of a patient of hers, in an emergency too', () => {
  test('has opened nothing of the victim by writing her number into it; once more she has, and it is reviewed', async () => {
    const software = fhirClient(world.url, await world.systemToken(OTHER));
    const { Observation, sensitive } = world.victim;
    const curious = await staff('doctor');
    const made = await software.send('POST', '/Patient', {
      resourceType: 'Patient',
      identifier: [{ system: mrn(OTHER.facility), value: 'another-opened' }],
      name: [{ text: 'Người Khác' }],
    } as never);
    const patient = `Patient/${made.body.id}`;
    const emergency = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'purpose', valueCoding: { code: 'ETREAT' } },
        { name: 'reason', valueString: 'bất tỉnh, cấp cứu' },
      ],
    };
    for (const asked of [opening, emergency])
      assert.equal((await curious.send('POST', `/${patient}/$open`, asked as never)).status, 200);
    const write = (identifier: object[]) =>
      curious.send('PUT', `/${patient}`, {
        resourceType: 'Patient',
        id: made.body.id,
        ...(identifier.length > 0 ? { identifier } : { name: [{ text: 'Người Khác' }] }),
      } as never);
    const moved = await write([{ system: PERSON, value: NUMBER }]);
    assert.equal(moved.status, 200, moved.text);
    for (const id of [Observation, sensitive])
      assert.equal((await curious.get(`/Observation/${id}`)).status, 404, 'opened about somebody else');
    const reviews = async () =>
      (
        await world.owner`
          select from emergency_review r join person_identifier i on i.person = r.person and i.value = ${NUMBER}
          where r.subject = ${curious.subject}`
      ).length;
    assert.equal(await reviews(), 0);
    assert.equal((await curious.send('POST', `/${patient}/$open`, emergency as never)).status, 200);
    assert.equal((await curious.get(`/Observation/${sensitive}`)).status, 200);
    assert.equal(await reviews(), 1, 'of the same emergency a moment ago, but of another person');
    assert.equal((await write([])).status, 200);
  });
});

describe('a curious doctor who knows a number', () => {
  const team = (patient: string, practitioner: string) => ({
    resourceType: 'CareTeam',
    status: 'active',
    subject: { reference: patient },
    participant: [{ member: { reference: practitioner } }],
  });
  const visit = (patient: string) => ({
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { system: ACT_CODE, code: 'AMB' },
    subject: { reference: patient },
  });
  const duty = (practitioner: string) => ({
    resourceType: 'Schedule',
    active: true,
    actor: [{ reference: practitioner }],
    planningHorizon: { start: '2020-01-01T00:00:00Z', end: '2040-01-01T00:00:00Z' },
  });

  test('is let in nowhere by a care team, visit, appointment or duty of her own making; a colleague is, by what she wrote', async () => {
    const curious = await staff('doctor');
    const patient = await ownPatient(curious);
    const { Observation, sensitive } = world.victim;
    const entry = (resource: { resourceType: string }) => ({
      resource,
      request: { method: 'POST', url: resource.resourceType },
    });
    const wrote = [
      await curious.send('POST', '/CareTeam', team(patient, curious.practitioner) as never),
      await curious.send('POST', '', {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [entry(visit(patient)), entry(duty(curious.practitioner))],
      } as never),
      await curious.send('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [entry(appointmentFor(patient)), entry(team(patient, curious.practitioner))],
      } as never),
    ];
    for (const { status, text } of wrote) assert.ok([200, 201].includes(status), text);
    // one of somebody else's, for another patient, turned into hers
    const software = fhirClient(world.url, await world.systemToken(OTHER));
    const theirs = await software.send('POST', '/CareTeam', {
      ...team(patient, 'Practitioner/somebody'),
      status: 'proposed',
    } as never);
    const turned = await curious.send('PUT', `/CareTeam/${theirs.body.id}`, {
      ...team(patient, curious.practitioner),
      id: theirs.body.id,
    } as never);
    assert.equal(turned.status, 200, turned.text);
    await until('the care team is known', async () => {
      const rows = await world.owner`
        select 1 from care_relationship where resource in (${`CareTeam/${theirs.body.id}`}, ${`CareTeam/${wrote[0]!.body.id}`})`;
      return rows.length === 2;
    });
    for (const id of [Observation, sensitive])
      assert.equal((await curious.get(`/Observation/${id}`)).status, 404, 'of her own making');
    assert.equal((await curious.get(`/Observation?patient=${patient}&_summary=count`)).body.total, 0);
    const duties = await world.owner`select 1 from duty where practitioner = ${curious.practitioner}`;
    assert.equal(duties.length, 0, 'nobody puts themselves on duty');

    const colleague = await staff('doctor');
    const named = await curious.send('POST', '/CareTeam', team(patient, colleague.practitioner) as never);
    assert.equal(named.status, 201);
    await until('a colleague is let in', async () => {
      return (await colleague.get(`/Observation/${sensitive}`)).status === 200;
    });
    // she opens it as anybody would, with a purpose, and without what is sensitive
    assert.equal((await curious.send('POST', `/${patient}/$open`, opening)).status, 200);
    assert.equal((await curious.get(`/Observation/${Observation}`)).status, 200);
    assert.equal((await curious.get(`/Observation/${sensitive}`)).status, 404);
    const [look] = await world.owner<{ basis: string }[]>`
      select l.basis from access_log l join access_agent a on a.id = l.agent
      where a.subject = ${curious.subject} and l.target = ${`Observation/${Observation}`} and l.outcome = 'success'`;
    assert.equal(look!.basis, 'opening');
  });
});

describe('somebody who works at two hospitals', () => {
  test('is let in at the one by no referral of her own making at the other; a colleague is', async () => {
    const sends = { facility: '79944', facilityName: 'Bệnh viện số 44' };
    const receives = { facility: '79945', facilityName: 'Bệnh viện số 45' };
    const curious = await staff('doctor', sends);
    const patient = await ownPatient(curious);
    const request = await curious.send('POST', '/ServiceRequest', {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: patient },
      performer: [{ type: 'Organization', identifier: { system: FACILITY, value: receives.facility } }],
    } as never);
    assert.equal(request.status, 201, request.text);
    await until('the referral is known', async () => {
      const rows = await world.owner`
        select 1 from care_relationship where resource = ${`ServiceRequest/${request.body.id}`} and kind = 'referral'`;
      return rows.length === 1;
    });
    await world.server.platform.access.addMembership(curious.subject, { ...receives, role: 'doctor' });
    // her next working day is at the other hospital
    await world.server.platform.access.endMembership(curious.subject, sends.facility);
    const there = fhirClient(world.url, await staffToken(world.url, curious.username, PASSWORD));
    const { Observation, sensitive } = world.victim;
    for (const id of [Observation, sensitive])
      assert.equal((await there.get(`/Observation/${id}`)).status, 404, 'of her own making');
    const own = await ownPatient(there);
    const booked = { ...appointmentFor(own), basedOn: [{ reference: `ServiceRequest/${request.body.id}` }] };
    const rests = await there.send('POST', '/Appointment', booked as never);
    assert.equal(rests.status, 201, rests.text);
    await until('the appointment is known', async () => {
      const rows = await world.owner`
        select 1 from care_relationship where resource = ${`Appointment/${rests.body.id}`}`;
      return rows.length === 1;
    });
    assert.equal((await there.get(`/Observation/${Observation}`)).status, 404, 'nor by what rests on it');
    const colleague = await staff('doctor', receives);
    assert.equal(
      (await colleague.get(`/Observation/${Observation}`)).status,
      200,
      'whom another doctor sent',
    );
  });
});

describe('an open stream', () => {
  /** Listens to a chart; `told` what came, `over` once the server has ended it. */
  async function listen(token: string, patient: string) {
    const stop = new AbortController();
    const response = await fetch(`${world.url}/live?patient=Patient/${patient}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: stop.signal,
    });
    assert.equal(response.status, 200);
    const heard = { told: '', over: false, stop: () => stop.abort() };
    void (async () => {
      try {
        for await (const chunk of response.body!) heard.told += Buffer.from(chunk).toString();
      } catch {
        // stopped by the test
      }
      heard.over = true;
    })();
    return heard;
  }
  const moved = async () => {
    const software = fhirClient(world.url, await world.systemToken(VICTIM));
    const answer = await software.send('POST', '/Observation', {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: `Patient/${world.victim.Patient}` },
    });
    assert.equal(answer.status, 201);
  };

  test('tells nothing more once what opened the record has ended, the software was shut out, or the session is over', async () => {
    const { access } = world.server.platform;
    const place = { facility: '79941', facilityName: 'Bệnh viện số 41' };
    const doctor = await staff('doctor', place);
    const { clientId, clientSecret } = await access.createClient({ name: 'HIS', ...place });
    const granted = await fetch(`${world.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await granted.json()) as { access_token: string };
    const software = { token, ...fhirClient(world.url, token) };
    const patient = world.victim.Patient;
    for (const who of [doctor, software])
      assert.equal((await who.send('POST', `/Patient/${patient}/$open`, opening)).status, 200);
    const [ended, shutOut, own] = [
      await listen(doctor.token, patient),
      await listen(software.token, patient),
      await listen(world.doctorToken, patient),
    ];
    await moved();
    for (const heard of [ended, shutOut, own])
      await until('the open stream is told', () => heard.told.includes('event: chart'));
    const sofar = [ended.told, shutOut.told];
    await world.owner`update opening set until = now() where subject = ${doctor.subject}`;
    await deactivateClient(world.owner, clientId);
    await until('the token is refused', async () => (await software.get('/Organization')).status === 401);
    await moved();
    await until('who may is told', () => own.told.split('event: chart').length > 2);
    await until('both streams end', () => ended.over && shutOut.over);
    assert.deepEqual([ended.told, shutOut.told], sofar);
    const denied = await world.owner`
      select 1 from access_log l join access_agent a on a.id = l.agent where a.subject = ${doctor.subject} and l.outcome = 'denied'`;
    assert.equal(denied.length, 0, 'a stream that ends is no attempt of anybody');
    assert.equal(own.over, false);
    const signOut = await fetch(`${world.url}/oauth/session/lock`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.doctorToken}` },
    });
    assert.equal(signOut.status, 200);
    await until('the stream of a locked session ends', () => own.over);
    own.stop();
  });
});

describe('a resigned nurse', () => {
  test('enters by no passkey, which opened the door the day before', async () => {
    const nurse = await staff('nurse', { facility: '79942', facilityName: 'Bệnh viện số 42' });
    const passkey = await heldPasskey(world.owner, nurse.subject);
    const enter = async () => {
      const visitor = browser();
      const { location } = await visitor.follow(
        authorizationRequest(world.url, 'clinic').url,
        `${world.url}/sign-in`,
      );
      return enterByPasskey(world.url, visitor, new URL(location).searchParams.get('uid')!, passkey);
    };
    const before = await enter();
    assert.equal(before.status, 200, await before.text());
    await world.server.platform.access.endMembership(nurse.subject, '79942');
    const afterwards = await enter();
    assert.equal(afterwards.status, 403);
    assert.ok(!(await afterwards.text()).includes('redirectTo'));
    await until('her token is refused', async () => (await nurse.get('/Organization')).status === 401);
    const [row] = await world.owner<{ n: number }[]>`
      select count(*)::int as n from access_log l join access_agent a on a.id = l.agent
      where a.subject = ${nurse.subject} and l.action = 'sign-in' and l.outcome = 'denied'`;
    assert.ok(row!.n > 0, 'and it stands in the log');
  });
});

describe('whoever has a link or a code that the person gave', () => {
  const asCitizen = async () => fhirClient(world.url, await citizenToken(world.url, NUMBER, PASSWORD));
  const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter }) as never;

  /** A health link with the passcode 246810; its address and id. */
  async function link() {
    const made = await (
      await asCitizen()
    ).send(
      'POST',
      `/Patient/${world.victim.Patient}/$health-link`,
      parameters({ name: 'passcode', valueString: '246810' }, { name: 'hours', valueInteger: 1 }),
    );
    assert.equal(made.status, 201, made.text);
    const part = (name: string) =>
      made.body.parameter!.find((one) => one.name === name) as Record<string, string> | undefined;
    const payload = part('url')!['valueUri']!.split('shlink:/')[1]!;
    const { url } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { url: string };
    return { url, id: part('link')!['valueString']! };
  }
  const open = async (url: string, passcode: string, recipient = 'Phòng khám') => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ recipient, passcode }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const absent = async () => open(`${world.url}/shl/${'A'.repeat(43)}`, '246810');

  test('opens nothing after its end, after it was withdrawn, and after five wrong passcodes however fast they came', async () => {
    const gone = await absent();
    assert.equal(gone.status, 404);
    const [late, withdrawn, guessed] = [await link(), await link(), await link()];
    for (const disguised of [
      '',
      ' ',
      'Bệnh viện\u202eiaM hcạB',
      'A\nB',
      'A\u200bB',
      'A\u0000',
      'x'.repeat(121),
    ])
      assert.equal((await open(late.url, '246810', disguised)).status, 422, JSON.stringify(disguised));
    assert.equal((await open(late.url, '246810')).status, 200);
    await world.owner`update health_link set until = now() - interval '1 second' where id = ${late.id}`;
    const revoke = parameters({ name: 'link', valueString: withdrawn.id });
    const revoked = await (
      await asCitizen()
    ).send('POST', `/Patient/${world.victim.Patient}/$revoke-health-link`, revoke);
    assert.equal(revoked.status, 200, revoked.text);
    const tries = await Promise.all(
      Array.from({ length: 9 }, (_, n) => open(guessed.url, String(100_000 + n))),
    );
    assert.equal(tries.filter(({ status }) => status === 401).length, 5);
    assert.ok(tries.every(({ status, text }) => status !== 200 && !text.includes('embedded')));
    for (const { url } of [late, withdrawn, guessed])
      assert.deepEqual(await open(url, '246810'), gone, 'as a link that nobody made');
  });

  test('redeems no share after it was taken back or its time is over, and guesses none', async () => {
    const doctor = await staff('doctor', { facility: '79943', facilityName: 'Bệnh viện số 43' });
    const citizen = await asCitizen();
    const { Patient, Observation } = world.victim;
    const share = async () => {
      const made = await citizen.send(
        'POST',
        `/Patient/${Patient}/$share`,
        parameters({ name: 'hours', valueInteger: 1 }),
      );
      assert.ok([200, 201].includes(made.status), made.text);
      const value = (name: string) =>
        Object.entries(made.body.parameter!.find((one) => one.name === name) ?? {}).find(([key]) =>
          key.startsWith('value'),
        )?.[1] as never;
      const consent = value('consent') as { reference: string };
      return { code: value('code') as string, consent: consent.reference };
    };
    const redeem = (code: string) =>
      doctor.send('POST', '/$redeem', parameters({ name: 'code', valueString: code }));
    const never = await redeem('AAAAA-AAAAA');
    const good = await share();
    assert.equal((await redeem(good.code)).status, 200);
    assert.equal((await doctor.get(`/Observation/${Observation}`)).status, 200);
    const consent = (await citizen.get(`/${good.consent}`)).body;
    const taken = await citizen.send('PUT', `/${good.consent}`, { ...consent, status: 'inactive' } as never);
    assert.equal(taken.status, 200, taken.text);
    assert.equal(
      (await doctor.get(`/Observation/${Observation}`)).status,
      404,
      'at once, under the redeemed code too',
    );
    const again = await redeem(good.code);
    const over = await share();
    await world.owner`update directive set until = now() where effect = 'share'`;
    const late = await redeem(over.code);
    for (const answer of [again, late])
      assert.deepEqual(
        [answer.status, answer.text],
        [never.status, never.text],
        'as a code that nobody gave',
      );
    assert.ok(never.status >= 400 && never.status < 500);
    const guesses = await Promise.all(Array.from({ length: 60 }, () => redeem('BBBBB-BBBBB')));
    assert.ok(
      guesses.some(({ status }) => status === 429),
      'guessing is stopped',
    );
  });
});
