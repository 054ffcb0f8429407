// Attacker × goal: each cell is a set of real attempts over HTTP against a real server, which must fail and be logged.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ATTACKERS, type Attacker } from './attackers.ts';
import { GOALS, saidBy, type Goal } from './goals.ts';
import { startWorld, type Attempt, type Outcome, type Victim, type World } from './world.ts';

/** Attempts under way at once. */
const AT_ONCE = 8;

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

// before anybody has written of the victim: what they wrote themselves would be theirs to find
describe('what is not open cannot be told from what does not exist', () => {
  const nobody = (victim: Victim): Victim =>
    Object.fromEntries(
      Object.keys(victim).map((name) => [name, name === 'AuditEvent' ? 'lzzzzzzz-zz' : randomUUID()]),
    ) as unknown as Victim;
  const known = ATTACKERS.filter(
    ({ kind, name }) => kind === 'known' && /doctor|receptionist|citizen|software/.test(name),
  );
  for (const attacker of known) {
    test(attacker.name, async () => {
      const credentials = await attacker.credentials(world);
      const absent = nobody(world.victim);
      const told: string[] = [];
      for (const goal of GOALS) {
        if (attacker.may?.[goal.name] || goal.writes) continue;
        const real = await tryAll(credentials, goal.attempts(world.victim));
        const invented = await tryAll(credentials, goal.attempts(absent));
        real.forEach(({ attempt, outcome }, at) => {
          const twin = invented[at]!.outcome;
          if (shape(outcome, world.victim) !== shape(twin, absent))
            told.push(
              `${goal.name}: ${attempt.method} ${attempt.path}: ${outcome.status} ${outcome.text.slice(0, 200)} but ${twin.status} ${twin.text.slice(0, 200)}`,
            );
        });
      }
      assert.deepEqual(told, []);
    });
  }
});

describe('attacker × goal: nothing is had, and every attempt is in a log', () => {
  for (const attacker of ATTACKERS) {
    test(attacker.name, async () => {
      const credentials = await attacker.credentials(world);
      const before = await world.state();
      const faults: string[] = [];
      for (const goal of GOALS) {
        if (attacker.may?.[goal.name]) continue;
        // who is unknown meets the same door whatever is asked: a few attempts of each goal tell
        const attempts = goal.attempts(world.victim).slice(0, attacker.kind === 'known' ? undefined : 3);
        const tried = await tryAll(credentials, attempts);
        for (const { attempt, outcome } of tried) {
          const fault = faultOf(attacker, attempt, outcome);
          if (fault) faults.push(`${goal.name}: ${attempt.method} ${attempt.path}: ${fault}`);
        }
        faults.push(...(await unlogged(attacker, goal, tried)));
      }
      assert.deepEqual(faults, []);
      assert.equal(await world.state(), before, 'something of the hospital was changed');
    });
  }

  test('no server of the attackers was ever asked for a key', () => {
    assert.equal(world.lure.asked(), 0);
  });
});

type Tried = { attempt: Attempt; outcome: Outcome };

async function tryAll(credentials: Record<string, string>, attempts: readonly Attempt[]): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (let from = 0; from < attempts.length; from += AT_ONCE) {
    const some = attempts.slice(from, from + AT_ONCE);
    const outcomes = await Promise.all(some.map((attempt) => world.send(credentials, attempt)));
    tried.push(...some.map((attempt, at) => ({ attempt, outcome: outcomes[at]! })));
  }
  return tried;
}

/** What is wrong with an outcome; undefined when the attempt failed as it should. */
function faultOf(
  { kind, own = 0 }: Attacker,
  attempt: Attempt,
  { status, text, headers }: Outcome,
): string | undefined {
  if (status >= 500) return `${status} ${text.slice(0, 200)}`;
  // a token is judged before its sender is told to wait: 429 is a refusal as well
  if (kind === 'unknown') return [401, 429].includes(status) ? undefined : `${status} instead of 401`;
  const said = saidBy(attempt);
  const shown = world.markersIn(text).filter((marker) => !said.includes(marker));
  if (shown.length > 0) return `${status} shows ${shown.join(', ')}`;
  const ids = Object.values(world.victim).filter((id) => !said.includes(id));
  const where = `${text} ${headers.get('location') ?? ''} ${headers.get('content-location') ?? ''}`;
  if (ids.some((id) => where.includes(id))) return `${status} names an id of the victim`;
  if (status === 304) return '304 tells that it is there';
  const total = text.startsWith('{') ? (JSON.parse(text) as { total?: number }).total : undefined;
  if (attempt.method === 'GET' && total && total > own) return `${status} counts ${total}`;
  return undefined;
}

/** Attempts that were refused and left no trace: in the access log when the attacker is known, else in the server's. */
async function unlogged({ kind }: Attacker, goal: Goal, tried: readonly Tried[]): Promise<string[]> {
  const { AuditEvent, ...records } = world.victim;
  const named = Object.values(goal.writes ? records : { ...records, AuditEvent });
  const refused = tried.filter(
    ({ attempt: { path }, outcome: { status, text } }) =>
      // what the server does not offer to anybody is no access to anything
      !(status === 404 && /"code":"not-supported"/.test(text)) &&
      (kind === 'unknown' ||
        status === 403 ||
        ([404, 409].includes(status) && named.includes(/^\/[A-Z]\w+\/([^/?]+)/.exec(path)?.[1] ?? ''))),
  );
  const ids = refused.map(({ outcome }) => outcome.requestId);
  const logged =
    kind === 'known'
      ? await world.inAccessLog(ids)
      : new Set(
          world
            .lines()
            .flatMap(({ request, issue }) =>
              request && ['login', 'throttled'].includes(issue ?? '') ? [request] : [],
            ),
        );
  return refused
    .filter(({ outcome }) => !logged.has(outcome.requestId))
    .map(
      ({ attempt, outcome }) =>
        `${goal.name}: ${attempt.method} ${attempt.path}: ${outcome.status} not logged`,
    );
}

/** An outcome without what differs between any two requests. */
function shape({ status, text }: Outcome, victim: Victim): string {
  let plain = text;
  for (const id of Object.values(victim)) plain = plain.replaceAll(id, '<id>');
  return `${status} ${plain
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<uuid>')
    .replace(/"\d{4}-\d{2}-\d{2}T[^"]*"/g, '<time>')
    .replace(/_page=[^"&]*/g, '_page')}`;
}
