import { createServer } from 'node:http';
import { createHash, createPrivateKey, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { providerKeys, type Licence } from '@yba/access';
import { connect, openSecrets, SECRET_KEY_FILE, type Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { ACT_CODE, mrn, PERSON } from '@yba/vietnam';
import { fhirClient } from '../testing/fhir-client.ts';
import { startPlatform, type TestPlatform } from '../testing/platform.ts';
import { citizenToken, signInTokens, staffToken } from '../testing/sign-in.ts';
import { pemOf, type Jwk } from './forge.ts';
import { privacyConsent } from '../testing/privacy-consent.ts';

/** The hospital whose records are wanted, and the one most attackers belong to. */
export const VICTIM = { facility: '01901', facilityName: 'Bệnh viện Bạch Mai' };
export const OTHER = { facility: '79901', facilityName: 'Bệnh viện Chợ Rẫy' };

/** The national number of whom the victim let see her record, for a while that is over. */
export const DELEGATE = '079200000002';

/** The national number of the victim's mother, whose right ended when the child came of age. */
export const PARENT = '001160000003';

/** What must never be in an answer to an attacker. */
export const NAME = 'Nguyễn Thị Bích Hoa';
export const NUMBER = '001185012345';
export const RECORD_NUMBER = 'BN-4711';
export const SECRET = 'Kết quả riêng tư';
export const SENSITIVE = 'Kết quả nhạy cảm';
const MARKERS = [NAME, 'Bích Hoa', RECORD_NUMBER, SECRET, SENSITIVE, 'Lê Trọng Tấn'];

export const PASSWORD = 'mot mat khau that dai';

/** Ids of the victim's resources by type, as the attacker may have learnt them. */
export type Victim = Readonly<
  Record<'Patient' | 'Encounter' | 'Observation' | 'Condition' | 'DocumentReference' | 'Binary', string>
> & {
  /** The observation that carries a label of sensitivity. */
  sensitive: string;
  /** An entry of the access log that tells of the victim. */
  AuditEvent: string;
};

/** One request of an attacker. */
export type Attempt = {
  method: string;
  /** Below the FHIR base. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
};

/** What came of it. */
export type Outcome = { status: number; text: string; headers: Headers; requestId: string };

/** One line of the server's log of requests. */
export type LogLine = { request?: string; status?: number; issue?: string; role?: string; route?: string };

/** The stage: a running platform, a hospital with a patient, and everybody who should not see her. */
export type World = {
  server: TestPlatform;
  url: string;
  owner: Sql;
  victim: Victim;
  /** The server's own signing key, as only its host has it, and its public half. */
  keys: { privateKey: ReturnType<typeof createPrivateKey>; publicJwk: Jwk; publicPem: string };
  /** A token of the victim's own doctor: what forgeries are made from. */
  doctorToken: string;
  /** The whole answer of the token endpoint to the resigned nurse, when she still worked there. */
  nurse: { access_token: string; refresh_token: string; id_token: string };
  tokenOf(role: string, place: typeof VICTIM | undefined): Promise<string>;
  /** Of a doctor of the victim's own hospital whose licence to practise has expired. */
  lapsedToken(): Promise<string>;
  systemToken(place: typeof VICTIM): Promise<string>;
  citizen(number: string): Promise<string>;
  /** A server of the attacker's: how often it was asked, and where it is. */
  lure: { url: string; asked: () => number };
  /** Sends one attempt with these headers; every one has a request id of its own. */
  send(headers: Record<string, string>, attempt: Attempt): Promise<Outcome>;
  /** Which of these requests stand in the access log. */
  inAccessLog(requestIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** The lines of the server's log. */
  lines(): readonly LogLine[];
  /** What the victim's hospital has stored, as a hash: an attempt that changes it has succeeded. */
  state(): Promise<string>;
  /** The markers of the victim in a text. */
  markersIn(text: string): string[];
  stop(): Promise<void>;
};

/** Builds the stage. */
export async function startWorld({ webRoot }: { webRoot?: string } = {}): Promise<World> {
  const written: LogLine[] = [];
  const server = await startPlatform({
    demo: true,
    ...(webRoot ? { config: { webRoot } } : {}),
    log: { level: 'info', lines: { write: (line) => void written.push(JSON.parse(line) as LogLine) } },
  });
  const { url } = server;
  const owner = connect(server.databaseUrl, { max: 2 });
  const { access, book } = server.platform;
  const lure = await startLure();

  const account = async (
    role: string,
    place: typeof VICTIM | undefined,
    username = `${role}.${place?.facility ?? 'none'}`,
    licence?: Licence,
  ) => {
    const subject = await access.createAccount({
      username,
      password: PASSWORD,
      role: role as 'doctor',
      name: `${role} ${place?.facilityName ?? ''}`,
      ...place,
      ...(licence ? { licence } : {}),
    });
    return { username, subject };
  };
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (role: string, place: typeof VICTIM | undefined) => {
    const key = `${role} ${place?.facility}`;
    const known = tokens.get(key);
    if (known) return known;
    const made = account(role, place).then(({ username }) =>
      staffToken(url, username, PASSWORD, role === 'ministry' ? 'command' : 'clinic'),
    );
    tokens.set(key, made);
    return made;
  };
  const systemToken = (place: typeof VICTIM) => {
    const key = `system ${place.facility}`;
    const known = tokens.get(key) ?? server.facilityToken(place.facility, place.facilityName);
    tokens.set(key, known);
    return known;
  };

  const licence = { number: '000321/HNO-GPHN', validUntil: '2020-01-01' };
  const lapsedToken = account('doctor', VICTIM, 'lapsed.doctor', licence).then(({ username }) =>
    staffToken(url, username, PASSWORD),
  );

  const victim = await storeVictim(url, await systemToken(VICTIM), owner);
  await book!.addVneidCitizens([
    { nationalId: NUMBER, name: NAME, birthDate: '1985-03-02', password: PASSWORD },
    { nationalId: '079200000001', name: 'Người khác', birthDate: '2000-01-01', password: PASSWORD },
    { nationalId: DELEGATE, name: 'Người được nhờ', birthDate: '2000-01-01', password: PASSWORD },
    { nationalId: PARENT, name: 'Mẹ của con đã lớn', birthDate: '1960-01-01', password: PASSWORD },
  ]);
  await delegated(url, victim.Patient, await citizenToken(url, NUMBER, PASSWORD), owner);
  await recordedAsMother(owner);
  const doctorToken = await tokenOf('doctor', VICTIM);
  const resigned = await account('nurse', VICTIM);
  const nurse = await signInTokens(url, resigned.username, PASSWORD, 'clinic', {
    scope: 'openid profile fhirUser offline_access user/*.cruds',
  });
  await access.endMembership(resigned.subject, VICTIM.facility);

  const { signing } = await providerKeys(
    owner,
    await openSecrets(owner, join(server.dataDir, SECRET_KEY_FILE)),
    'yba',
  );
  const { d: _, ...publicJwk } = signing as Jwk & { d?: string };
  return {
    server,
    url,
    owner,
    victim,
    keys: {
      privateKey: createPrivateKey({ key: signing as never, format: 'jwk' }),
      publicJwk,
      publicPem: pemOf(publicJwk),
    },
    doctorToken,
    nurse,
    tokenOf,
    lapsedToken: () => lapsedToken,
    systemToken,
    citizen: (number) => citizenToken(url, number, PASSWORD),
    lure,
    async send(headers, { method, path, body, headers: more }) {
      const requestId = randomUUID();
      const response = await fetch(`${url}/fhir${path}`, {
        method,
        redirect: 'manual',
        headers: {
          'content-type': 'application/fhir+json',
          ...headers,
          ...more,
          'x-request-id': requestId,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return {
        status: response.status,
        text: await response.text(),
        headers: response.headers,
        requestId,
      };
    },
    async inAccessLog(requestIds) {
      const rows = await owner<{ request: string }[]>`
        select distinct request from access_log where request = any(${requestIds as string[]})`;
      return new Set(rows.map(({ request }) => request));
    },
    lines: () => written,
    state: () => stateOf(owner),
    markersIn: (text) => MARKERS.filter((marker) => text.includes(marker)),
    async stop() {
      lure.stop();
      await owner.end();
      await server.stop();
    },
  };
}

/** A person of the victim's hospital with a visit, results, a labelled result and a document. */
async function storeVictim(url: string, token: string, owner: Sql): Promise<Victim> {
  const client = fhirClient(url, token);
  const create = async (resource: Record<string, unknown>) => {
    const answer = await client.send('POST', `/${String(resource['resourceType'])}`, resource);
    if (answer.status !== 201) throw new Error(`${String(resource['resourceType'])}: ${answer.text}`);
    return answer.body.id!;
  };
  const Patient = await create({
    resourceType: 'Patient',
    identifier: [
      { system: PERSON, value: NUMBER },
      { system: mrn(VICTIM.facility), value: RECORD_NUMBER },
    ],
    name: [{ text: NAME }],
    gender: 'female',
    birthDate: '1985-03-02',
    telecom: [{ system: 'phone', value: '0912345678' }],
    address: [{ text: '12 Lê Trọng Tấn, Hà Nội' }],
  });
  await create({
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: DELEGATE }],
    name: [{ text: 'Người được nhờ' }],
  });
  await create({
    resourceType: 'Patient',
    identifier: [{ system: PERSON, value: PARENT }],
    name: [{ text: 'Mẹ của con đã lớn' }],
  });
  const subject = { reference: `Patient/${Patient}` };
  const Encounter = await create({
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: ACT_CODE, code: 'AMB' },
    subject,
    reasonCode: [{ text: SECRET }],
  });
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    subject,
    encounter: { reference: `Encounter/${Encounter}` },
  };
  const coding = [{ system: 'https://yba.vn/fhir/CodeSystem/test', code: 'GLU' }];
  const Observation = await create({ ...observation, code: { coding, text: SECRET } });
  const sensitive = await create({
    ...observation,
    code: { coding, text: SENSITIVE },
    meta: { security: [{ system: ACT_CODE, code: 'HIV' }] },
  });
  const Condition = await create({ resourceType: 'Condition', subject, code: { text: SECRET } });
  const Binary = await create({
    resourceType: 'Binary',
    contentType: 'text/plain',
    securityContext: subject,
    data: Buffer.from(SECRET).toString('base64'),
  });
  const DocumentReference = await create({
    resourceType: 'DocumentReference',
    status: 'current',
    subject,
    content: [{ attachment: { title: SECRET, url: `Binary/${Binary}` } }],
  });
  const [look] = await owner<{ at: Date; id: number }[]>`
    select at, id from access_log where person is not null order by at limit 1`;
  const AuditEvent = `${look!.at.getTime().toString(36)}-${Number(look!.id).toString(36)}`;
  return {
    Patient,
    Encounter,
    Observation,
    sensitive,
    Condition,
    DocumentReference,
    Binary,
    AuditEvent,
  };
}

/** The victim lets somebody see her record, and the time for it ends. */
async function delegated(url: string, patient: string, token: string, owner: Sql): Promise<void> {
  const answer = await fhirClient(url, token).send(
    'POST',
    '/Consent',
    privacyConsent(`Patient/${patient}`, {
      type: 'permit',
      period: { end: new Date(Date.now() + 3_600_000).toISOString() },
      actor: [
        {
          role: { coding: [{ code: 'DELEGATEE' }] },
          reference: { identifier: { system: PERSON, value: DELEGATE } },
        },
      ],
    }),
  );
  if (answer.status !== 201) throw new Error(`the victim could not delegate: ${answer.text}`);
  await owner`update directive set until = now() where delegate is not null`;
}

/** As an identity officer recorded it when the victim was a child: it has no end of its own, the age ends it. */
async function recordedAsMother(owner: Sql): Promise<void> {
  await owner`
    insert into directive (consent, person, effect, audience, delegate, relation, born, copies, acts, since)
    select 'Consent/of-a-child', child.person, 'delegate', 'citizen', mother.person, 'guardian', '1985-03-02', true, true, '2000-01-01'
    from person_identifier child, person_identifier mother where child.value = ${NUMBER} and mother.value = ${PARENT}`;
}

/** Everything the victim's hospital has in the store, all versions, and whom it knows. */
async function stateOf(owner: Sql): Promise<string> {
  const facility = facilityNumber(VICTIM.facility);
  const [state] = await owner<{ rows: string | null }[]>`
    select string_agg(line, ',' order by line) as rows from (
      select 'r' || id || '/' || version || '/' || deleted as line from resource where facility = ${facility}
      union all select 'h' || id || '/' || version from history where facility = ${facility}
      union all select 'p' || patient || '/' || person from patient_link where facility = ${facility}
      union all select 'o' || patient || subject from opening
      union all select 'c' || patient || resource || facility from care_relationship
    ) lines`;
  return createHash('sha256')
    .update(state!.rows ?? '')
    .digest('hex');
}

/** A web server of the attacker's, which should never be asked for anything. */
async function startLure(): Promise<World['lure'] & { stop(): void }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end('{"keys":[]}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: () => asked, stop: () => void server.close() };
}
