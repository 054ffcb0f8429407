// Attempts at the authorization server: stolen tokens and codes, redirects, weaker requests, guessing. Each must fail.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SIGN_IN_ATTEMPTS } from './sign-in-attempts.ts';
import { startWorld, type World } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

for (const { attacker, goal, attack } of SIGN_IN_ATTEMPTS) {
  test(`${attacker}: ${goal}`, async () => {
    const before = world.lines().length;
    assert.deepEqual(await attack(world), []);
    await new Promise((resolve) => setImmediate(resolve));
    const lines = world.lines().slice(before);
    assert.ok(
      lines.some(({ status }) => status !== undefined && status >= 400) || attacker === 'foreign page',
      'the server’s log tells of no refusal',
    );
  });
}

test('no server of the attackers was asked for anything', () => {
  assert.equal(world.lure.asked(), 0);
});
