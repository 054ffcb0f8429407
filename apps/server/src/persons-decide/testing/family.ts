import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ACT_CODE, mrn, PERSON } from '@yba/vietnam';
import { fhirClient, type FhirClient } from '../../testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from '../../testing/platform.ts';
import { citizenToken, staffToken } from '../../testing/sign-in.ts';
import { BACH_MAI, CHO_RAY } from '../../testing/two-hospitals.ts';
import { privacyConsent } from '../../testing/privacy-consent.ts';

export const MOTHER = '001185012345';
export const OTHER = '079200000001';
export const CHILD = '001222000001';
const FIRST_LEVEL = '001190000001';
export const PASSWORD = 'mot mat khau dai';
/** When the child was born, who is five. */
export const BORN = `${new Date().getUTCFullYear() - 5}-03-02`;
/** Everything there is of the mother, or the child, as `seen` names it. */
export const ALL = ['result', 'hiv', 'condition'];

const STAFF = {
  'bm.doctor': { role: 'doctor', ...BACH_MAI },
  'bm.exhusband': { role: 'doctor', ...BACH_MAI },
  'bm.nurse': { role: 'nurse', department: 'K08', ...BACH_MAI },
  'bm.identity': { role: 'identity-officer', ...BACH_MAI },
  'cr.doctor': { role: 'doctor', ...CHO_RAY },
  'cr.colleague': { role: 'doctor', ...CHO_RAY },
  'cr.identity': { role: 'identity-officer', ...CHO_RAY },
  'cr.privacy': { role: 'privacy-officer', ...CHO_RAY },
  'bm.privacy': { role: 'privacy-officer', ...BACH_MAI },
} as const;

const CITIZENS = {
  mother: { nationalId: MOTHER, name: 'Nguyễn Thị Mai', birthDate: '1985-03-02' },
  other: { nationalId: OTHER, name: 'Người Khác', birthDate: '2000-01-01' },
  child: { nationalId: CHILD, name: 'Bé An', birthDate: BORN },
  'level 1': { nationalId: FIRST_LEVEL, name: 'Trần Văn Một', birthDate: '1990-01-01', level: 1 },
} as const;

type Who = keyof typeof STAFF | keyof typeof CITIZENS;

export type Part = { name: string; part?: Part[]; [value: string]: unknown };

export const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });

/** By which papers the mother answers for the child, at the desk. */
export const papers = (...more: object[]) =>
  parameters(
    { name: 'number', valueString: MOTHER },
    { name: 'relation', valueCode: 'mother' },
    { name: 'basis', valueString: 'Giấy khai sinh 123/2021' },
    ...more,
  );

export const opening = (code: string, reason?: string) =>
  parameters(
    { name: 'purpose', valueCoding: { code } },
    ...(reason ? [{ name: 'reason', valueString: reason }] : []),
  );

export const parts = (body: unknown) => ((body as { parameter?: Part[] }).parameter ?? []) as Part[];

export const value = (body: unknown, name: string) => {
  const found = parts(body).find((part) => part.name === name);
  return Object.entries(found ?? {}).find(([key]) => key.startsWith('value'))?.[1];
};

/** Those whom most is decided about. */
export const MOST = [
  'bm.doctor',
  'bm.exhusband',
  'bm.nurse',
  'bm.identity',
  'cr.doctor',
  'cr.colleague',
  'bm.privacy',
  'mother',
  'other',
  'child',
] as const;

/**
 * A mother and her child, and two others, whose records lie at Bạch Mai; who asks for them there and at Chợ Rẫy. A
 * platform of their own runs while the tests of the suite that calls do, with those signed in who are named, and the
 * software of both hospitals (`bm.system`, `cr.system`).
 */
export function aFamily(...signedIn: Who[]) {
  let server: TestPlatform;
  /** Whoever has signed in, by name. */
  const callers = new Map<string, FhirClient>();
  /** Of staff, by username. */
  const accounts = new Map<string, string>();
  /** Of Patients: `mother`, `child`, `other` and `first` (an account of level 1); of what is about the first two: `mother.result`. */
  const ids: Record<string, string> = {};
  const as = (who: string) => callers.get(who)!;
  const send = (who: string, path: string, body: object) => as(who).send('POST', path, body);

  before(async () => {
    server = await startPlatform({ demo: true });
    await signInStaff();
    for (const [prefix, { facility, facilityName }] of [
      ['bm', BACH_MAI],
      ['cr', CHO_RAY],
    ] as const)
      callers.set(
        `${prefix}.system`,
        fhirClient(server.url, await server.facilityToken(facility, facilityName)),
      );
    await fileRecords();
    await signInCitizens();
  });
  after(() => server.stop());

  async function signInStaff(): Promise<void> {
    for (const [username, at] of Object.entries(STAFF)) {
      if (!signedIn.includes(username as Who)) continue;
      const account = { username, name: username, password: PASSWORD, ...at };
      accounts.set(username, await server.platform.access.createAccount(account));
      callers.set(
        username,
        fhirClient(server.url, await staffToken(server.url, username, PASSWORD, 'clinic')),
      );
    }
  }

  async function fileRecords(): Promise<void> {
    const create = async (resource: { resourceType: string }) => {
      const answer = await send('bm.system', `/${resource.resourceType}`, resource);
      assert.equal(answer.status, 201, answer.text);
      return answer.body.id!;
    };
    const person = (number: string, name: string, birthDate: string) =>
      create({
        resourceType: 'Patient',
        identifier: [
          { system: PERSON, value: number },
          { system: mrn(BACH_MAI.facility), value: number },
        ],
        name: [{ text: name }],
        birthDate,
      } as never);
    ids.mother = await person(MOTHER, 'Nguyễn Thị Mai', '1985-03-02');
    ids.first = await person(FIRST_LEVEL, 'Trần Văn Một', '1990-01-01');
    ids.other = await person(OTHER, 'Người Khác', '2000-01-01');
    ids.child = await person(CHILD, 'Bé An', BORN);
    for (const owner of ['mother', 'child']) {
      const subject = { reference: `Patient/${ids[owner]}` };
      const about = (text: string, more = {}) =>
        create({ resourceType: 'Observation', status: 'final', subject, code: { text }, ...more } as never);
      ids[`${owner}.result`] = await about('Đường huyết');
      ids[`${owner}.hiv`] = await about('HIV', { meta: { security: [{ system: ACT_CODE, code: 'HIV' }] } });
      ids[`${owner}.condition`] = await create({
        resourceType: 'Condition',
        subject,
        code: { text: 'Viêm họng' },
      } as never);
    }
  }

  async function signInCitizens(): Promise<void> {
    const citizens = Object.values(CITIZENS);
    await server.platform.book!.addVneidCitizens(
      citizens.map((citizen) => ({ ...citizen, password: PASSWORD })),
    );
    for (const [who, { nationalId }] of Object.entries(CITIZENS))
      if (signedIn.includes(who as Who))
        callers.set(who, fhirClient(server.url, await citizenToken(server.url, nationalId, PASSWORD)));
  }

  const consent = (provision: object, patient = ids.mother, more = {}) =>
    privacyConsent(`Patient/${patient}`, provision, more);

  /** Decides so; gives what takes it back. */
  async function decided(who: string, provision: object, patient = ids.mother): Promise<() => Promise<void>> {
    const answer = await send(who, '/Consent', consent(provision, patient));
    assert.equal(answer.status, 201, answer.text);
    return async () => {
      const back = await as(who).send('PUT', `/Consent/${answer.body.id}`, {
        ...consent(provision, patient),
        id: answer.body.id,
        status: 'inactive',
      });
      assert.equal(back.status, 200, back.text);
    };
  }

  /** Which rows a caller sees of the mother (or the child), by every kind of request; the ways must agree. */
  async function seen(who: string, owner = 'mother'): Promise<string[]> {
    const names = ['result', 'hiv', 'condition'];
    const reads: string[] = [];
    for (const name of names) {
      const type = name === 'condition' ? 'Condition' : 'Observation';
      const { status } = await as(who).get(`/${type}/${ids[`${owner}.${name}`]}`);
      assert.ok([200, 404].includes(status), `${who} ${name}: ${status}`);
      if (status === 200) reads.push(name);
    }
    const listed: string[] = [];
    for (const type of ['Observation', 'Condition']) {
      const { text } = await as(who).get(`/${type}?patient=Patient/${ids[owner]}`);
      for (const name of names) if (text.includes(`"id":"${ids[`${owner}.${name}`]}"`)) listed.push(name);
      const { body } = await as(who).get(`/${type}?patient=Patient/${ids[owner]}&_summary=count`);
      assert.equal(
        body.total,
        listed.filter((name) => (name === 'condition') === (type === 'Condition')).length,
        `${who} count of ${type}`,
      );
    }
    assert.deepEqual(listed.toSorted(), reads.toSorted(), `${who} search and read`);
    return reads;
  }

  /** Software with the user at its screen named by the header, once the feed has told that they work there. */
  async function behindOf(system: string, user: string): Promise<FhirClient> {
    const { get, send: sent } = as(system);
    const named = { 'on-behalf-of': user };
    let status = 0;
    for (let tries = 0; tries < 200 && status !== 200; tries++) {
      if (tries > 0) await sleep(50);
      ({ status } = await get('/Practitioner?_count=1', named));
    }
    assert.equal(status, 200, user);
    return {
      get: (path) => get(path, named),
      send: (method, path, body) => sent(method, path, body, named),
    };
  }

  return {
    get server() {
      return server;
    },
    callers,
    accounts,
    ids,
    as,
    send,
    consent,
    decided,
    seen,
    behindOf,
  };
}
