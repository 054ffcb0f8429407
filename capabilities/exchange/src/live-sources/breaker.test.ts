import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Breaker } from './breaker.ts';

let now = 0;
let breaker: Breaker;

beforeEach(() => {
  now = 1_000_000;
  breaker = new Breaker({ failures: 3, pauseMs: 1_000, longestMs: 3_000 }, () => now);
});

const fail = (times: number) => {
  for (let n = 0; n < times; n++) breaker.failed();
};

test('a few failures do not close the way to a source, and a success forgets them', () => {
  fail(2);
  assert.ok(breaker.mayAsk());
  breaker.succeeded();
  fail(2);
  assert.ok(breaker.mayAsk());
});

test('after several in a row it rests; then one question tries it, and the others wait for that', () => {
  fail(3);
  assert.equal(breaker.mayAsk(), false);
  now += 1_000;
  assert.equal(breaker.mayAsk(), true);
  assert.equal(breaker.mayAsk(), false, 'one at a time');
  breaker.succeeded();
  assert.ok(breaker.mayAsk());
  assert.ok(breaker.mayAsk());
});

test('the pause doubles with each trial in vain, to a longest one, and begins anew after a success', () => {
  fail(3);
  for (const pause of [1_000, 2_000, 3_000, 3_000]) {
    now += pause - 1;
    assert.equal(breaker.mayAsk(), false);
    now += 1;
    assert.equal(breaker.mayAsk(), true);
    breaker.failed();
  }
  now += 3_000;
  assert.ok(breaker.mayAsk());
  breaker.succeeded();
  fail(3);
  now += 1_000;
  assert.ok(breaker.mayAsk());
});

test('a person who asks again does not wait for the pause', () => {
  fail(3);
  assert.equal(breaker.mayAsk(), false);
  assert.equal(breaker.mayAsk(true), true);
});
