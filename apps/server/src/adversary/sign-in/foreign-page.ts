import { authorizationRequest, browser, type Browser } from '@yba/access/testing';
import { routesOf } from '@yba/http';
import { signInTokens } from '../../testing/sign-in.ts';
import { PASSWORD, type World } from '../world.ts';
import { DOCTOR, aCode, type SignInAttempt } from './attempt.ts';

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

/** What is tried by a page on another origin, in the browser of somebody who signs in. */
export const BY_A_FOREIGN_PAGE: readonly SignInAttempt[] = [
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
];
