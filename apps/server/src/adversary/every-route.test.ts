// Every route the running server has × every role × another hospital's real ids: a route nobody thought of fails by name.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Role } from '@yba/fhir';
import { routesOf } from '@yba/http';
import { ATTACKERS, type Attacker } from './attackers.ts';
import { partsOf } from './forge.ts';
import { saidBy } from './goals.ts';
import { PUBLIC_ROUTES, ROUTE_POLICIES } from './route-policies.ts';
import { startWorld, type Attempt, type World } from './world.ts';

/** Requests under way at once. */
const AT_ONCE = 12;

/** Every role there is; the compiler asks for a new one. `platform` is never a token's. */
const EVERY_ROLE: Record<Exclude<Role, 'platform'>, true> = {
  system: true,
  doctor: true,
  nurse: true,
  receptionist: true,
  'identity-officer': true,
  'privacy-officer': true,
  admin: true,
  citizen: true,
  ministry: true,
};
const ROLES = ATTACKERS.filter(({ kind, name }) => kind === 'known' || name === 'unauthenticated');

const webRoot = mkdtempSync(join(tmpdir(), 'yba-routes-'));
let world: World;
before(async () => {
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Y Bạ</title>');
  world = await startWorld({ webRoot });
});
after(async () => {
  await world.stop();
  rmSync(webRoot, { recursive: true, force: true });
});

type Tried = Attempt & { url: string };

/** Each route with each method it is registered for; paths with a type are tried with every kind of the victim's resources. */
function attempts(): Tried[] {
  const { victim } = world;
  return routesOf(world.server.platform.http).flatMap(({ method, url }) => {
    const policy = ROUTE_POLICIES[url];
    if (!policy || policy.own || method === 'TRACE' || method === 'QUERY') return [];
    const { query, body, headers } = policy.tried?.(victim) ?? {};
    const takesBody = !['GET', 'HEAD', 'OPTIONS', 'DELETE'].includes(method);
    return typesFor(url, method).map((type) => ({
      url,
      method,
      path: pathOf(url, type) + (query && !takesBody ? `?${query}` : ''),
      ...(takesBody && body !== undefined ? { body } : {}),
      ...(takesBody && headers ? { headers } : {}),
    }));
  });
}

type Kind =
  'Patient' | 'Encounter' | 'Observation' | 'Condition' | 'DocumentReference' | 'Binary' | 'sensitive';

function typesFor(url: string, method: string): Kind[] {
  if (!url.includes(':type')) return ['Patient'];
  return method === 'GET'
    ? ['Patient', 'Encounter', 'Observation', 'Condition', 'DocumentReference', 'Binary', 'sensitive']
    : ['Observation'];
}

function pathOf(url: string, kind: Kind): string {
  const type = kind === 'sensitive' ? 'Observation' : kind;
  const id = url.includes('/Encounter/') ? world.victim.Encounter : world.victim[kind];
  return url
    .replace(':type', type)
    .replace(':id', id)
    .replace(':version', '1')
    .replace(':inner', type === 'Patient' ? 'Observation' : '*')
    .replace(/\*$/, 'nothing/here/at/all/of/it');
}

test('every route is public for a reason, or has its policy declared', () => {
  const undeclared = routesOf(world.server.platform.http)
    .filter(({ url }) => !PUBLIC_ROUTES[url] && !ROUTE_POLICIES[url])
    .map(({ method, url }) => `${method} ${url} has no policy: declare it in adversary/route-policies.ts`);
  assert.deepEqual(undeclared, []);
});

test('what is declared is served', () => {
  const served = new Set(routesOf(world.server.platform.http).map(({ url }) => url));
  const gone = [...Object.keys(PUBLIC_ROUTES), ...Object.keys(ROUTE_POLICIES)].filter(
    (url) => !served.has(url),
  );
  assert.deepEqual(gone, []);
});

test('every role is among those who try', async () => {
  const tried = new Set<unknown>();
  for (const attacker of ROLES) {
    const { authorization } = await attacker.credentials(world);
    if (authorization) tried.add(partsOf(authorization.slice('Bearer '.length)).claims['role']);
  }
  assert.deepEqual(
    Object.keys(EVERY_ROLE).filter((role) => !tried.has(role)),
    [],
  );
});

test('public routes tell nobody of anybody', async () => {
  const faults: string[] = [];
  for (const { method, url } of routesOf(world.server.platform.http)) {
    if (!PUBLIC_ROUTES[url] || method !== 'GET') continue;
    const answer = await fetch(
      world.url + url.replace(/:\w+/g, world.victim.Patient).replace('*', world.victim.Patient),
      {
        redirect: 'manual',
      },
    );
    const text = await answer.text();
    const shown = world.markersIn(text);
    if (answer.status >= 500 || shown.length > 0)
      faults.push(`${method} ${url}: ${answer.status} ${shown.join(', ')}`);
  }
  assert.deepEqual(faults, []);
});

describe('every route with the ids of another hospital', () => {
  for (const attacker of ROLES) {
    test(attacker.name, async () => {
      const credentials = await attacker.credentials(world);
      const role = credentials['authorization']
        ? String(partsOf(credentials['authorization'].slice('Bearer '.length)).claims['role'])
        : undefined;
      const before = await world.state();
      const faults: string[] = [];
      const answered: Answered[] = [];
      const all = attempts();
      for (let from = 0; from < all.length; from += AT_ONCE) {
        const found = await Promise.all(
          all.slice(from, from + AT_ONCE).map(async (attempt) => {
            const answer = await ask(attempt, credentials);
            answered.push({ attempt, ...answer });
            const fault = faultOf(attacker, role, attempt, answer);
            return fault ? [`${attempt.method} ${attempt.url} (${attempt.path}): ${fault}`] : [];
          }),
        );
        faults.push(...found.flat());
      }
      if (role !== undefined) faults.push(...(await wronglyLogged(answered)));
      assert.deepEqual(faults, []);
      assert.equal(await world.state(), before, 'something of the hospital was changed');
    });
  }
});

type Answer = { request: string; status: number; text: string; keeps: string };
type Answered = Answer & { attempt: Tried };

async function ask(attempt: Tried, credentials: Record<string, string>): Promise<Answer> {
  const request = randomUUID();
  const answer = await fetch(world.url + attempt.path, {
    method: attempt.method,
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
    headers: {
      'content-type': 'application/fhir+json',
      ...credentials,
      ...attempt.headers,
      'x-request-id': request,
    },
    ...(attempt.body === undefined
      ? {}
      : { body: typeof attempt.body === 'string' ? attempt.body : JSON.stringify(attempt.body) }),
  });
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  const text = isStream ? '' : await answer.text();
  if (isStream) await answer.body?.cancel();
  return { request, status: answer.status, text, keeps: answer.headers.get('cache-control') ?? '' };
}

/**
 * Attempts of somebody known that were refused and do not stand in the access log, or stand there more than once for the same
 * person, or as having succeeded.
 */
async function wronglyLogged(answered: readonly Answered[]): Promise<string[]> {
  const ids = answered.map(({ request }) => request);
  const rows = await world.owner<{ request: string; person: string | null; outcome: string; n: number }[]>`
    select request, person, outcome, count(*)::int as n from access_log
    where request = any(${ids}) group by request, person, outcome`;
  const logged = Map.groupBy(rows, ({ request }) => request);
  return answered.flatMap(({ attempt: { method, url, path }, request, status, text }) => {
    const told = logged.get(request) ?? [];
    const where = `${method} ${url} (${path}): ${status}`;
    const isOperation = status === 404 && url.includes('/:id/$');
    // a proof of who one is that failed, and whose token has no person to tell of, refuse nothing of anybody's
    const isOwn = text.includes('"code":"security"') || url === '/oauth/userinfo';
    if ((status === 403 || isOperation) && told.length === 0 && !isOwn) return [`${where} not logged`];
    if (status < 400 || url === '/fhir') return []; // a batch has a row for each entry
    const faults = [
      ...(told.some(({ n }) => n > 1) ? [`${where} logged more than once`] : []),
      ...(told.some(({ outcome }) => outcome === 'success') ? [`${where} logged as a success`] : []),
    ];
    return faults;
  });
}

function faultOf(
  { may }: Attacker,
  role: string | undefined,
  attempt: Tried,
  { status, text, keeps }: Answer,
): string | undefined {
  if (status >= 500) return `${status} ${text.slice(0, 200)}`;
  if (role === undefined) return [401, 415, 429].includes(status) ? undefined : `${status} without a token`;
  if (status < 300 && !/no-store|private/.test(keeps)) return `${status} may be kept by a cache: ${keeps}`;
  // which methods an address takes, the CapabilityStatement tells everybody
  if (attempt.method === 'OPTIONS') return text === '' || status >= 400 ? undefined : `${status} with a body`;
  const { roles } = ROUTE_POLICIES[attempt.url]!;
  if (roles !== 'policy' && !roles.includes(role) && status < 400) return `${status} for the role ${role}`;
  const said = saidBy(attempt);
  const shown = world.markersIn(text).filter((marker) => !said.includes(marker));
  if (shown.length > 0) return `${status} shows ${shown.join(', ')}`;
  const others = Object.entries(world.victim).filter(
    ([kind, id]) => !said.includes(id) && !(may && kind === 'AuditEvent'),
  );
  if (others.some(([, id]) => text.includes(id))) return `${status} names an id of the victim`;
  const total = text.startsWith('{') ? (JSON.parse(text) as { total?: number }).total : undefined;
  return total && attempt.path.includes(world.victim.Patient) ? `${status} counts ${total}` : undefined;
}
