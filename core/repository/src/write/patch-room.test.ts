import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATCHED_BYTES, PatchRoom } from './patch-room.ts';

test('what one request patches has a limit, but the first resource; what others patch makes it wait', () => {
  const room = new PatchRoom();
  const [one, other] = [{ bytes: 0 }, { bytes: 0 }];
  room.take(one, PATCHED_BYTES + 1);
  assert.throws(() => room.take(one, 1), { code: 'too-costly' });
  assert.throws(() => room.take(other, 1), { code: 'transient' });
  room.leave(one);
  room.take(other, PATCHED_BYTES / 2);
  room.take(one, PATCHED_BYTES / 2);
  assert.throws(() => room.take(one, 1), { code: 'transient' });
  room.leave(other);
  room.take(one, PATCHED_BYTES / 2);
  room.leave(one);
  room.take(other, PATCHED_BYTES);
});
