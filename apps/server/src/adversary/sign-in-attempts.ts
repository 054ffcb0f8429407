import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  authorizationRequest,
  browser,
  exchange,
  signInWithPassword,
  type Browser,
} from '@yba/access/testing';
import { routesOf } from '@yba/http';
import { signInTokens } from '../testing/sign-in.ts';
import { ecSigned, hmacSigned, ownKey, unsigned } from './forge.ts';
import { PASSWORD, VICTIM, type World } from './world.ts';

/** One attempt to get in by another way than the front door: answers what was wrong, if anything was. */
export type SignInAttempt = {
  attacker: string;
  goal: string;
  /** Empty when every try failed as it should. */
  attack(world: World): Promise<string[]>;
};

const DOCTOR = { username: `doctor.${VICTIM.facility}`, password: PASSWORD };
const OFFLINE = { scope: 'openid profile fhirUser offline_access user/*.cruds' };

/** A fault unless the token endpoint refused. */
const refused = (what: string, { status, tokens }: Awaited<ReturnType<typeof exchange>>): string[] =>
  status >= 400 && status < 500 && !tokens.access_token ? [] : [`${what}: ${status}`];

/** A fault unless the address answered 4xx without sending anybody on to another place. */
async function stays(
  world: World,
  what: string,
  url: string,
  visitor: Browser = browser(),
): Promise<string[]> {
  const answer = await visitor.go(url);
  const location = answer.headers.get('location') ?? '';
  const away = location !== '' && new URL(location, world.url).origin !== world.url;
  return answer.status >= 500 || away ? [`${what}: ${answer.status} ${location}`] : [];
}

const tokenRequest = (world: World, parameters: Record<string, string>) => exchange(world.url, parameters);

async function aCode(world: World, more: Record<string, string> = {}) {
  const signedIn = await signInWithPassword(world.url, DOCTOR, 'clinic', browser(), more);
  if (!signedIn.code) throw new Error('the doctor was not signed in');
  return { ...signedIn, code: signedIn.code };
}

/** Addresses that look like a registered one. */
const lookAlikes = (url: string): string[] => {
  const { host } = new URL(url);
  return [
    'https://evil.example/clinic/callback',
    `http://${host}@evil.example/clinic/callback`,
    `http://${host}.evil.example/clinic/callback`,
    `${url}/clinic/callback/../../evil`,
    `${url}/clinic/callback?next=https://evil.example`,
    `${url}/clinic/callback#@evil.example`,
    `${url}/CLINIC/callback`,
    `${url}/book/callback`,
    `${url}//evil.example`,
    `http://127.0.0.1:1/clinic/callback`,
    `${url}/clinic/callback/`,
    `${url}/clinic/./callback`,
    `${url}/clinic/callback%2f..%2f..%2fevil`,
    `${url}\\@evil.example/clinic/callback`,
    `${url}/clinic/callback\t`,
    `HTTP://${host}/clinic/callback`,
    `http://${host}./clinic/callback`,
    'javascript:alert(1)//clinic/callback',
    'data:text/html,x',
  ];
};

/** What is tried at the authorization server, by whom, for what. */
export const SIGN_IN_ATTEMPTS: readonly SignInAttempt[] = [
  {
    attacker: 'stolen refresh token',
    goal: 'new access after it was used by its owner',
    async attack(world) {
      const first = await signInTokens(world.url, DOCTOR.username, PASSWORD, 'clinic', OFFLINE);
      const refresh = (token: string, client = 'yba-clinic') =>
        tokenRequest(world, { grant_type: 'refresh_token', client_id: client, refresh_token: token });
      const second = await refresh(first.refresh_token);
      const stolen = await refresh(first.refresh_token);
      const after = await refresh(second.tokens.refresh_token!);
      return [
        ...(second.status === 200 ? [] : ['the owner could not refresh']),
        ...refused('replayed', stolen),
        ...refused('the whole family ends', after),
      ];
    },
  },
  {
    attacker: 'stolen refresh token',
    goal: 'use at another client, or for more than was granted',
    async attack(world) {
      const { refresh_token } = await signInTokens(world.url, DOCTOR.username, PASSWORD, 'clinic', {
        scope: 'openid offline_access user/Patient.rs',
      });
      const others = await Promise.all(
        ['yba-book', 'yba-command', 'unknown', "x' or true --"].map((client_id) =>
          tokenRequest(world, { grant_type: 'refresh_token', client_id, refresh_token }),
        ),
      );
      const wider = await tokenRequest(world, {
        grant_type: 'refresh_token',
        client_id: 'yba-clinic',
        refresh_token,
        scope: 'openid user/*.cruds',
      });
      return [
        ...others.flatMap((other) => refused('another client', other)),
        ...refused('more than was granted', wider),
      ];
    },
  },
  {
    attacker: 'resigned nurse',
    goal: 'new access with yesterday’s refresh token, or the old password',
    async attack(world) {
      const again = await tokenRequest(world, {
        grant_type: 'refresh_token',
        client_id: 'yba-clinic',
        refresh_token: world.nurse.refresh_token,
      });
      const { refused: answer } = await signInWithPassword(world.url, {
        username: `nurse.${VICTIM.facility}`,
        password: PASSWORD,
      });
      return [
        ...refused('refresh', again),
        ...(answer && answer.status < 500 ? [] : ['the password was taken']),
      ];
    },
  },
  {
    attacker: 'thief of a code',
    goal: 'tokens for a code that was used, or without its verifier',
    async attack(world) {
      const { code, verifier, redirectUri, client } = await aCode(world);
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, client_id: client };
      const wrong = [
        { ...form, code_verifier: randomBytes(32).toString('base64url') },
        form,
        { ...form, code_verifier: createHash('sha256').update(verifier).digest('base64url') },
        { ...form, code_verifier: verifier, client_id: 'yba-book' },
        { ...form, code_verifier: verifier, redirect_uri: `${world.url}/clinic/` },
      ];
      const faults: string[] = [];
      for (const one of wrong) faults.push(...refused('wrong', await tokenRequest(world, one)));
      const right = await aCode(world);
      const good = {
        grant_type: 'authorization_code',
        code: right.code,
        redirect_uri: right.redirectUri,
        client_id: right.client,
        code_verifier: right.verifier,
      };
      const first = await tokenRequest(world, good);
      return [
        ...faults,
        ...(first.status === 200 ? [] : ['the owner got no token']),
        ...refused('the same code again', await tokenRequest(world, good)),
      ];
    },
  },
  {
    attacker: 'thief of a code',
    goal: 'to keep the tokens once the code was used twice',
    async attack(world) {
      const { code, redirectUri, client, verifier } = await aCode(world);
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        client_id: client,
        code_verifier: verifier,
      };
      const { tokens } = await tokenRequest(world, form);
      const opens = async () =>
        (
          await fetch(`${world.url}/fhir/Organization?_count=1`, {
            headers: { authorization: `Bearer ${tokens.access_token}` },
          })
        ).status;
      const before = await opens();
      const again = await tokenRequest(world, form);
      let after = 200;
      // every process hears of it within a moment
      for (let tries = 0; tries < 200 && after === 200; tries++) {
        if (tries > 0) await new Promise((go) => setTimeout(go, 50));
        after = await opens();
      }
      return [
        ...(before === 200 ? [] : ['the owner’s token opened nothing']),
        ...refused('the same code again', again),
        ...(after === 401 ? [] : [`the token of a code used twice still opens: ${after}`]),
      ];
    },
  },
  {
    attacker: 'foreign page',
    goal: 'an answer that does not say whose it is (mix-up)',
    async attack(world) {
      const good = authorizationRequest(world.url, 'clinic');
      const bad = authorizationRequest(world.url, 'clinic', { prompt: 'none' });
      const { location: failed } = await browser().follow(bad.url, bad.redirectUri);
      const visitor = browser();
      await visitor.follow(good.url, `${world.url}/sign-in`);
      const { code, redirectUri } = await aCode(world);
      const issuer = new URL(failed).searchParams.get('iss');
      return [
        ...(issuer === world.url ? [] : [`a refusal names the issuer ${issuer}`]),
        ...(code && redirectUri.startsWith(world.url) ? [] : ['the code went elsewhere']),
      ];
    },
  },
  {
    attacker: 'foreign page',
    goal: 'a sign-in without PKCE, or with a weaker one',
    async attack(world) {
      const weaker = [
        { code_challenge: '', code_challenge_method: '' },
        { code_challenge_method: 'plain' },
        { code_challenge_method: 's256' },
        { code_challenge_method: 'S512' },
        { code_challenge: 'short' },
        { code_challenge: `${'A'.repeat(42)}=` },
        { response_type: 'none' },
        { response_type: '' },
        { response_type: 'token' },
        { response_type: 'id_token token' },
        { response_type: 'code id_token' },
        { response_mode: 'web_message' },
        { request: 'eyJhbGciOiJub25lIn0.e30.' },
        { request_uri: `${world.lure.url}/request` },
        { resource: 'https://evil.example/fhir' },
      ];
      const faults: string[] = [];
      for (const more of weaker) {
        const request = authorizationRequest(world.url, 'clinic', more);
        const { location } = await browser().follow(request.url, request.redirectUri);
        const back = location.startsWith(request.redirectUri) ? location : undefined;
        if (back && !/[?#]error=/.test(back))
          faults.push(`${JSON.stringify(more)} went through: ${location}`);
        if (location.includes('/sign-in')) faults.push(`${JSON.stringify(more)} came to the sign-in page`);
      }
      return faults;
    },
  },
  {
    attacker: 'foreign page',
    goal: 'a code sent to an address of its own',
    async attack(world) {
      const faults: string[] = [];
      for (const redirect_uri of lookAlikes(world.url)) {
        const { url } = authorizationRequest(world.url, 'clinic', { redirect_uri });
        const answer = await browser().go(url);
        if (answer.status !== 400) faults.push(`${redirect_uri}: ${answer.status}`);
      }
      const { url } = authorizationRequest(world.url, 'clinic');
      faults.push(
        ...(await stays(world, 'two addresses', `${url}&redirect_uri=https%3A%2F%2Fevil.example%2Fcallback`)),
        ...(await stays(
          world,
          'after signing out',
          `${world.url}/oauth/end-session?client_id=yba-clinic&post_logout_redirect_uri=https%3A%2F%2Fevil.example`,
        )),
      );
      return faults;
    },
  },
  {
    attacker: 'foreign page',
    goal: 'to drive a sign-in under way in another browser',
    async attack(world) {
      const visitor = browser();
      const { url } = authorizationRequest(world.url, 'clinic');
      const { location } = await visitor.follow(url, `${world.url}/sign-in`);
      const uid = new URL(location).searchParams.get('uid')!;
      const address = `${world.url}/oauth/interaction/${uid}/password`;
      const json = { 'content-type': 'application/json', accept: 'application/json' };
      const tries: [string, Response][] = [
        [
          'without its cookie',
          await browser().go(address, { method: 'POST', headers: json, body: JSON.stringify(DOCTOR) }),
        ],
        [
          'as a form, which a page can send without asking',
          await visitor.go(address, { method: 'POST', body: new URLSearchParams(DOCTOR) }),
        ],
        [
          'as text, which a page can send without asking',
          await visitor.go(address, {
            method: 'POST',
            headers: { 'content-type': 'text/plain' },
            body: JSON.stringify(DOCTOR),
          }),
        ],
      ];
      return tries.flatMap(([what, { status }]) =>
        status >= 400 && status < 500 ? [] : [`${what}: ${status}`],
      );
    },
  },
  {
    attacker: 'foreign page',
    goal: 'to share a sign-in whose cookies it planted (session fixation)',
    async attack(world) {
      const victim = browser();
      const request = authorizationRequest(world.url, 'clinic');
      const { location } = await victim.follow(request.url, `${world.url}/sign-in`);
      const uid = new URL(location).searchParams.get('uid')!;
      const planted = victim.copy(); // the cookies of before the sign-in, known to whoever planted them
      const entered = await victim.go(`${world.url}/oauth/interaction/${uid}/password`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(DOCTOR),
      });
      const { redirectTo } = (await entered.json()) as { redirectTo: string };
      const end = await victim.follow(redirectTo, request.redirectUri);
      const faults = end.location.includes('code=') ? [] : ['the doctor was not signed in'];
      const silent = authorizationRequest(world.url, 'clinic', { prompt: 'none' });
      for (const [what, url] of [
        ['a silent renewal', silent.url],
        ['the address where the sign-in ended', redirectTo],
        ['the request once more', request.url],
      ] as const) {
        const { location: to } = await planted.copy().follow(url, silent.redirectUri);
        if (to.includes('code=')) faults.push(`${what} gives a code to the planted cookies`);
      }
      return faults;
    },
  },
  {
    attacker: 'foreign page',
    goal: 'to have a browser with cookies change anything (CSRF)',
    async attack(world) {
      const faults: string[] = [];
      const changing = routesOf(world.server.platform.http).filter(
        ({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method),
      );
      const foreign: Record<string, string>[] = [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site', origin: `${world.url}.evil.example` },
      ];
      for (const { method, url } of changing) {
        const path = url.replace(/:\w+/g, world.victim.Patient).replace('*', 'end-session/confirm');
        for (const headers of foreign) {
          const answer = await fetch(world.url + path, {
            method,
            headers: {
              ...headers,
              cookie: '_session=x; _session.sig=y; _interaction=z',
              'content-type': 'application/x-www-form-urlencoded',
            },
            ...(method === 'TRACE' ? {} : { body: 'logout=yes' }),
          }).catch(() => undefined); // fetch itself sends no TRACE
          await answer?.arrayBuffer();
          if (answer && answer.status !== 403)
            faults.push(`${method} ${path} ${JSON.stringify(headers)}: ${answer.status}`);
        }
      }
      return changing.length > 20 ? faults : ['the routes were not found'];
    },
  },
  {
    attacker: 'foreign page',
    goal: 'to frame a page, to have it sniffed, or to slip a header into an answer',
    async attack(world) {
      const faults: string[] = [];
      const paths = new Set(
        routesOf(world.server.platform.http)
          .filter(({ method, url }) => method === 'GET' && url !== '/live')
          .map(({ url }) => url.replace(/:\w+/g, world.victim.Patient).replace('*', 'x')),
      );
      const broken = '%0d%0aX-Evil:%201%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>alert(1)</script>';
      for (const path of [
        `/oauth/authorize?client_id=${broken}`,
        `/oauth/authorize?client_id=yba-clinic&redirect_uri=${broken}`,
        `/oauth/end-session?post_logout_redirect_uri=${broken}&state=${broken}`,
        `/oauth/interaction/${broken}`,
        `/oauth/vneid/callback?state=${broken}&error=${broken}`,
        `/fhir/Patient?name=${broken}`,
        `/fhir/Patient/${broken}`,
        `/${broken}`,
        `/sign-in?uid=${broken}`,
        '//evil.example/%2f..',
        '/%5cevil.example',
        '/\\evil.example',
      ])
        paths.add(path);
      const request = authorizationRequest(world.url, 'clinic', {
        prompt: 'none',
        state: decodeURIComponent(broken),
      });
      paths.add(request.url.slice(world.url.length));
      for (const path of paths) {
        const answer = await fetch(world.url + path, {
          redirect: 'manual',
          headers: { accept: 'text/html' },
        });
        const text = await answer.text();
        const { headers } = answer;
        const wanted: [string, RegExp][] = [
          ['x-frame-options', /^DENY$/],
          ['content-security-policy', /frame-ancestors 'none'/],
          ['x-content-type-options', /^nosniff$/],
          ['referrer-policy', /^no-referrer$/],
        ];
        for (const [name, value] of wanted)
          if (!value.test(headers.get(name) ?? '')) faults.push(`${path}: ${name} is ${headers.get(name)}`);
        if (/script-src[^;]*'unsafe-inline'/.test(headers.get('content-security-policy') ?? ''))
          faults.push(`${path}: scripts in the page may run`);
        if (headers.get('x-evil') || /evil=1/.test(headers.get('set-cookie') ?? ''))
          faults.push(`${path}: a header slipped in`);
        if (text.includes('<script>alert(1)')) faults.push(`${path}: says back what it was told as markup`);
        const location = headers.get('location');
        if (location && new URL(location, world.url).origin !== world.url)
          faults.push(`${path}: leads to ${location}`);
        if (answer.status >= 500) faults.push(`${path}: ${answer.status}`);
      }
      return faults;
    },
  },
  {
    attacker: 'foreign page',
    goal: 'to have a person led to it after signing out, or after coming back from VNeID',
    async attack(world) {
      const { id_token } = await signInTokens(world.url, DOCTOR.username, PASSWORD, 'clinic');
      const faults: string[] = [];
      for (const address of [
        ...lookAlikes(world.url),
        'https://evil.example',
        '//evil.example',
        '/\\evil.example',
        `${world.url}.evil.example/clinic/`,
        `${world.url}/clinic/?next=//evil.example`,
        `${world.url}/clinic/..//evil.example`,
      ]) {
        const query = new URLSearchParams({
          id_token_hint: id_token,
          client_id: 'yba-clinic',
          post_logout_redirect_uri: address,
        });
        faults.push(
          ...(await stays(world, `after signing out: ${address}`, `${world.url}/oauth/end-session?${query}`)),
        );
      }
      for (const address of ['https://evil.example', '//evil.example', '/\\evil.example'])
        for (const name of ['returnTo', 'redirect', 'next', 'return_to', 'target_link_uri', 'iss'])
          for (const path of ['/sign-in', '/clinic', '/oauth/vneid/callback', '/oauth/authorize'])
            faults.push(
              ...(await stays(
                world,
                `${path}?${name}=${address}`,
                `${world.url}${path}?${new URLSearchParams({ [name]: address, state: address })}`,
              )),
            );
      return faults;
    },
  },
  {
    attacker: 'foreign page',
    goal: 'to read answers across origins',
    async attack(world) {
      const faults: string[] = [];
      for (const path of [
        '/fhir/Patient',
        '/oauth/token',
        '/oauth/userinfo',
        '/health',
        '/metrics',
        '/live',
      ]) {
        for (const method of ['GET', 'POST']) {
          const answer = await fetch(`${world.url}${path}`, {
            method,
            headers: { origin: 'https://evil.example' },
            ...(method === 'POST' ? { body: new URLSearchParams({ client_id: 'yba-clinic' }) } : {}),
          });
          await answer.arrayBuffer();
          const allowed = answer.headers.get('access-control-allow-origin');
          if (allowed === '*' || allowed === 'https://evil.example')
            faults.push(`${method} ${path} allows ${allowed}`);
        }
      }
      return faults;
    },
  },
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
  {
    attacker: 'unauthenticated',
    goal: 'to register a client, or end the sessions of others',
    async attack(world) {
      const faults: string[] = [];
      for (const path of [
        '/oauth/reg',
        '/oauth/register',
        '/reg',
        '/oauth/request',
        '/oauth/introspect',
        '/oauth/device/auth',
      ]) {
        const answer = await fetch(`${world.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ redirect_uris: ['https://evil.example/cb'] }),
        });
        await answer.arrayBuffer();
        if (answer.status < 400 || answer.status >= 500) faults.push(`${path}: ${answer.status}`);
      }
      const { refresh_token } = await signInTokens(world.url, DOCTOR.username, PASSWORD, 'clinic', OFFLINE);
      const revoke = (client_id: string) =>
        fetch(`${world.url}/oauth/revoke`, {
          method: 'POST',
          body: new URLSearchParams({ token: refresh_token, client_id }),
        });
      await (await revoke('yba-book')).arrayBuffer();
      const still = await tokenRequest(world, {
        grant_type: 'refresh_token',
        client_id: 'yba-clinic',
        refresh_token,
      });
      return [...faults, ...(still.status === 200 ? [] : ["another client ended the doctor's session"])];
    },
  },
  {
    attacker: 'guesser of passwords',
    goal: 'to try until it fits',
    async attack(world) {
      const username = 'guessed.01901';
      await world.server.platform.access.createAccount({
        username,
        password: PASSWORD,
        role: 'doctor',
        name: 'Guessed',
        ...VICTIM,
      });
      for (let n = 0; n < 10; n++)
        await signInWithPassword(world.url, { username, password: `sai mat khau ${n}` });
      const right = await signInWithPassword(world.url, { username, password: PASSWORD });
      return right.code ? ['the right password was taken after ten wrong ones'] : [];
    },
  },
];
