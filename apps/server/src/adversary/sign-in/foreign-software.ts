import { randomUUID } from 'node:crypto';
import { ecSigned, hmacSigned, ownKey, unsigned } from '../forge.ts';
import { VICTIM } from '../world.ts';
import { DOCTOR, refused, tokenRequest, type SignInAttempt } from './attempt.ts';

/** What is tried by the software of another hospital. */
export const BY_FOREIGN_SOFTWARE: readonly SignInAttempt[] = [
  {
    attacker: "another hospital's software",
    goal: 'a token by a grant it has not, or another’s secret',
    async attack(world) {
      const place = { facility: '79921', facilityName: 'Bệnh viện số 21' };
      const { clientId, clientSecret } = await world.server.platform.access.createClient({
        name: 'HIS',
        ...place,
        scope: 'system/Patient.rs',
      });
      const own = { client_id: clientId, client_secret: clientSecret };
      const faults: string[] = [];
      const wrong: Record<string, string>[] = [
        { ...own, client_secret: randomUUID(), grant_type: 'client_credentials' },
        { client_id: clientId, grant_type: 'client_credentials' },
        { ...own, client_id: "x' or '1'='1", grant_type: 'client_credentials' },
        { ...own, client_id: 'yba-clinic', grant_type: 'client_credentials' },
        { client_id: 'yba-clinic', grant_type: 'client_credentials' },
        { ...own, grant_type: 'password', username: DOCTOR.username, password: DOCTOR.password },
        { ...own, grant_type: 'refresh_token', refresh_token: world.nurse.refresh_token },
        { ...own, grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: world.doctorToken },
        {
          ...own,
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: world.doctorToken,
        },
        { ...own, grant_type: 'client_credentials', scope: 'system/*.cruds' },
        { ...own, grant_type: 'client_credentials', resource: 'https://evil.example' },
      ];
      for (const form of wrong)
        faults.push(
          ...refused(JSON.stringify({ ...form, client_secret: '…' }), await tokenRequest(world, form)),
        );
      return faults;
    },
  },
  {
    attacker: "another hospital's software",
    goal: 'a token by a forged assertion, or one that says it is somebody else',
    async attack(world) {
      const own = ownKey();
      const id = `assert-${randomUUID()}`;
      await world.server.platform.access.registerClient({
        id,
        name: 'HIS',
        facility: '79923',
        facilityName: 'Bệnh viện số 23',
        scope: 'system/*.rs',
        proof: {
          method: 'private_key_jwt',
          keys: { jwks: { keys: [{ ...own.jwk, kid: 'own', alg: 'ES256' }] } },
        },
      });
      const claims = (more: object = {}) => {
        const now = Math.floor(Date.now() / 1000);
        return {
          iss: id,
          sub: id,
          aud: `${world.url}/oauth/token`,
          jti: randomUUID(),
          iat: now,
          exp: now + 60,
          ...more,
        };
      };
      const ask = (client_assertion: string, more: Record<string, string> = {}) =>
        tokenRequest(world, {
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion,
          ...more,
        });
      const header = { alg: 'ES256', kid: 'own' };
      const publicJwk = JSON.stringify(own.jwk);
      const stranger = ownKey();
      const facility = (code: string) => ({
        extensions: {
          'hl7-b2b': {
            version: '1',
            organization_id: `https://yba.vn/fhir/sid/facility|${code}`,
            purpose_of_use: ['TREAT'],
          },
        },
      });
      const once = ecSigned(header, claims(), own.key);
      const good = await ask(once);
      const forged: Record<string, string> = {
        none: unsigned({ ...header, alg: 'none' }, claims()),
        nOnE: unsigned({ ...header, alg: 'nOnE' }, claims()),
        'HS256 with the public key': hmacSigned({ ...header, alg: 'HS256' }, claims(), publicJwk),
        'HS384 with nothing': hmacSigned({ ...header, alg: 'HS384' }, claims(), ''),
        'a key in the header': ecSigned({ ...header, jwk: stranger.jwk }, claims(), stranger.key),
        'a key set at an address': ecSigned(
          { ...header, kid: 'x', jku: `${world.lure.url}/jwks` },
          claims(),
          stranger.key,
        ),
        'a certificate at an address': ecSigned(
          { ...header, kid: 'x', x5u: `${world.lure.url}/x5u` },
          claims(),
          stranger.key,
        ),
        'a kid that is a path': hmacSigned({ alg: 'HS256', kid: '../../../../dev/null' }, claims(), ''),
        'a kid that is SQL': ecSigned({ ...header, kid: "x' or '1'='1" }, claims(), stranger.key),
        'a header it must understand': ecSigned({ ...header, crit: ['b64'], b64: false }, claims(), own.key),
        'the same once more': once,
        'another client': ecSigned(header, claims({ iss: 'yba-clinic', sub: 'yba-clinic' }), own.key),
        'the victim’s hospital in its extensions': ecSigned(
          header,
          claims(facility(VICTIM.facility)),
          own.key,
        ),
        'another audience': ecSigned(header, claims({ aud: 'https://evil.example/token' }), own.key),
        'two audiences': ecSigned(
          header,
          claims({ aud: [`${world.url}/oauth/token`, 'https://evil.example'] }),
          own.key,
        ),
        'not yet': ecSigned(header, claims({ nbf: Math.floor(Date.now() / 1000) + 3600 }), own.key),
      };
      const faults = good.status === 200 ? [] : [`the owner got no token: ${good.tokens.error}`];
      for (const [what, assertion] of Object.entries(forged))
        faults.push(...refused(what, await ask(assertion)));
      return faults;
    },
  },
  {
    attacker: "another hospital's software",
    goal: 'to have the server fetch an address inside',
    async attack(world) {
      const faults: string[] = [];
      const inside = [
        'http://169.254.169.254/latest',
        'https://localhost:1/keys',
        'https://[::ffff:127.0.0.1]:1/keys',
      ];
      for (const url of [`${world.lure.url}/keys`, ...inside]) {
        const id = `ssrf-${randomUUID()}`;
        await world.server.platform.access
          .registerClient({
            id,
            name: 'HIS',
            facility: '79922',
            facilityName: 'Bệnh viện số 22',
            scope: 'system/*.rs',
            proof: { method: 'private_key_jwt', keys: { jwksUri: url } },
          })
          .catch(() => undefined); // refused at once is as good
        const now = Math.floor(Date.now() / 1000);
        const assertion = ecSigned(
          { alg: 'ES256', kid: 'own' },
          { iss: id, sub: id, aud: world.url, jti: randomUUID(), iat: now, exp: now + 60 },
          ownKey().key,
        );
        const asked = await tokenRequest(world, {
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion,
        });
        faults.push(...refused(url, asked));
      }
      return world.lure.asked() > 0 ? [...faults, 'the attacker’s server was asked'] : faults;
    },
  },
];
