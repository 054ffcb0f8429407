import { hmacSigned, ecSigned, ownKey, partsOf, unsigned } from './forge.ts';
import { facilityNumber } from '@yba/repository';
import { DELEGATE, PARENT, VICTIM, type World } from './world.ts';

/** A hospital for each attacker, so that what one writes is not in another's way. */
const elsewhere = (number: number) => ({
  facility: `7990${number}`,
  facilityName: `Bệnh viện số ${number}`,
});

/** Somebody who wants what is not theirs. */
export type Attacker = {
  name: string;
  /** What they have, told in a sentence for the table of docs/security.md. */
  has: string;
  /** `known`: the server knows who they are, so the refusal stands in the access log under their name. */
  kind: 'known' | 'unknown';
  /** Goals that are within their rights, each with the reason. */
  may?: Readonly<Record<string, string>>;
  /** Patients that are theirs to see: their own. */
  own?: number;
  /** Headers they send. */
  credentials(world: World): Promise<Record<string, string>>;
};

/** Within the duties of those who oversee a place. */
const OVERSEES = {
  'the access log of others': 'they see the looks that their own place made, and no others',
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const staff = (name: string, role: string, place: typeof VICTIM | undefined, has: string): Attacker => ({
  name,
  has,
  kind: 'known',
  credentials: async (world) => bearer(await world.tokenOf(role, place)),
});

/** A token made from that of the victim's own doctor: were it taken, all would be open. */
const forged = (
  name: string,
  has: string,
  make: (world: World, parts: ReturnType<typeof partsOf>) => string,
): Attacker => ({
  name: `forged token: ${name}`,
  has,
  kind: 'unknown',
  credentials: async (world) => bearer(make(world, partsOf(world.doctorToken))),
});

/** Asks for a token as software that signs its assertions, for this purpose. */
async function tokenFor(
  world: World,
  client: { id: string; key: ReturnType<typeof ownKey> },
  place: typeof VICTIM,
  purpose: string,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: client.id,
    sub: client.id,
    aud: `${world.url}/oauth/token`,
    jti: crypto.randomUUID(),
    exp: now + 60,
    extensions: {
      'hl7-b2b': {
        version: '1',
        organization_id: `https://yba.vn/fhir/sid/facility#${place.facility}`,
        purpose_of_use: [purpose],
      },
    },
  };
  const answer = await fetch(claims.aud, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: ecSigned({ alg: 'ES256', kid: 'own' }, claims, client.key.key),
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (!token) throw new Error(`no token for ${purpose}: ${answer.status}`);
  return token;
}

/** Software that opened the record for treatment, and comes with a token for payments. */
async function paymentToken(world: World, place: typeof VICTIM): Promise<string> {
  const client = { id: `his-${crypto.randomUUID()}`, key: ownKey() };
  await world.server.platform.access.registerClient({
    id: client.id,
    name: 'HIS',
    ...place,
    scope: 'system/*.cruds',
    proof: {
      method: 'private_key_jwt',
      keys: { jwks: { keys: [{ ...client.key.jwk, kid: 'own', alg: 'ES256' }] } },
    },
  });
  const treating = bearer(await tokenFor(world, client, place, 'TREAT'));
  const patient = `/Patient/${world.victim.Patient}`;
  const opened = await world.send(treating, {
    method: 'POST',
    path: `${patient}/$open`,
    body: {
      resourceType: 'Parameters',
      parameter: [{ name: 'purpose', valueCoding: { code: 'TREAT' } }],
    },
  });
  const read = await world.send(treating, { method: 'GET', path: patient });
  if (opened.status !== 200 || read.status !== 200) throw new Error('the record was not open for treatment');
  return tokenFor(world, client, place, 'HPAYMT');
}

/** Software that writes a name beside its token: of a doctor of its own to whom the victim was referred by name. */
async function namingADoctor(world: World, place: typeof VICTIM): Promise<Record<string, string>> {
  const software = bearer(await world.systemToken(place));
  const made = await world.send(software, {
    method: 'POST',
    path: '/Practitioner',
    body: { resourceType: 'Practitioner', name: [{ text: 'Bác sĩ được chuyển đến' }] },
  });
  const practitioner = `Practitioner/${(JSON.parse(made.text) as { id: string }).id}`;
  await world.owner`
    insert into care_relationship (patient, facility, kind, member, resource)
    select patient, ${facilityNumber(place.facility)}, 'referral', ${practitioner}, ${`ServiceRequest/${crypto.randomUUID()}`}
    from patient_link where patient = ${world.victim.Patient}`;
  const credentials = { ...software, 'on-behalf-of': practitioner };
  // the feed tells where practitioners work a moment after they are written
  for (let tries = 0; tries < 200; tries++) {
    const { status } = await world.send(credentials, { method: 'GET', path: '/Practitioner?_count=1' });
    if (status === 200) return credentials;
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new Error('the doctor was not known at the facility');
}

/** Everybody who tries. Those who are known stand in the access log by name; the others get 401 and a line in the server's log. */
export const ATTACKERS: readonly Attacker[] = [
  staff(
    "another hospital's doctor",
    'doctor',
    elsewhere(1),
    'a valid account elsewhere, never opened the record',
  ),
  staff("another hospital's nurse", 'nurse', elsewhere(2), 'a valid account elsewhere'),
  staff(
    "another hospital's receptionist",
    'receptionist',
    elsewhere(3),
    'a valid account at a desk elsewhere',
  ),
  {
    ...staff("another hospital's privacy officer", 'privacy-officer', elsewhere(4), 'oversees another place'),
    may: OVERSEES,
  },
  staff(
    "another hospital's identity officer",
    'identity-officer',
    elsewhere(5),
    'compares registrations elsewhere',
  ),
  {
    ...staff(
      "another hospital's administrator",
      'admin',
      elsewhere(6),
      'runs the computers of another place',
    ),
    may: OVERSEES,
  },
  {
    ...staff('own administrator', 'admin', VICTIM, 'runs the computers of the very hospital'),
    may: OVERSEES,
  },
  {
    name: 'resigned nurse',
    has: 'the access token of her last working day at the very hospital, not yet expired',
    kind: 'unknown',
    credentials: async ({ nurse }) => bearer(nurse.access_token),
  },
  {
    name: 'doctor whose licence lapsed',
    has: 'a valid account at the very hospital, and a licence to practise that has expired',
    kind: 'known',
    credentials: async (world) => bearer(await world.lapsedToken()),
  },
  staff('ministry officer', 'ministry', undefined, 'sees figures, not persons'),
  {
    name: 'another citizen',
    has: 'a valid VNeID sign-in of somebody else',
    kind: 'known',
    credentials: async (world) => bearer(await world.citizen('079200000001')),
  },
  {
    name: 'delegate after the end',
    has: 'a valid VNeID sign-in of whom the victim let see her record, for a time that is over',
    kind: 'known',
    own: 1,
    credentials: async (world) => bearer(await world.citizen(DELEGATE)),
  },
  {
    name: 'parent of a child who is of age',
    has: 'a valid VNeID sign-in, and papers of guardianship over the victim that were recorded when she was a child',
    kind: 'known',
    own: 1,
    credentials: async (world) => bearer(await world.citizen(PARENT)),
  },
  {
    name: "another hospital's software",
    has: 'valid client credentials of another facility',
    kind: 'known',
    credentials: async (world) => bearer(await world.systemToken(elsewhere(7))),
  },
  {
    name: "another hospital's software, with a token for payments",
    has: 'the record opened by the very same software for treatment, and a token it asked for with the purpose HPAYMT',
    kind: 'known',
    credentials: async (world) => bearer(await paymentToken(world, elsewhere(8))),
  },
  {
    name: "another hospital's software that names a doctor",
    has: 'client credentials of another facility, and the header On-Behalf-Of with a doctor of that facility to whom the victim was referred',
    kind: 'known',
    credentials: (world) => namingADoctor(world, elsewhere(9)),
  },
  {
    name: 'unauthenticated',
    has: 'nothing',
    kind: 'unknown',
    credentials: async () => ({}),
  },
  forged('alg none', 'a token without a signature', (_world, { header, claims }) =>
    unsigned({ ...header, alg: 'none' }, claims),
  ),
  forged('alg nOnE', 'the same, spelt past a filter', (_world, { header, claims }) =>
    unsigned({ ...header, alg: 'nOnE' }, claims),
  ),
  forged('HS256 with the public key as PEM', 'key confusion', ({ keys }, { header, claims }) =>
    hmacSigned({ ...header, alg: 'HS256' }, claims, keys.publicPem),
  ),
  forged('HS256 with the public key as JWK', 'key confusion', ({ keys }, { header, claims }) =>
    hmacSigned({ ...header, alg: 'HS256' }, claims, JSON.stringify(keys.publicJwk)),
  ),
  forged('ES256 header, HMAC signature', 'key confusion the other way', ({ keys }, { header, claims }) =>
    hmacSigned(header, claims, keys.publicPem),
  ),
  forged("another's key under our kid", 'a key of their own', (_world, { header, claims }) =>
    ecSigned(header, claims, ownKey().key),
  ),
  forged('key in the header (jwk)', 'a key of their own, offered', (_world, { header, claims }) => {
    const own = ownKey();
    return ecSigned({ ...header, jwk: own.jwk }, claims, own.key);
  }),
  forged('key at an address (jku)', 'a key set on their server', ({ lure }, { header, claims }) =>
    ecSigned({ ...header, kid: 'own', jku: `${lure.url}/jwks` }, claims, ownKey().key),
  ),
  forged('key at an address (x5u)', 'a certificate on their server', ({ lure }, { header, claims }) =>
    ecSigned({ ...header, kid: 'own', x5u: `${lure.url}/x5u` }, claims, ownKey().key),
  ),
  forged('kid that is a path', 'a key file everybody knows', (_world, { header, claims }) =>
    hmacSigned({ ...header, alg: 'HS256', kid: '../../../../dev/null' }, claims, ''),
  ),
  forged('kid that is SQL', 'a key from a query', (_world, { header, claims }) =>
    hmacSigned({ ...header, alg: 'HS256', kid: "x' union select 'secret' --" }, claims, 'secret'),
  ),
  forged(
    'other claims under the signature',
    'a real token, altered',
    ({ doctorToken }, { header, claims }) => {
      const altered = unsigned(header, { ...claims, role: 'system' });
      return `${altered}${doctorToken.split('.')[2]}`;
    },
  ),
  forged('wrong issuer', 'the right key, another issuer', ({ keys }, { header, claims }) =>
    ecSigned(header, { ...claims, iss: 'https://evil.example' }, keys.privateKey),
  ),
  forged('wrong audience', 'a token for another service', ({ keys }, { header, claims }) =>
    ecSigned(header, { ...claims, aud: 'https://other.example/fhir' }, keys.privateKey),
  ),
  forged('expired', 'a token of yesterday', ({ keys }, { header, claims }) =>
    ecSigned(header, { ...claims, exp: Math.floor(Date.now() / 1000) - 120 }, keys.privateKey),
  ),
  forged('without an end', 'a token that never expires', ({ keys }, { header, claims }) => {
    const { exp: _, ...endless } = claims;
    return ecSigned(header, endless, keys.privateKey);
  }),
  forged('role of the platform itself', 'the right key, a role nobody has', ({ keys }, { header, claims }) =>
    ecSigned(header, { ...claims, role: 'platform' }, keys.privateKey),
  ),
  forged('ID token in place of an access token', 'what a screen keeps', ({ nurse }) => nurse.id_token),
  forged(
    'refresh token in place of an access token',
    'what a screen keeps',
    ({ nurse }) => nurse.refresh_token,
  ),
];
